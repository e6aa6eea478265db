"""The hooks for pre-commit: they install the wheel, not Rust."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from .conftest import Live
from .gated import AFTER, BEFORE, ROOT, Repository, git

LINT = "  - id: continuum-lint\n"
#: Files whose names the hook chooses, in which nothing hashes.
UNHASHED = {
    "nginx.conf": "events {}\nhttp { upstream a { server a:1; server b:1; } }\n",
    "nginx.static.conf": "events {}\nhttp { server { listen 80; } }\n",
    "haproxy.cfg": "backend a\n  balance roundrobin\n  server x 10.0.0.1:80\n",
    "twemproxy-values.yaml": "image: twemproxy\nreplicas: 3\n",
}


class Hooks:
    """A repository with the hooks, and a home of pre-commit."""

    def __init__(self, live: Live, hooks: str, files: dict[str, str]) -> None:
        wheels = ROOT / "target/wheels-test"
        if not list(wheels.glob("*.whl")):
            live.missing("there is no wheel: run scripts/python-env")
        ours = Repository.new(live, "ours")
        for name in (".pre-commit-hooks.yaml", "pyproject.toml"):
            shutil.copy(ROOT / name, ours.folder)
        asked = f"repos:\n- repo: {ours.folder}\n  rev: {ours.commit()}\n  hooks:\n{hooks}"
        self.repository = Repository.new(live)
        self.write({".pre-commit-config.yaml": asked, **files})
        path = os.environ["PATH"].split(":")
        without_rust = [folder for folder in path if not Path(folder, "cargo").exists()]
        home = str(live.dir / "home")
        self.env = {**os.environ, "PATH": ":".join(without_rust), "PRE_COMMIT_HOME": home}
        self.env["PIP_FIND_LINKS"] = str(wheels)

    def write(self, files: dict[str, str]) -> None:
        self.repository.write(files)
        git(self.repository.folder, "add", "--all")

    def run(self, name: str, status: int, *says: str) -> str:
        command = [sys.executable, "-m", "pre_commit", "run", name, "--all-files"]
        done = subprocess.run(
            command, cwd=self.repository.folder, env=self.env,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == status, done.stdout + done.stderr
        assert all(words in done.stdout for words in says), done.stdout + done.stderr
        return done.stdout


def test_hooks_find_what_there_is(live: Live) -> None:
    asked = f"{LINT}  - id: continuum-compare\n    args: [nutcracker.yml, other.yml]\n"
    hooks = Hooks(live, asked, {"nutcracker.yml": AFTER, "other.yml": BEFORE})
    hooks.run("continuum-lint", 0)
    ejecting = AFTER.replace("  servers:", "  auto_eject_hosts: true\n  servers:")
    hooks.write({"nutcracker.yml": ejecting})
    hooks.run("continuum-lint", 1, "auto_eject_hosts")
    hooks.run("continuum-compare", 1, "cache")
    hooks.write({"other.yml": AFTER})
    hooks.run("continuum-compare", 0)


def test_the_hook_passes_what_does_not_hash(live: Live) -> None:
    """It chooses files by their names; what it passed over is said."""
    hooks = Hooks(live, LINT, UNHASHED | {"-nutcracker.yml": AFTER, "other.yml": "a: ["})
    hooks.run("continuum-lint", 0, *(f"note: {name}:" for name in UNHASHED))
    ejecting = AFTER.replace("  servers:", "  auto_eject_hosts: true\n  servers:")
    hooks.write({"-nutcracker.yml": ejecting})
    hooks.run("continuum-lint", 1, "auto_eject_hosts", "-nutcracker.yml")
    hooks.write({"-nutcracker.yml": AFTER})
    hooks.write({"nginx.conf": "upstream a { hash $uri"})
    hooks.run("continuum-lint", 1, "nginx.conf:1: the file ends inside of a directive")
