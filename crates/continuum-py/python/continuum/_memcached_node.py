"""A node of a memcached client: the text by which it is named, and the server behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias, TypeVar

from continuum import _native
from continuum._server import Server

T = TypeVar("T")

#: Something of each node, by its text or by its host and port.
Texts: TypeAlias = Mapping[str, T] | Mapping[tuple[str, int], T]

#: Where a client connects that is told no port.
_PORT = 11211


class Node(Server):
    """A server that knows the text by which the client names it."""

    __slots__ = ("node",)

    node: str


def text_of(given: str | tuple[str, int]) -> str:
    """The text by which pymemcache names a server that it was given so: ``host:port`` with
    the last colon before the port, IPv6 without brackets, or the path of a Unix socket."""
    if isinstance(given, tuple) and len(given) == 2:
        return "%s:%s" % given
    if not isinstance(given, str):
        raise TypeError(f"a node is a text or a pair of host and port, not {given!r}")
    if given.startswith("unix:"):
        return given.removeprefix("unix:")
    if given.startswith("/"):
        return given
    host, colon, port = given.rpartition(":")
    if not colon or given.endswith("]"):
        return f"{_bare(given)}:{_PORT}"
    return f"{_bare(host)}:{port}"


def by_text(given: Texts[T], what: str) -> dict[str, T]:
    """The same by the client's texts. Two spellings of one server are refused."""
    found: dict[str, T] = {}
    for node, value in given.items():
        text = text_of(node)
        if text in found:
            raise _native.ContinuumError(f"{what} names node {text!r} twice")
        found[text] = value
    return found


def node_of(
    node: str, scheme: str, capacities: Mapping[str, float], names: Mapping[str, str]
) -> Node:
    """The server of a node as the client writes it."""
    path = node.removeprefix("unix:")
    if path.startswith("/"):
        host, port = path, None
    else:
        head, colon, tail = node.rpartition(":")
        if colon and tail.isascii() and tail.isdigit():
            host, port = _bare(head), int(tail)
        else:
            host, port = node, None
    text = text_of(node)
    name = names.get(node, names.get(text))
    if name is None and scheme.partition(":")[0] == "pymemcache":
        name = node
    server = Node(host, port, capacities.get(node, capacities.get(text, 1)), name=name)
    server.node = node
    _native.check_server(server)
    return server


def node_of_server(server: Server) -> Node:
    """The node of a server of a continuum."""
    made = Node.__new__(Node)
    for field in Server.__slots__:
        setattr(made, field, getattr(server, field))
    made.node = server.hostname if server.port is None else f"{server.hostname}:{server.port}"
    return made


def _bare(host: str) -> str:
    return host.removeprefix("[").removesuffix("]")
