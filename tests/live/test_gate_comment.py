"""The comment that `action.yml` keeps on a pull request."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from .gated import ROOT
from .process import free_port


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
