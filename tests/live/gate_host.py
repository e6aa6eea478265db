"""A stand-in for the host of pull requests, as far as comments go."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Host:
    """Its comments of one pull request, and who may write them."""

    comments: list[dict[str, Any]] = field(default_factory=list)
    allowed: bool = True
    address: str = ""


@contextmanager
def hosting() -> Iterator[Host]:
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
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()
