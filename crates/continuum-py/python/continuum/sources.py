"""Where the members of a continuum are read: sources for `continuum.Members`.

A source is anything that can be called without arguments and gives all servers as they are
now, or a `Continuum` of them. Where it cannot know that its answer is whole it must raise.
"""

from __future__ import annotations

import os
import socket
import ssl
import stat
import time
from collections.abc import Callable
from typing import TypeAlias

from continuum import _load
from continuum._continuum import Continuum
from continuum._many import Many
from continuum._native import ContinuumError
from continuum._server import Server, ServerLike, server_from

__all__ = ["ElastiCache", "File", "Source"]

#: All servers as they are now, whenever it is called.
Source: TypeAlias = Callable[[], Continuum | Many[ServerLike]]

#: Bytes of an answer: a thousand for each node that a cluster may have.
_MOST = 1 << 20


class File:
    """A file in any format that `continuum.load` reads, a list of servers among them.

    It is read whole each time it is asked, under its name: a file that `os.replace` puts
    there, or a link, is seen like any other. A file that changes while it is read is no
    answer, nor is one whose last line does not end, or that hashes something else than the
    first: whoever resolves keys gives another key then. What `load` warns of is not told here.

    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp(), "servers.txt")
    >>> file.write_text("10.0.0.1:11211\\n10.0.0.2:11211\\n")
    30
    >>> File(file, scheme="twemproxy")()
    <Continuum "twemproxy", 2 servers>
    >>> file.write_text("10.0.0.1:11211\\n10.0.0")
    21
    >>> File(file, scheme="twemproxy")()
    Traceback (most recent call last):
    ...
    continuum.ContinuumError: ...servers.txt: its last line does not end, so it may be written still
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        pool: str | None = None,
        *,
        format: str | None = None,
        scheme: str | None = None,
        port: str | None = None,
        partitions: int | None = None,
        haproxy_dialect: str | None = None,
    ) -> None:
        self._path = path
        self._given = (pool, format, scheme, port, partitions, haproxy_dialect)
        #: What the first answer said is hashed of a request.
        self._key_rule: tuple[str | None] | None = None

    def __call__(self) -> Continuum:
        # A pipe without a writer would wait as it is opened.
        if not stat.S_ISREG(os.stat(self._path).st_mode):
            raise ContinuumError(f"{self}: is no regular file, and only those are followed")
        before, ends = self._stamp(), self._ends()
        found = _load.read(self._path, *self._given)
        if self._stamp() != before:
            raise ContinuumError(f"{self}: changed while it was read")
        if not ends:
            raise ContinuumError(
                f"{self}: its last line does not end, so it may be written still"
            )
        _, scheme, servers, key_rule, *_ = _load.only(self._path, found)
        if self._key_rule is None:
            self._key_rule = (key_rule,)
        elif self._key_rule != (key_rule,):
            old, new = self._key_rule[0] or "the key", key_rule or "the key"
            raise ContinuumError(f"{self}: hashes {new} instead of {old}, so every key may move")
        return Continuum(scheme=scheme, servers=map(server_from, servers))

    def __str__(self) -> str:
        return os.fspath(self._path)

    def _stamp(self) -> tuple[int, ...]:
        """What differs where the file has been written or replaced."""
        about = os.stat(self._path)
        return about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns

    def _ends(self) -> bool:
        with open(self._path, "rb") as file:
            if not file.seek(0, os.SEEK_END):
                return True
            file.seek(-1, os.SEEK_END)
            return file.read(1) in (b"\n", b"}", b"]")


class ElastiCache:
    """The nodes that the configuration endpoint of ElastiCache for memcached names, by
    `config get cluster`.

    A node is known by its host name and port, which it keeps when it is replaced. An answer
    that is not as long as it says is refused, and so is one whose version went back, or that
    has other nodes under the same version.

    With `tls` connections are encrypted, as clusters with encryption in transit want them:
    `True` trusts the system's authorities, an `ssl.SSLContext` says who else is.
    """

    def __init__(
        self, address: str, *, timeout: float = 5.0, tls: bool | ssl.SSLContext = False
    ) -> None:
        host, _, port = address.rpartition(":")
        if not (host and port.isascii() and port.isdigit() and 0 < int(port) < 65536):
            raise ContinuumError(f"the endpoint {address!r} is not host:port")
        self._address = (host.strip("[]"), int(port))
        self._timeout = timeout
        self._tls = ssl.create_default_context() if tls is True else tls or None
        self._last: tuple[int, list[Server]] | None = None

    def __str__(self) -> str:
        host, port = self._address
        return f"elasticache{'s' if self._tls else ''}://{host}:{port}"

    def __call__(self) -> list[Server]:
        try:
            version, servers = _cluster(self._fetch())
        except ValueError as error:
            raise ContinuumError(f"{self}: {error}") from None
        if self._last is not None:
            last, known = self._last
            if version < last:
                raise ContinuumError(f"{self}: its version went back from {last} to {version}")
            if version == last and servers != known:
                raise ContinuumError(
                    f"{self}: has other nodes than before under the same version, {version}"
                )
        self._last = version, servers
        return servers.copy()

    def _fetch(self) -> bytes:
        end = time.monotonic() + self._timeout
        answer = b""
        with self._connect() as connection:
            connection.sendall(b"config get cluster\r\n")
            # One byte an hour is no answer either.
            while (left := end - time.monotonic()) > 0:
                connection.settimeout(left)
                block = connection.recv(4096)
                answer += block
                if not block or answer.endswith(b"END\r\n") or _is_error(answer):
                    return answer
                if len(answer) > _MOST:
                    raise ContinuumError(f"{self}: an answer of more than 1 MiB")
        raise ContinuumError(f"{self}: no answer in time")

    def _connect(self) -> socket.socket:
        connection = socket.create_connection(self._address, self._timeout)
        if self._tls is None:
            return connection
        # What fails closes it; the host's name is held against the certificate.
        return self._tls.wrap_socket(connection, server_hostname=self._address[0])


def _is_error(answer: bytes) -> bool:
    kinds = (b"ERROR", b"CLIENT_ERROR", b"SERVER_ERROR")
    return answer.startswith(kinds) and answer.endswith(b"\r\n")


def _cluster(answer: bytes) -> tuple[int, list[Server]]:
    """`CONFIG cluster FLAGS LENGTH`, as many bytes (the version on a line, the nodes as
    `name|address|port` on another), then `END`."""
    head, found, rest = answer.partition(b"\r\n")
    told = head[:80].decode("ascii", "backslashreplace")
    if not found:
        raise ValueError("half an answer")
    if _is_error(answer):
        raise ValueError(f"answers {told!r}: this is no configuration endpoint")
    words = head.split(b" ")
    if len(words) != 4 or words[:2] != [b"CONFIG", b"cluster"]:
        raise ValueError(f"an answer that begins with {told!r}")
    if not words[3].isdigit():
        raise ValueError("half an answer")
    body, end = rest[: int(words[3])], rest[int(words[3]) :]
    # Servers differ in whether the length counts the line's end before `END`.
    if len(body) < int(words[3]) or end.lstrip(b"\r\n") != b"END\r\n":
        raise ValueError("half an answer")
    version, found, nodes = body.partition(b"\n")
    if not found or not version.strip().isdigit():
        raise ValueError(f"a version that is no number: {version[:80]!r}")
    return int(version), [_node(node) for node in nodes.decode().split()]


def _node(node: str) -> Server:
    match node.split("|"):
        case [name, address, port] if (name or address) and port.isascii() and port.isdigit():
            if 0 < int(port) < 65536:
                return Server(name or address, int(port))
    raise ValueError(f"a node that is no name|address|port: {node!r}")
