"""A server that stands before another, and does something at the moment when a command passes."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .process import connect, free_port

HOST = "127.0.0.1"


class Meddler:
    """Carries bytes in both directions. What a client sends is held back while `act` runs, which
    is called before the first `word` passes, and says whether the connection goes on."""

    def __init__(self, upstream: int, word: bytes, act: Callable[[], bool]) -> None:
        self._upstream, self._word, self._act = upstream, word, act
        self._socket = socket.create_server((HOST, free_port()))
        self.port = int(self._socket.getsockname()[1])
        self.acted = 0
        self.error: BaseException | None = None
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            server = connect((HOST, self._upstream))
            for source, target, watched in ((client, server, True), (server, client, False)):
                args = (source, target, watched)
                threading.Thread(target=self._carry, args=args, daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, watched: bool) -> None:
        source.settimeout(None)
        tail = b""
        try:
            while block := source.recv(65536):
                # A word may come in two parts, of which the first has passed by then.
                if watched and self._word in tail + block and not self._meddle():
                    break
                tail = (tail + block)[1 - len(self._word) :]
                target.sendall(block)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _meddle(self) -> bool:
        self.acted += 1
        try:
            return self._act()
        except BaseException as error:  # noqa: BLE001: it is raised where the test sees it
            self.error = error
            return False


@contextmanager
def meddling(upstream: int, word: bytes, act: Callable[[], bool]) -> Iterator[Meddler]:
    """A meddler while the block lasts; what went wrong in it is raised at its end."""
    meddler = Meddler(upstream, word, act)
    try:
        yield meddler
    finally:
        meddler.close()
    if meddler.error is not None:
        raise meddler.error
