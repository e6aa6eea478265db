"""Pipelined questions over HTTP/1.1 and the Redis protocol."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from .process import connect

CONNECTIONS = 4
BATCH = 100

Address = tuple[str, int] | str


def ask_http(address: Address, requests: Sequence[bytes], header: bytes) -> list[bytes]:
    """Send `requests` (each with an empty answer) and give the value of `header` of each answer."""
    pattern = re.compile(rb"\r\n" + re.escape(header) + rb": ([^\r]*)", re.IGNORECASE)

    def answers(data: bytes, want: int) -> list[bytes] | None:
        if not data.endswith(b"\r\n\r\n") or data.count(b"\r\n\r\n") < want:
            return None
        values = pattern.findall(data)
        if len(values) != want:
            raise ConnectionError(
                f"{len(values)} of {want} answers have {header!r}:\n{data[:600]!r}"
            )
        return values

    return _spread(address, requests, answers)


def ask_redis(address: Address, requests: Sequence[bytes]) -> list[bytes]:
    """Send commands whose answers are one line each, and give the lines."""

    def answers(data: bytes, want: int) -> list[bytes] | None:
        return data.splitlines() if data.count(b"\r\n") >= want else None

    return _spread(address, requests, answers)


def redis_command(*words: bytes) -> bytes:
    return b"*%d\r\n" % len(words) + b"".join(
        b"$%d\r\n%b\r\n" % (len(word), word) for word in words
    )


_Parse = Callable[[bytes, int], "list[bytes] | None"]


def _spread(address: Address, requests: Sequence[bytes], answers: _Parse) -> list[bytes]:
    """One slice of the requests a connection, so that one side works while the other waits."""
    size = -(-len(requests) // CONNECTIONS)
    slices = [requests[at : at + size] for at in range(0, len(requests), size)]
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        parts = pool.map(lambda part: _in_batches(address, part, answers), slices)
        return [answer for part in parts for answer in part]


def _in_batches(address: Address, requests: Sequence[bytes], answers: _Parse) -> list[bytes]:
    out: list[bytes] = []
    with connect(address) as sock:
        for at in range(0, len(requests), BATCH):
            batch = requests[at : at + BATCH]
            sock.sendall(b"".join(batch))
            out += _receive(sock, len(batch), answers)
    return out


def _receive(sock: socket.socket, want: int, answers: _Parse) -> list[bytes]:
    data = b""
    while True:
        chunk = sock.recv(1 << 18)
        if not chunk:
            raise ConnectionError(f"closed by the program; last bytes: {data[-600:]!r}")
        data += chunk
        found = answers(data, want)
        if found is not None:
            return found
