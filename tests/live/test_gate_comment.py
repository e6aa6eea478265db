"""The comment that `action.yml` keeps on a pull request."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .gate_host import Host, hosting
from .gated import ROOT
from .process import free_port


@pytest.fixture
def host() -> Iterator[Host]:
    with hosting() as host:
        yield host


def comment(address: str, text: Path, name: str = "a") -> subprocess.CompletedProcess[str]:
    env = {
        "GITHUB_API_URL": address, "GITHUB_REPOSITORY": "a/b", "GITHUB_TOKEN": "secret",
        "INPUT_NUMBER": "7", "INPUT_TEXT": str(text), "INPUT_NAME": name,
    }  # fmt: skip
    args = [sys.executable, str(ROOT / "gate/comment.py")]
    return subprocess.run(args, env=env, capture_output=True, text=True, check=False)


def test_one_comment_is_kept(host: Host, tmp_path: Path) -> None:
    text = tmp_path / "plan.md"
    for words in ("first plan", "second plan", "x" * 100_000, "last plan"):
        text.write_text(words)
        assert comment(host.address, text).returncode == 0
        assert len(host.comments) == 151 and len(host.comments[150]["body"]) < 65_536
    assert host.comments[150]["body"].endswith("\nlast plan")


def test_two_plans_keep_a_comment_each(host: Host, tmp_path: Path) -> None:
    text = tmp_path / "plan.md"
    for turn in ("first", "second"):
        for name in ("a", "ab"):
            text.write_text(f"{turn} {name}")
            assert comment(host.address, text, name).returncode == 0
    said = [one["body"].partition("\n")[2] for one in host.comments[150:]]
    assert said == ["second a", "second ab"]


def test_a_comment_that_cannot_be_written_is_a_warning(host: Host, tmp_path: Path) -> None:
    """The plan decides about the job: a pull request from a fork may not be commented on."""
    text = tmp_path / "plan.md"
    done = comment(host.address, text)
    assert done.returncode == 0 and "::warning" in done.stdout and "ended early" in done.stdout
    text.write_text("plan")
    host.allowed = False
    done = comment(host.address, text)
    assert done.returncode == 0 and "pull-requests: write" in done.stdout
    assert done.stdout.startswith("::warning") and done.stdout.count("\n") == 1
    done = comment(f"http://127.0.0.1:{free_port()}", text)
    assert done.returncode == 0 and done.stdout.startswith("::warning"), done.stderr
    assert "refused" in done.stdout and not done.stderr
    assert len(host.comments) == 150
