"""The gate of `action.yml`: the plan of every changed configuration, into a job's summary.

Reads its inputs from the environment, as a composite action hands them on, and needs the program
`continuum` on PATH. Standard library alone.

INPUT_PATHS       configurations, one a line: each is compared with itself at INPUT_BASE
INPUT_BASE        the revision before the change
INPUT_OLD, INPUT_NEW   two files to be compared, in place of INPUT_PATHS
INPUT_MAX_MOVE    the limit, as `--max-move` takes it; empty: no limit
INPUT_POOLS, INPUT_ALLOW_LOST   names of pools, one a line
INPUT_SCHEME      for files that name none
INPUT_TEXT        the file that gets the same text, for a comment; empty: none
INPUT_PAGES       the folder that gets a page for each plan; empty: no pages

Exit status: 0 within the limit; 1 a pool moves more or is lost; 2 something could not be read.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Change:
    """A configuration before and after."""

    name: str
    old: Path
    new: Path


@dataclass
class Verdict:
    """What came of one change."""

    markdown: str
    status: int
    moved: float = 0.0
    needless: float = 0.0


def given(name: str) -> str:
    return os.environ.get(f"INPUT_{name}", "").strip()


def lines(name: str) -> list[str]:
    return [line.strip() for line in given(name).splitlines() if line.strip()]


def changes(folder: Path) -> list[Change | Verdict]:
    """What is to be planned; a verdict where nothing can be."""
    old, new = given("OLD"), given("NEW")
    if old and new:
        return [Change(new, Path(old), Path(new))]
    paths = lines("PATHS")
    if old or new or not paths:
        sys.exit("continuum: give either `paths`, or both `old` and `new`")
    return [_since_base(path, folder / str(number)) for number, path in enumerate(paths)]


def _since_base(path: str, folder: Path) -> Change | Verdict:
    base = given("BASE")
    if not base:
        sys.exit("continuum: `paths` needs `base`, the revision before the change")
    # A revision that is not there is no file that is new.
    if _git("cat-file", "-e", f"{base}^{{commit}}").returncode:
        return _failed(path, f"there is no revision {base}: check out with fetch-depth: 0")
    before = _git("show", f"{base}:./{path}")
    if before.returncode:
        if Path(path).is_file():
            return Verdict(f"**{path}** is new: there is nothing to compare it with.\n", 0)
        return _failed(path, "there is no such file, before or after")
    if not Path(path).is_file():
        return Verdict(f"**{path}** is gone, and all of its pools with it.\n", 1)
    folder.mkdir(parents=True)
    old = folder / Path(path).name
    old.write_bytes(before.stdout)
    return Change(path, old, Path(path))


def _git(*args: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["git", *args], capture_output=True, check=False)


def _failed(path: str, why: str) -> Verdict:
    return Verdict(f"**{path}**: {why}\n", 2)


def plan(change: Change, page: Path | None) -> Verdict:
    """Runs the program: once for people, with the page, and once for its figures."""
    command = ["continuum", "plan", str(change.old), str(change.new), "--quiet"]
    for pool in lines("POOLS"):
        command += ["--pool", pool]
    for pool in lines("ALLOW_LOST"):
        command += ["--allow-lost", pool]
    if scheme := given("SCHEME"):
        command += ["--scheme", scheme]
    if limit := given("MAX_MOVE"):
        command += ["--max-move", limit]
    shown = [*command, "--markdown", *(["--html", str(page)] if page else [])]
    done = subprocess.run(shown, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        return _failed(change.name, f"could not be planned:\n\n```\n{done.stderr.strip()}\n```")
    found = subprocess.run([*command, "--json"], capture_output=True, text=True, check=False)
    pools = json.loads(found.stdout)["pools"]
    complaint = f"\n```\n{done.stderr.strip()}\n```\n" if done.returncode and done.stderr else ""
    return Verdict(
        f"### {change.name}\n\n{done.stdout}{complaint}",
        done.returncode,
        max((pool["moved"] for pool in pools), default=0.0),
        max((pool["needless"] for pool in pools), default=0.0),
    )


def append(variable: str, text: str) -> None:
    """Writes to a file that the runner named, if there is a runner."""
    if file := os.environ.get(variable):
        with Path(file).open("a", encoding="utf-8") as out:
            out.write(text)


def main() -> int:
    pages = Path(given("PAGES")) if given("PAGES") else None
    if pages:
        pages.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        verdicts = []
        for number, change in enumerate(changes(Path(folder))):
            page = pages / f"plan-{number}.html" if pages else None
            verdicts.append(change if isinstance(change, Verdict) else plan(change, page))
    text = "\n".join(verdict.markdown for verdict in verdicts)
    status = max(verdict.status for verdict in verdicts)
    print(text)
    append("GITHUB_STEP_SUMMARY", text)
    # The same text, for a comment.
    if file := given("TEXT"):
        Path(file).write_text(text, encoding="utf-8")
    moved = max(verdict.moved for verdict in verdicts)
    needless = max(verdict.needless for verdict in verdicts)
    append("GITHUB_OUTPUT", f"moved={moved}\nneedless={needless}\nstatus={status}\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
