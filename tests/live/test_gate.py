"""The gate for other repositories: `action.yml`, what it runs, and the hooks for pre-commit."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

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


@dataclass
class Repository:
    """Two commits, of which the second changes `nutcracker.yml`."""

    folder: Path
    base: str
    #: Where the runner would have its files.
    runner: Path

    def plan(self, **inputs: str) -> subprocess.CompletedProcess[str]:
        env = {
            # The program of the wheel stands beside the interpreter.
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "GITHUB_STEP_SUMMARY": str(self.runner / "summary.md"),
            "GITHUB_OUTPUT": str(self.runner / "output"),
            "INPUT_BASE": self.base,
            "INPUT_PATHS": "nutcracker.yml",
        }
        env |= {f"INPUT_{name.upper()}": value for name, value in inputs.items()}
        return subprocess.run(
            [sys.executable, str(ROOT / "gate/plan.py")],
            cwd=self.folder, env=env, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def output(self) -> dict[str, str]:
        text = (self.runner / "output").read_text()
        return dict(line.split("=", 1) for line in text.splitlines())


def _git(folder: Path, *args: str) -> str:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", *who, *args], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _commit(folder: Path) -> str:
    _git(folder, "add", "--all")
    _git(folder, "commit", "--quiet", "--message", "change")
    return _git(folder, "rev-parse", "HEAD")


@pytest.fixture
def repository(live: Live) -> Repository:
    folder, runner = live.dir / "repository", live.dir / "runner"
    folder.mkdir()
    runner.mkdir()
    _git(folder, "init", "--quiet")
    (folder / "nutcracker.yml").write_text(BEFORE)
    base = _commit(folder)
    (folder / "nutcracker.yml").write_text(AFTER)
    _commit(folder)
    return Repository(folder, base, runner)


def test_a_plan_is_in_the_summary(repository: Repository) -> None:
    done = repository.plan(max_move="40%", pages=str(repository.runner / "plans"))
    assert done.returncode == 0, done.stdout + done.stderr
    summary = (repository.runner / "summary.md").read_text()
    assert summary == done.stdout.removesuffix("\n") and "### nutcracker.yml" in summary
    assert "cache: +1 server" in summary
    moved = float(repository.output()["moved"])
    assert 0.1 < moved < 0.4 and float(repository.output()["needless"]) <= moved
    page = (repository.runner / "plans/plan-0.html").read_text()
    assert "10.0.0.5" in page or ">e<" in page


def test_the_limit_fails_the_job(repository: Repository) -> None:
    done = repository.plan(max_move="5%")
    assert done.returncode == 1 and "FAILED" in done.stdout
    assert repository.output()["status"] == "1"


def test_two_files_are_compared(repository: Repository) -> None:
    (repository.folder / "old.yml").write_text(BEFORE)
    done = repository.plan(paths="", old="old.yml", new="nutcracker.yml", pools="cache")
    assert done.returncode == 0 and "cache: +1 server" in done.stdout
    done = repository.plan(paths="", old="old.yml")
    assert done.returncode == 1 and "both `old` and `new`" in done.stderr


def test_a_pool_that_lost_its_hash_fails(repository: Repository) -> None:
    text = AFTER.replace("cache:", "other:")
    (repository.folder / "nutcracker.yml").write_text(f"{AFTER}{text}")
    base = _commit(repository.folder)
    (repository.folder / "nutcracker.yml").write_text(AFTER)
    done = repository.plan(base=base, max_move="50%")
    assert done.returncode == 1 and "other" in done.stdout
    assert repository.plan(base=base, max_move="50%", allow_lost="other").returncode == 0


@pytest.mark.parametrize(
    ("inputs", "status", "says"),
    [
        ({"base": "0" * 40}, 2, "there is no revision"),
        ({"paths": "none.yml"}, 2, "there is no such file"),
        ({"paths": "broken.yml"}, 2, "could not be planned"),
        ({"paths": "new.yml"}, 0, "is new"),
        ({"paths": "nutcracker.yml\ngone.yml"}, 1, "is gone"),
    ],
)
def test_nothing_passes_unread(
    repository: Repository, inputs: dict[str, str], status: int, says: str
) -> None:
    for name, text in (("broken.yml", BEFORE), ("gone.yml", BEFORE)):
        (repository.folder / name).write_text(text)
    repository.base = _commit(repository.folder)
    (repository.folder / "gone.yml").unlink()
    (repository.folder / "broken.yml").write_text("cache: [")
    (repository.folder / "new.yml").write_text(BEFORE)
    done = repository.plan(max_move="50%", **inputs)
    assert (done.returncode, says in done.stdout) == (status, True), done.stdout + done.stderr


@dataclass
class Host:
    """Stands for the host's interface to comments."""

    comments: list[dict[str, Any]] = field(default_factory=list)
    allowed: bool = True
    address: str = ""


@pytest.fixture
def host() -> Iterator[Host]:
    host = Host([{"id": number, "body": f"remark {number}"} for number in range(150)])

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = int(self.path.rpartition("=")[2])
            self.answer(200, host.comments[100 * (page - 1) : 100 * page])

        def do_POST(self) -> None:
            self.change({"id": len(host.comments)}, host.comments.append)

        def do_PATCH(self) -> None:
            comment = host.comments[int(self.path.rpartition("/")[2])]
            self.change(comment, lambda _: None)

        def change(self, comment: dict[str, Any], keep: Any) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if not host.allowed or self.headers["Authorization"] != "Bearer secret":
                self.answer(403, {})
                return
            comment["body"] = body["body"]
            keep(comment)
            self.answer(200, comment)

        def answer(self, status: int, found: Any) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(found).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    host.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield host
    server.shutdown()
    server.server_close()


def test_one_comment_is_kept(host: Host, tmp_path: Path) -> None:
    text = tmp_path / "plan.md"

    def comment(words: str) -> subprocess.CompletedProcess[str]:
        text.write_text(words)
        env = {
            "GITHUB_API_URL": host.address, "GITHUB_REPOSITORY": "a/b", "GITHUB_TOKEN": "secret",
            "INPUT_NUMBER": "7", "INPUT_TEXT": str(text),
        }  # fmt: skip
        args = [sys.executable, str(ROOT / "gate/comment.py")]
        return subprocess.run(args, env=env, capture_output=True, text=True, check=False)

    for words in ("first plan", "second plan"):
        assert comment(words).returncode == 0
    assert len(host.comments) == 151 and host.comments[150]["body"].endswith("\nsecond plan")
    assert comment("x" * 100_000).returncode == 0
    assert len(host.comments) == 151 and len(host.comments[150]["body"]) < 65_536
    host.allowed = False
    done = comment("third plan")
    assert done.returncode == 1 and "pull-requests: write" in done.stderr


def test_workflows_are_sound(live: Live) -> None:
    """No input is pasted into a script, and what others made is named by its hash."""
    program = live.tool("zizmor", "of tests/live/requirements.txt")
    args = [program, "--offline", "--no-progress", "action.yml", ".github/workflows"]
    done = subprocess.run(args, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


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
