"""Redis servers that do one thing: answer every `GET` with their own number."""

from __future__ import annotations

import os
import selectors
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from .process import listen

_PREFIX = b"*2\r\n$3\r\nGET\r\n$"

Address = tuple[str, int] | str


class _Peer:
    """One connection from the proxy."""

    def __init__(self, sock: socket.socket, number: int) -> None:
        self.sock = sock
        self.answer = b":%d\r\n" % number
        self.data = b""

    def serve(self) -> bool:
        """Answer what has arrived; false when the connection has ended."""
        try:
            chunk = self.sock.recv(1 << 16)
        except OSError:
            return False
        if not chunk:
            return False
        self.data += chunk
        if count := self._take():
            self.sock.setblocking(True)
            self.sock.sendall(self.answer * count)
        return True

    def _take(self) -> int:
        """Take the whole commands off the buffer and count them."""
        data, at, count = self.data, 0, 0
        while (end := data.find(b"\r\n", at + len(_PREFIX))) >= 0:
            if not data.startswith(_PREFIX, at):
                raise ValueError(f"not a GET: {data[at : at + 80]!r}")
            after = end + 4 + int(data[at + len(_PREFIX) : end])
            if after > len(data):
                break
            at = after
            count += 1
        self.data = data[at:]
        return count


@contextmanager
def redis_stubs(addresses: Iterable[tuple[Address, int]]) -> Iterator[None]:
    """Listen at each address and answer with its number, on one thread, while the block lasts."""
    poll = selectors.DefaultSelector()
    wake, woken = socket.socketpair()
    poll.register(woken, selectors.EVENT_READ, None)
    listening = []
    try:
        for address, number in addresses:
            sock = listen(address)
            listening.append(sock)
            poll.register(sock, selectors.EVENT_READ, number)
        thread = threading.Thread(target=_serve, args=(poll,), name="redis stubs", daemon=True)
        thread.start()
        try:
            yield
        finally:
            wake.send(b"x")
            thread.join()
    finally:
        for key in list(poll.get_map().values()):
            if isinstance(key.data, _Peer):
                key.data.sock.close()
        for sock in listening:
            if sock.family == socket.AF_UNIX:
                os.unlink(sock.getsockname())
            sock.close()
        poll.close()
        wake.close()
        woken.close()


def _serve(poll: selectors.BaseSelector) -> None:
    while True:
        for key, _ in poll.select():
            if key.data is None:
                return
            if isinstance(key.data, _Peer):
                if not key.data.serve():
                    poll.unregister(key.data.sock)
                    key.data.sock.close()
            else:
                assert isinstance(key.fileobj, socket.socket)
                sock, _ = key.fileobj.accept()
                poll.register(sock, selectors.EVENT_READ, _Peer(sock, key.data))
