"""etcd, version 3, with and without TLS, and who writes into it."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

from .authority import Authority, Certificate
from .conftest import Live
from .process import accepts, free_port, running

HOST = "127.0.0.1"
PREFIX = "/cache/members/"


def text(value: str) -> str:
    return base64.b64encode(value.encode()).decode()


class Etcd:
    """etcd's JSON gateway, as who writes the members sees it."""

    def __init__(self, port: int, tls: ssl.SSLContext | None = None) -> None:
        self._connection = connection(port, tls)
        self._headers = {"content-type": "application/json"}
        #: What lies below the prefix.
        self.now: dict[str, str] = {}
        #: Every list of members that ever lay there, whole, at one revision.
        self.ever: set[tuple[str, ...]] = set()
        self.changes = 0

    def change(self, **members: str | None) -> None:
        """Puts and deletes in one transaction: one revision."""
        steps: list[object] = []
        for name, member in members.items():
            key = text(PREFIX + name)
            if member is None:
                self.now.pop(name, None)
                steps.append({"request_delete_range": {"key": key}})
            else:
                self.now[name] = member
                steps.append({"request_put": {"key": key, "value": text(member)}})
        self.post("/v3/kv/txn", success=steps)
        self.changes += len(steps)
        self.ever.add(self.members())

    def post(self, path: str, **body: object) -> Any:
        self._connection.request("POST", path, json.dumps(body), self._headers)
        answer = self._connection.getresponse()
        told = answer.read()
        assert answer.status == 200, told
        return json.loads(told)

    def log_in(self, name: str, password: str) -> None:
        """All that follows is asked as this user."""
        told = self.post("/v3/auth/authenticate", name=name, password=password)
        self._headers["authorization"] = told["token"]

    def members(self) -> tuple[str, ...]:
        return tuple(self.now[name] for name in sorted(self.now))


def connection(port: int, tls: ssl.SSLContext | None) -> http.client.HTTPConnection:
    if tls is None:
        return http.client.HTTPConnection(HOST, port, timeout=30)
    return http.client.HTTPSConnection(HOST, port, timeout=30, context=tls)


class Secure(NamedTuple):
    """An etcd that wants a certificate of whoever asks."""

    authority: Authority
    server: Certificate
    client: Certificate

    def context(self) -> ssl.SSLContext:
        context = self.authority.context()
        context.load_cert_chain(self.client.chain, self.client.key)
        return context


@contextmanager
def etcd(live: Live, secure: Secure | None = None, client: int = 0) -> Iterator[int]:
    """An etcd, at this port or at any; one that was there before has what it had."""
    client, peer = client or free_port(), free_port()
    scheme = "https" if secure else "http"
    args = [live.tool("etcd", "etcd-server"), "--data-dir", str(live.dir / "etcd")]
    args += ["--listen-client-urls", f"{scheme}://{HOST}:{client}"]
    args += ["--advertise-client-urls", f"{scheme}://{HOST}:{client}"]
    args += ["--listen-peer-urls", f"http://{HOST}:{peer}"]
    args += ["--initial-advertise-peer-urls", f"http://{HOST}:{peer}"]
    args += ["--initial-cluster", f"default=http://{HOST}:{peer}"]
    # It gives up on a write after 5 s and twice this time, which a busy disk can take.
    args += ["--election-timeout", "10000"]
    if secure:
        args += ["--client-cert-auth", "--trusted-ca-file", str(secure.authority.file)]
        args += ["--cert-file", str(secure.server.chain), "--key-file", str(secure.server.key)]
    ready = partial(healthy, client, secure and secure.context())
    with running(args, live.dir / "etcd.log", ready, politely=False):
        yield client


def healthy(port: int, tls: ssl.SSLContext | None) -> bool:
    """Whether it has a leader: it listens before."""
    if not accepts((HOST, port)):
        return False
    asked = connection(port, tls)
    try:
        asked.request("GET", "/health")
        return b'"true"' in asked.getresponse().read()
    except OSError:
        return False
    finally:
        asked.close()
