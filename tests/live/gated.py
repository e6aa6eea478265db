"""A repository of configurations, and what `action.yml` runs in it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from .conftest import Live

ROOT = Path(__file__).parents[2]
BEFORE = """\
cache:
  listen: 127.0.0.1:22121
  hash: md5
  distribution: ketama
  servers:
   - 10.0.0.1:11211:1 a
   - 10.0.0.2:11211:1 b
   - 10.0.0.3:11211:1 c
   - 10.0.0.4:11211:1 d
"""
AFTER = f"{BEFORE}   - 10.0.0.5:11211:1 e\n"
#: A server of another name: two thirds of the keys of a pool move, or more.
RENAMED = BEFORE.replace(" b\n", " x\n").replace(" c\n", " y\n").replace(" d\n", " z\n")


@dataclass
class Repository:
    """Some commits, and the files of the runner."""

    folder: Path
    #: Where the runner would have its files.
    runner: Path
    base: str = ""
    #: Beside what the runner has.
    environment: dict[str, str] = field(default_factory=dict)

    @classmethod
    def new(cls, live: Live, name: str = "repository") -> Repository:
        made = cls(live.dir / name, live.dir / f"{name}-runner")
        made.folder.mkdir()
        made.runner.mkdir()
        git(made.folder, "init", "--quiet")
        return made

    @classmethod
    def changed(cls, live: Live) -> Repository:
        """Two commits, of which the second changes `nutcracker.yml`."""
        made = cls.new(live)
        made.before({"nutcracker.yml": BEFORE})
        made.write({"nutcracker.yml": AFTER})
        made.commit()
        return made

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(text)

    def commit(self) -> str:
        git(self.folder, "add", "--all")
        git(self.folder, "commit", "--quiet", "--message", "change")
        return git(self.folder, "rev-parse", "HEAD")

    def before(self, files: dict[str, str]) -> None:
        """Commits what stands before the change."""
        self.write(files)
        self.base = self.commit()

    def plan(self, **inputs: str) -> subprocess.CompletedProcess[str]:
        env = {
            # The program of the wheel stands beside the interpreter.
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "GITHUB_STEP_SUMMARY": str(self.runner / "summary.md"),
            "GITHUB_OUTPUT": str(self.runner / "output"),
            "INPUT_BASE": self.base,
            "INPUT_PATHS": "nutcracker.yml",
            # Nothing of the machine's own configuration is asked.
            "HOME": str(self.runner),
            "GIT_CONFIG_NOSYSTEM": "1",
        }
        env |= self.environment | {f"INPUT_{name.upper()}": value for name, value in inputs.items()}
        return subprocess.run(
            [sys.executable, str(ROOT / "gate/plan.py")],
            cwd=self.folder, env=env, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def planned(self, path: str, status: int, *says: str, **inputs: str) -> str:
        """The summary of a plan that ends so and says these."""
        done = self.plan(**{"paths": path, "max_move": "5%", **inputs})
        told = done.stdout + done.stderr
        assert done.returncode == status and "Traceback" not in told, told
        assert all(words in done.stdout for words in says), told
        return done.stdout

    def output(self) -> dict[str, str]:
        text = (self.runner / "output").read_text()
        return dict(line.split("=", 1) for line in text.splitlines())


def git(folder: Path, *args: str) -> str:
    who = ["user.name=a", "user.email=a@example.org", "init.defaultBranch=main"]
    # Submodules of tests are folders.
    options = [word for one in (*who, "protocol.file.allow=always") for word in ("-c", one)]
    command = ["git", *options, *args]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()
