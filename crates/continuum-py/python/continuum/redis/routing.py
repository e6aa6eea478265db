"""What redis-py's two clients have in common: which server a command goes to.

Knows no connection: `continuum.redis` and `continuum.redis.asyncio` send what this
decides. May import the public package, never `redis`.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from continuum._continuum import Continuum
from continuum._lock import ForkLock
from continuum._native import ContinuumError
from continuum._server import Server
from continuum._transition import Transition

Client = TypeVar("Client")


class Routing(Generic[Client]):
    """Servers, one client for each, and whose a key is."""

    def __init__(
        self,
        continuum: Continuum,
        connect: Callable[[Server], Client],
        *,
        hash_tags: bool = False,
        transition: Transition | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self.continuum = continuum
        self._connect = connect
        self._hash_tags = hash_tags
        self._transition = transition
        self._lock = ForkLock()
        #: Clients by the identities and addresses of their servers.
        self._clients: dict[tuple[str, str], Client] = {}
        #: How a text becomes the bytes that are sent, if not as UTF-8: known where the
        #: clients are made here, else read from the first one when a text needs it.
        self._encoding: tuple[str, str] | None = None
        self._encoding_known = options is not None
        if options is not None:
            self._encoding = _encoding(
                options.get("encoding", "utf-8"), options.get("encoding_errors", "strict")
            )

    def routed(self, key: Any) -> str | bytes:
        """What of a key is hashed: all of it as redis-py sends it or, with
        `hash_tags`, the part between the first braces, as in Redis Cluster."""
        if isinstance(key, memoryview):
            key = key.tobytes()
        elif isinstance(key, (int, float)):
            if isinstance(key, bool):
                raise TypeError("a key is bytes, str, int or float, not bool")
            key = repr(key)
        if isinstance(key, str):
            if not self._encoding_known and not key.isascii():
                self._look_at_encoding()
            if self._encoding is not None:
                key = key.encode(*self._encoding)
        if self._hash_tags:
            opening, closing = ("{", "}") if isinstance(key, str) else (b"{", b"}")
            _, found, rest = key.partition(opening)
            tag, ended, _ = rest.partition(closing)
            if found and ended and tag:
                return tag  # type: ignore[no-any-return]
        return key  # type: ignore[no-any-return]

    def server_for(self, key: Any) -> Server:
        """The server of a key: while servers change, the one that is written to."""
        if self._transition is not None:
            return self._transition.write(self.routed(key))
        return self.continuum.resolve(self.routed(key))

    def old_server_for(self, key: Any) -> Server | None:
        """Where a moving key was, or None for a key that does not move."""
        if self._transition is None:
            return None
        return self._transition.old_owner(self.routed(key))

    def old_client_for(self, key: Any) -> Client | None:
        """The client of where a moving key was, or None for a key that does not move."""
        old = self.old_server_for(key)
        return None if old is None else self.for_server(old)

    def staying_and_moving(self, keys: Iterable[Any]) -> tuple[list[Any], list[Any]]:
        """The keys that have one owner, and those that may be on two."""
        staying: list[Any] = []
        moving: list[Any] = []
        for key in keys:
            (staying if self.old_server_for(key) is None else moving).append(key)
        return staying, moving

    def for_server(self, server: Server) -> Client:
        """The client of a server, made when it is first asked for."""
        # A name may get another machine; its old client is closed with the others.
        place = server.identity, server.address
        client = self._clients.get(place)
        if client is None:
            with self._lock:
                client = self._clients.get(place)
                if client is None:
                    client = self._clients[place] = self._connect(server)
        return client

    def _look_at_encoding(self) -> None:
        """Reads how the clients encode texts from the first server's."""
        server = next(iter(self.continuum), None)
        if server is None:
            return
        encoder = getattr(self.for_server(server), "get_encoder", lambda: None)()
        self._encoding = _encoding(
            getattr(encoder, "encoding", None), getattr(encoder, "encoding_errors", None)
        )
        self._encoding_known = True

    def for_key(self, key: Any) -> Client:
        """The client of a key's server."""
        return self.for_server(self.server_for(key))

    def all_clients(self) -> list[Client]:
        """A client for each server of the continuum, in its order."""
        return [self.for_server(server) for server in self.continuum]

    def old_by_server(
        self, keys: Sequence[Any], found: Sequence[Any]
    ) -> list[tuple[Client, list[int]]]:
        """As `by_server`, for the keys that were not found and may not have moved yet."""
        groups: dict[int, tuple[Client, list[int]]] = {}
        for place, (key, value) in enumerate(zip(keys, found)):
            client = self.old_client_for(key) if value is None else None
            if client is not None:
                groups.setdefault(id(client), (client, []))[1].append(place)
        return list(groups.values())

    def by_server(self, keys: Iterable[Any]) -> list[tuple[Client, list[int]]]:
        """Each server's client, and the places of its keys among these."""
        groups: dict[int, tuple[Client, list[int]]] = {}
        for place, key in enumerate(keys):
            client = self.for_key(key)
            groups.setdefault(id(client), (client, []))[1].append(place)
        return list(groups.values())


def scatter(
    groups: Sequence[tuple[Any, list[int]]], answers: Sequence[Sequence[Any]], found: list[Any]
) -> list[Any]:
    """Writes the answers of groups to the places of their keys."""
    for (_, places), group in zip(groups, answers):
        for place, answer in zip(places, group):
            found[place] = answer
    return found


def flat(keys: Any, more: Iterable[Any]) -> list[Any]:
    """Keys given as one list, or one by one, as redis-py takes them."""
    one = isinstance(keys, (str, bytes, bytearray, memoryview)) or not isinstance(keys, Iterable)
    return [*([keys] if one else keys), *more]


def pairs(mapping: Mapping[Any, Any], keys: Sequence[Any], places: Iterable[int]) -> dict[Any, Any]:
    """The part of a mapping that belongs to one server."""
    return {keys[place]: mapping[keys[place]] for place in places}


def _encoding(encoding: object, errors: object) -> tuple[str, str] | None:
    """What `str.encode` is told, or None where it is told nothing."""
    if not isinstance(encoding, str) or not isinstance(errors, str):
        return None
    if codecs.lookup(encoding).name == "utf-8" and errors == "strict":
        return None
    return encoding, errors


def still_there(name: str, key: Any) -> ContinuumError:
    return ContinuumError(
        f"{name} depends on the value of {key!r}, which is still on its old owner: move the key "
        "first, or write the whole value with set"
    )


def no_command(name: str) -> AttributeError:
    return AttributeError(
        f"{name!r} is no command of one key that is sent by its key: "
        f"use for_key(key).{name}(…), or all_clients() for all servers"
    )


def address(server: Server) -> dict[str, Any]:
    """How redis-py is told where a server is."""
    if server.port is None and server.hostname.startswith("/"):
        return {"unix_socket_path": server.hostname}
    return {"host": server.hostname, "port": 6379 if server.port is None else server.port}
