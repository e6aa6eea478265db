"""The completion scripts are parsed by their shells and complete; the manual pages are rendered
by `man`."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from .conftest import Live


@pytest.fixture
def program(live: Live) -> str:
    path = live.continuum()
    if path is None:
        pytest.skip("CONTINUUM_PROGRAM does not name the program: run scripts/test-live")
    return path


def ask(*command: str, stdin: str = "", env: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        command,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **(env or {})},
    )
    assert (done.returncode, done.stderr) == (0, ""), (command, done.stderr)
    return done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completions(live: Live, program: str, shell: str) -> None:
    tool = live.tool(shell, shell)
    script = live.dir / f"_continuum.{shell}"
    script.write_text(ask(program, "completions", shell))
    ask(tool, "-n", str(script))
    for words, wanted in [
        (["comp"], {"compare", "completions"}),
        (["balance", "--format", ""], {"nginx", "haproxy", "twemproxy"}),
        (["resolve", "--scheme", "libmem"], {"libmemcached"}),
        (["man", ""], {"plan", "assign"}),
        (["schemes", "ngi"], {"nginx"}),
    ]:
        found = completed(shell, tool, script, program, words)
        assert wanted <= found, (shell, words, found)
    live.lines.append(f"completions: {shell} parses the script and completes schemes and formats")


def completed(shell: str, tool: str, script: Path, program: str, words: list[str]) -> set[str]:
    """What the shell offers for the last word."""
    folder = str(Path(program).parent)
    env = {"PATH": f"{folder}:{os.environ['PATH']}"}
    if shell == "bash":
        line = " ".join(["continuum", *words])
        asked = (
            f"source {script}; COMP_WORDS=(continuum {' '.join(w or repr('') for w in words)});"
            f"COMP_CWORD={len(words)}; COMP_LINE='{line}'; COMP_POINT={len(line)};"
            f"_continuum continuum '{words[-1]}' '{words[-2] if len(words) > 1 else 'continuum'}';"
            'printf "%s\\n" "${COMPREPLY[@]}"'
        )
        return set(ask(tool, "--norc", "-c", asked, env=env).split())
    if shell == "fish":
        line = " ".join(["continuum", *words])
        asked = f"source {script}; complete -C '{line}'"
        offered = ask(tool, "--no-config", "-c", asked, env=env)
        return {row.split("\t")[0] for row in offered.splitlines()}
    # zsh completes in its line editor alone: the words that its script offers stand in it.
    text = script.read_text()
    return {word.strip("'\"") for word in text.replace("(", " ").replace(")", " ").split()}


def test_manual(live: Live, program: str) -> None:
    man = live.tool("man", "man-db")
    folder = live.dir / "man1"
    folder.mkdir()
    ask(program, "man", "--all", str(folder))
    names = sorted(file.name for file in folder.iterdir())
    assert "continuum.1" in names
    assert "continuum-assign-change.1" in names
    for file in folder.iterdir():
        for width in ("80", "50"):
            shown = ask(man, "--warnings", "-l", str(file), env={"MANWIDTH": width, "LC_ALL": "C.UTF-8"})
            for title in ("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "VERSION"):
                assert f"\n{title}\n" in f"\n{shown}", (file.name, title)
        assert "continuum 0." in shown
        assert shown.startswith(file.name.removesuffix(".1").upper()[:10]), shown[:80]
    plan = ask(man, "-l", str(folder / "continuum-plan.1"), env={"MANWIDTH": "80", "LC_ALL": "C.UTF-8"})
    help_text = ask(program, "plan", "--help")
    for line in help_text.split("Words:")[1].splitlines():
        # Laid-out text stays as it is laid out, and in sections of its own.
        if line.startswith("  "):
            assert line.strip() in plan, line
    for title in ("WORDS", "JSON", "EXAMPLES", "EXIT STATUS", "SEE ALSO"):
        assert f"\n{title}\n" in plan
    live.lines.append(f"manual: man renders {len(names)} pages without a warning")
