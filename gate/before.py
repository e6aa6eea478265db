"""A git repository as it was at a revision: its whole tree, so that what a file includes is there.

The tree is written by git itself into a folder of its own, as a checkout writes it: with symbolic
links, and with the submodules that are checked out now. Neither the index nor the work tree of
the repository changes.
"""

from __future__ import annotations

import glob
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

#: Nothing of the repository's own is run, and nothing is written into its folder.
QUIETLY = ["-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false"]
QUIETLY += ["-c", "core.splitIndex=false"]
#: How a file begins that Git LFS keeps elsewhere.
POINTER = b"version https://git-lfs.github.com/spec/"


class Unreadable(Exception):
    """Something could not be read: one sentence, and perhaps what git said."""

    def __init__(self, sentence: str, said: str = "") -> None:
        super().__init__(sentence)
        self.said = said


def git(folder: Path, *args: str, **environment: str) -> str:
    """What git prints; what it complains of is an `Unreadable`."""
    command = ["git", *QUIETLY, *args]
    env = {**os.environ, "GIT_LFS_SKIP_SMUDGE": "1", "LC_ALL": "C", **environment}
    try:
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, check=False)
    except FileNotFoundError as error:
        raise Unreadable("git is not installed") from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise Unreadable(f"git {args[0]} failed", said)
    return os.fsdecode(done.stdout)


@dataclass
class Before:
    """A repository now, and its tree at the revision."""

    #: The top of the work tree, without symbolic links.
    top: Path
    #: The folder with the tree as it was.
    tree: Path
    revision: str
    #: Submodules of the revision that are checked out on neither side, and whether the change
    #: touches them.
    missing: dict[Path, bool] = field(default_factory=dict)

    @classmethod
    def at(cls, base: str, tree: Path) -> Before:
        """The repository of the current folder at a revision, written into a new folder."""
        if base.startswith("-"):
            raise Unreadable(f"base {base!r} begins with a dash, as no revision does")
        try:
            top = Path(git(Path(), "rev-parse", "--show-toplevel").removesuffix("\n"))
        except Unreadable as error:
            raise Unreadable("this folder's repository cannot be read", error.said) from error
        try:
            revision = git(top, "rev-parse", "--verify", f"{base}^{{commit}}").strip()
        except Unreadable as error:
            sentence = f"there is no revision {base}: check out with fetch-depth: 0"
            raise Unreadable(sentence, error.said) from error
        before = cls(_real(top), tree, revision)
        before._write(before.top, revision, Path())
        return before

    def _write(self, repository: Path, revision: str, within: Path) -> None:
        """Writes the tree of a repository, and of its submodules, below the folder."""
        target = self.tree / within
        target.mkdir(parents=True, exist_ok=True)
        # Beside the tree, where no file of it can be.
        index = self.tree.with_name(f"{self.tree.name}.index")
        index.unlink(missing_ok=True)
        try:
            folder = git(repository, "rev-parse", "--absolute-git-dir").removesuffix("\n")
            git(
                repository, "read-tree", "-m", "-u", revision,
                GIT_DIR=folder, GIT_WORK_TREE=str(target), GIT_INDEX_FILE=str(index),
            )  # fmt: skip
            listed = git(repository, "ls-tree", "-r", "-z", "--full-tree", revision)
            now = git(repository, "ls-files", "-s", "-z").split("\0")
        except Unreadable as error:
            raise Unreadable(f"the tree of {revision} cannot be read", error.said) from error
        for line in filter(None, listed.split("\0")):
            about, name = line.split("\t", 1)
            mode, _, commit = about.split()
            if mode == "120000":
                self._lead_back(target / name)
            elif mode != "160000":
                continue
            elif (repository / name / ".git").exists():
                self._write_submodule(repository / name, commit, within / name)
            else:
                self.missing[within / name] = f"160000 {commit} 0\t{name}" not in now

    def _write_submodule(self, repository: Path, commit: str, within: Path) -> None:
        try:
            git(repository, "cat-file", "-e", f"{commit}^{{commit}}")
        except Unreadable as error:
            sentence = f"the submodule {within} lacks the commit it was at, {commit}"
            raise Unreadable(sentence, error.said) from error
        self._write(repository, commit, within)

    def _lead_back(self, link: Path) -> None:
        """A link by an absolute path of the work tree would lead to what is there now."""
        # One that the sparse checkout leaves out is none.
        if link.is_symlink() and (to := link.readlink()).is_relative_to(self.top):
            link.unlink()
            link.symlink_to(self.tree / to.relative_to(self.top))

    def named(self, path: str) -> Path:
        """A path of the current folder as one of the repository."""
        parts = Path(os.path.abspath(path)).parts
        # Links that lead to the repository are followed; those within are the tree's own.
        for count in range(1, len(parts) + 1):
            real = _real(Path(*parts[:count]))
            if real.is_relative_to(self.top):
                return real.relative_to(self.top).joinpath(*parts[count:])
        raise Unreadable(f"{path} is not in the repository {self.top}")

    def matching(self, pattern: Path) -> list[Path]:
        """The files on either side that a path names, or a pattern such as `conf.d/*.yml`."""
        sides = (self.tree, self.top)
        if any((side / pattern).is_file() for side in sides) or not glob.has_magic(str(pattern)):
            return [pattern]
        found = {
            Path(name)
            for side in sides
            for name in glob.glob(str(pattern), root_dir=side, recursive=True)
            if (side / name).is_file()
        }
        return sorted(found)

    def old(self, path: Path) -> Path | None:
        """The file that a path named; nothing where the revision had none."""
        if (self.top / path).is_dir():
            raise Unreadable(f"is a folder: a pattern such as {path}/* names files of it")
        if file := _within(self.tree, path):
            return file
        now = self.new(path)
        behind = _real(now).relative_to(self.top) if now else path
        # A link that came with the change leads to what had its own name before.
        if file := _within(self.tree, behind):
            return file
        for submodule in self.missing:
            if path.is_relative_to(submodule) or behind.is_relative_to(submodule):
                raise Unreadable(f"the submodule {submodule} is not checked out")
        if git(self.top, "ls-tree", "-z", "--full-tree", self.revision, "--", str(path)):
            raise Unreadable("it was no file, or is outside of the sparse checkout")
        return None

    def new(self, path: Path) -> Path | None:
        """The file that it names now."""
        return _within(self.top, path)

    def changed(self, pattern: Path) -> Iterator[Path]:
        """The files that a pattern names and that are not the same on both sides."""
        for path in self.matching(pattern):
            old, new = _within(self.tree, path), _within(self.top, path)
            if (old and old.read_bytes()) != (new and new.read_bytes()):
                yield path


def _within(side: Path, path: Path) -> Path | None:
    """The file of that path, none of whose links leads out."""
    file = side / path
    real = _real(file)
    if not real.is_relative_to(_real(side)):
        raise Unreadable(f"{path} is a symbolic link that leads out of the repository")
    if not real.is_file():
        return None
    with real.open("rb") as opened:
        if opened.read(len(POINTER)) == POINTER:
            raise Unreadable(f"{path} is kept by Git LFS: keep configurations in the repository")
    return file


def _real(path: Path) -> Path:
    """Without links; a loop of links is left as it is."""
    return Path(os.path.realpath(path))
