"""The gate of `action.yml`: the plan of every changed configuration, into a job's summary.

Reads its inputs from the environment, as a composite action hands them on, and needs git and the
program `continuum` on PATH. Standard library alone.

INPUT_PATHS       configurations, one a line: each is compared with itself at INPUT_BASE
INPUT_BASE        the revision before the change
INPUT_OLD, INPUT_NEW   two files to be compared, in place of INPUT_PATHS
INPUT_MAX_MOVE    the limit, as `--max-move` takes it; empty: no limit
INPUT_POOLS, INPUT_ALLOW_LOST   names of pools, one a line
INPUT_SCHEME      for files that name none
INPUT_NAME        what tells this plan from others of the same pull request; empty: the inputs
INPUT_TEXT        the file that gets the same text, for a comment; empty: none
INPUT_PAGES       the folder that gets a page for each plan; empty: no pages

Exit status: 0 within the limit; 1 a pool moves more or is lost; 2 something could not be read.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from before import Before, Unreadable

#: What the program says of other files that it passed over.
PASSED_OVER = re.compile(r"^note: .*: (?:import|include) '(.+)': .*not read$", re.MULTILINE)


@dataclass
class Change:
    """A configuration before and after; the paths are those that people see."""

    name: str
    old: str
    new: str
    #: Where these paths begin.
    folder: Path
    before: Before | None = None
    #: The configurations that are read because `paths` names them.
    named: frozenset[Path] = frozenset()


@dataclass
class Verdict:
    """What came of one change."""

    markdown: str
    status: int
    #: The largest share that a pool moves, and moves needlessly; nothing where that is not known.
    moved: float | None = None
    needless: float | None = None


def given(name: str) -> str:
    return os.environ.get(f"INPUT_{name}", "").strip()


def lines(name: str) -> list[str]:
    return [line.strip() for line in given(name).splitlines() if line.strip()]


def name() -> str:
    """Tells the comment and the pages from those of other plans."""
    if told := _plain(given("NAME")):
        return told
    inputs = ("PATHS", "OLD", "NEW", "POOLS", "ALLOW_LOST", "SCHEME")
    digest = hashlib.sha256(json.dumps([lines(one) for one in inputs]).encode()).hexdigest()
    first = Path([*lines("PATHS"), given("NEW")][0]).name
    return f"{_plain(first)[:40] or 'plan'}-{digest[:8]}"


def _plain(text: str) -> str:
    """What a name of an artefact and a comment of HTML may hold."""
    return re.sub(r"[^\w.]+", "-", text, flags=re.ASCII).strip("-")


def changes(folder: Path) -> Iterator[Change | Verdict]:
    """What is to be planned; a verdict where nothing can be."""
    old, new, paths = given("OLD"), given("NEW"), lines("PATHS")
    if old and new and not paths:
        yield Change(new, old, new, Path())
        return
    if old or new or not paths:
        raise Unreadable("give either `paths`, or both `old` and `new`")
    if not given("BASE"):
        raise Unreadable("`paths` needs `base`, the revision before the change")
    before = Before.at(given("BASE"), folder / "before")
    (folder / "after").symlink_to(before.top)
    named: dict[Path, None] = {}
    for path in paths:
        try:
            found = before.matching(before.named(path))
        except Unreadable as error:
            yield _failed(path, error)
            continue
        if not found:
            yield _failed(path, Unreadable("matches no file, before or after"))
        named |= dict.fromkeys(found)
    for submodule in sorted(path for path, touched in before.missing.items() if touched):
        why = "the change touches it, and it is not checked out"
        yield Verdict(f"The submodule **{submodule}** is not read: {why}.\n", 0, 0.0, 0.0)
    for file in named:
        change = _since(before, file, folder)
        if isinstance(change, Change):
            change.named = frozenset(named)
        yield change


def _since(before: Before, path: Path, folder: Path) -> Change | Verdict:
    try:
        old, new = before.old(path), before.new(path)
    except Unreadable as error:
        return _failed(str(path), error)
    if not old and not new:
        return _failed(str(path), Unreadable("there is no such file, before or after"))
    if not old:
        return Verdict(f"**{path}** is new: there is nothing to compare it with.\n", 0, 0.0, 0.0)
    if not new:
        return Verdict(f"**{path}** is gone, and all of its pools with it.\n", 1)
    seen = (f"before/{old.relative_to(before.tree)}", f"after/{new.relative_to(before.top)}")
    return Change(str(path), *seen, folder, before)


def _failed(path: str, why: Unreadable) -> Verdict:
    return Verdict(f"**{path}**: {why}{_block(why.said)}\n", 2)


def _block(text: str) -> str:
    """A text as it is, whatever is in it."""
    if not text.strip():
        return ""
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"\n\n{fence}\n{text.strip()}\n{fence}"


def plan(change: Change, page: Path | None) -> Verdict:
    """Runs the program: once for people, with the page, and once for its figures."""
    # Without a limit a pool may move as a whole; one that is lost fails all the same.
    options = [f"--max-move={given('MAX_MOVE') or '100%'}"]
    options += [f"--pool={pool}" for pool in lines("POOLS")]
    options += [f"--allow-lost={pool}" for pool in lines("ALLOW_LOST")]
    if scheme := given("SCHEME"):
        options.append(f"--scheme={scheme}")
    # A name may begin with a dash, and a dash alone is the standard input.
    files = [f"./{file}" if file.startswith("-") else file for file in (change.old, change.new)]
    shown = ["--markdown", *([f"--html={page}"] if page else [])]
    done = _run([*options, *shown, "--", *files], change.folder)
    if done.returncode not in (0, 1):
        return _failed(change.name, Unreadable("could not be planned:", done.stderr))
    found = _run([*options, "--json", "--", *files], change.folder)
    try:
        figures = json.loads(found.stdout)
    except ValueError:
        return _failed(change.name, Unreadable("could not be planned:", found.stderr))
    said = _block(done.stderr)
    verdict = Verdict(f"### {change.name}\n\n{done.stdout}{said}\n", done.returncode)
    if passed_over := sorted(set(_passed_over(change, done.stderr))):
        files_too = ", ".join(passed_over)
        verdict.markdown += f"\nNot read, and changed: {files_too}. Name them in `paths`, too.\n"
        verdict.status = 2
        return verdict
    lost = figures["unmatched"] and done.returncode
    if figures["pools"] and not lost and all(pool["same_key"] for pool in figures["pools"]):
        verdict.moved = max(pool["moved"] for pool in figures["pools"])
        verdict.needless = max(pool["needless"] for pool in figures["pools"])
    return verdict


def _run(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    command = ["continuum", "plan", *arguments]
    try:
        return subprocess.run(
            command, cwd=folder, check=False,
            capture_output=True, encoding="utf-8", errors="replace",
        )  # fmt: skip
    except FileNotFoundError as error:
        raise Unreadable("the program `continuum` is not on PATH") from error


def _passed_over(change: Change, said: str) -> Iterator[str]:
    """Files that the change touches, of which the program says that it does not read them."""
    if not (before := change.before):
        return
    folder = Path(change.new).relative_to("after").parent
    for pattern in PASSED_OVER.findall(said):
        path = Path(os.path.normpath(folder / pattern))
        if not path.is_absolute() and ".." not in path.parts:
            yield from (str(file) for file in before.changed(path) if file not in change.named)


def append(variable: str, text: str) -> None:
    """Writes to a file that the runner named, if there is a runner."""
    if file := os.environ.get(variable):
        with Path(file).open("a", encoding="utf-8") as out:
            out.write(text)


def verdicts(pages: Path | None) -> Iterator[Verdict]:
    with tempfile.TemporaryDirectory() as folder:
        try:
            for number, change in enumerate(changes(Path(folder))):
                page = pages / f"plan-{number}.html" if pages else None
                yield change if isinstance(change, Verdict) else plan(change, page)
        except Unreadable as error:
            yield Verdict(f"**continuum**: {error}{_block(error.said)}\n", 2)
        except OSError as error:
            yield Verdict(f"**continuum**: {error}\n", 2)


def _largest(shares: list[float | None]) -> float | str:
    """Nothing where one of them is not known."""
    known = [share for share in shares if share is not None]
    return max(known) if known and len(known) == len(shares) else ""


def main() -> int:
    pages = Path(given("PAGES")).resolve() if given("PAGES") else None
    if pages:
        pages.mkdir(parents=True, exist_ok=True)
    # First, so that a comment is told from others whatever comes of the plan.
    append("GITHUB_OUTPUT", f"name={name()}\n")
    all_of_them = list(verdicts(pages))
    text = "\n".join(verdict.markdown for verdict in all_of_them)
    # Names of files may be no text.
    text = text.encode(errors="replace").decode()
    status = max(verdict.status for verdict in all_of_them)
    sys.stdout.buffer.write(f"{text}\n".encode())
    append("GITHUB_STEP_SUMMARY", text)
    # The same text, for a comment.
    if file := given("TEXT"):
        Path(file).write_text(text, encoding="utf-8")
    moved = _largest([verdict.moved for verdict in all_of_them])
    needless = _largest([verdict.needless for verdict in all_of_them])
    append("GITHUB_OUTPUT", f"moved={moved}\nneedless={needless}\nstatus={status}\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
