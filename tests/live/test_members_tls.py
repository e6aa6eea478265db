"""Members of an ElastiCache stub over TLS: who is believed, and what is told of who is not."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from continuum import ContinuumError, Members, sources

from .authority import Authority
from .conftest import Live
from .process import free_port

HOST = "127.0.0.1"
SCHEME = "twemproxy"


@contextmanager
def _endpoint(context: ssl.SSLContext, answer: list[bytes], host: str = HOST) -> Iterator[int]:
    """A configuration endpoint that speaks TLS."""
    listening = socket.create_server((host, free_port()))

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(connection, server_side=True) as secured:
                    known = secured.recv(100) == b"config get cluster\r\n"
                    secured.sendall(answer[0] if known else b"ERROR\r\n")
            except OSError:
                # Whoever does not believe the certificate goes away.
                connection.close()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield int(listening.getsockname()[1])
    finally:
        listening.close()


def _cluster(version: int, hosts: int) -> bytes:
    nodes = " ".join(f"n{host}.cache|10.0.0.{host}|11211" for host in range(hosts))
    body = f"{version}\n{nodes}\n".encode()
    return b"CONFIG cluster 0 %d\r\n%s\r\nEND\r\n" % (len(body), body)


def test_elasticache_over_tls(live: Live) -> None:
    ours, other = Authority(live), Authority(live, "other")
    made = ours.issue("server")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(made.chain, made.key)
    answer = [_cluster(1, 8)]
    with _endpoint(context, answer) as port:
        source = sources.ElastiCache(f"{HOST}:{port}", tls=ours.context())
        assert str(source) == f"elasticaches://{HOST}:{port}"
        members = Members(source, scheme=SCHEME, settle=0)
        assert members.refresh() and len(members.continuum) == 8
        # Half an answer is none over TLS either; the whole one is.
        answer[0] = _cluster(2, 9)[:-9]
        assert not members.refresh() and "half an answer" in str(members.last_fault)
        answer[0] = _cluster(2, 9)
        assert members.refresh() and len(members.continuum) == 9
        # Neither the system nor another authority knows this one.
        strangers = (
            Members(f"elasticaches://{HOST}:{port}", scheme=SCHEME, settle=0),
            Members(
                sources.ElastiCache(f"{HOST}:{port}", tls=other.context()), scheme=SCHEME, settle=0
            ),
        )
        for stranger in strangers:
            assert not stranger.refresh() and "certificate" in str(stranger.last_fault)
        with pytest.raises((ContinuumError, OSError)):
            sources.ElastiCache(f"{HOST}:{port}")()
    # The certificate is for another address.
    with _endpoint(context, answer, "127.0.0.2") as port:
        source = sources.ElastiCache(f"127.0.0.2:{port}", tls=ours.context())
        misled = Members(source, scheme=SCHEME, settle=0)
        assert not misled.refresh() and "not valid for '127.0.0.2'" in str(misled.last_fault)
    live.lines.append("members of ElastiCache in Python: over TLS")
