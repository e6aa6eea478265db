"""A server that stands before another, and carries bytes in both directions."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

from .process import connect, free_port

HOST = "127.0.0.1"


class Relay:
    """Listens on a free port for a server on loopback. What passes is for subclasses to say."""

    def __init__(self, upstream: int) -> None:
        self._upstream = upstream
        self._socket = socket.create_server((HOST, free_port()))
        self.port = int(self._socket.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def passing(self, blocks: Iterator[bytes], from_client: bool) -> Iterator[bytes]:
        """What of the blocks of one direction passes; the connection ends where it ends."""
        return blocks

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            server = connect((HOST, self._upstream))
            for source, target in ((client, server), (server, client)):
                args = (source, target, source is client)
                threading.Thread(target=self._carry, args=args, daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, from_client: bool) -> None:
        source.settimeout(None)
        try:
            for block in self.passing(iter(lambda: source.recv(65536), b""), from_client):
                target.sendall(block)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
