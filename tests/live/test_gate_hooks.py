"""The hooks for pre-commit."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Live
from .gated import AFTER, BEFORE, ROOT, Repository, git


def test_hooks(live: Live, repository: Repository) -> None:
    """pre-commit installs the wheel, not Rust, and both hooks find what there is to find."""
    wheels = ROOT / "target/wheels-test"
    if not list(wheels.glob("*.whl")):
        live.missing("there is no wheel: run scripts/python-env")
    ours = live.dir / "ours"
    ours.mkdir()
    for name in (".pre-commit-hooks.yaml", "pyproject.toml"):
        shutil.copy(ROOT / name, ours)
    _git(ours, "init", "--quiet")
    revision = _commit(ours)
    (repository.folder / "other.yml").write_text(BEFORE)
    (repository.folder / ".pre-commit-config.yaml").write_text(
        f"repos:\n- repo: {ours}\n  rev: {revision}\n  hooks:\n  - id: continuum-lint\n"
        "  - id: continuum-compare\n    args: [nutcracker.yml, other.yml]\n"
    )
    _git(repository.folder, "add", "--all")
    folders = [
        folder for folder in os.environ["PATH"].split(":") if not Path(folder, "cargo").exists()
    ]
    env = {**os.environ, "PATH": ":".join(folders), "PIP_FIND_LINKS": str(wheels)}
    env["PRE_COMMIT_HOME"] = str(live.dir / "home")

    def hook(name: str) -> subprocess.CompletedProcess[str]:
        args = [sys.executable, "-m", "pre_commit", "run", name, "--all-files"]
        return subprocess.run(
            args, cwd=repository.folder, env=env, capture_output=True, text=True, check=False
        )

    lint = hook("continuum-lint")
    assert lint.returncode == 0, lint.stdout + lint.stderr
    ejecting = AFTER.replace("  servers:", "  auto_eject_hosts: true\n  servers:")
    (repository.folder / "nutcracker.yml").write_text(ejecting)
    lint = hook("continuum-lint")
    assert lint.returncode == 1 and "auto_eject_hosts" in lint.stdout, lint.stdout + lint.stderr
    compare = hook("continuum-compare")
    assert compare.returncode == 1 and "cache" in compare.stdout, compare.stdout + compare.stderr
    (repository.folder / "other.yml").write_text(AFTER)
    _git(repository.folder, "add", "--all")
    assert hook("continuum-compare").returncode == 0
