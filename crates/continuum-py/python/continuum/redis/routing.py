"""What redis-py's two clients have in common: which server a command goes to.

Knows no connection: `continuum.redis` and `continuum.redis.asyncio` send what this
decides. May import the public package, never `redis`.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeAlias, TypeVar

from continuum._continuum import Continuum
from continuum._lock import ForkLock
from continuum._server import Server
from continuum._transition import Transition
from continuum.redis import moving

Client = TypeVar("Client")

#: Clients, and the places of the keys that they are asked for.
Groups: TypeAlias = list[tuple[Client, list[int]]]

#: Options of redis-py beside which it forgets host and port: every key would go to one place.
_OF_ONE_SERVER = ("connection_pool", "unix_socket_path")


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
        for name in _OF_ONE_SERVER:
            if name in (options or ()):
                raise TypeError(
                    f"{name}= would be every server's, and every key go there: give connect=, which "
                    "makes the client of each server"
                )
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

    def sent(self, key: Any) -> str | bytes:
        """A key as redis-py sends it; a text where it is encoded as UTF-8."""
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
        return key  # type: ignore[no-any-return]

    def routed(self, key: Any) -> str | bytes:
        """What of a key is hashed: all of it as it is sent or, with `hash_tags`, the part
        between the first braces, as in Redis Cluster."""
        key = self.sent(key)
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

    def by_server(self, keys: Iterable[Any]) -> Groups[Client]:
        """Each server's client, and the places of its keys among these."""
        return _grouped((place, self.for_key(key)) for place, key in enumerate(keys))

    def mget_rounds(
        self, keys: Sequence[Any]
    ) -> Generator[Groups[Client], list[Sequence[Any]], list[Any]]:
        """Gives the groups of each round of reads and is told their answers: the owners, and
        of what they do not have the old owners and, in case it moved in between, the owners
        again. The values come in the order of the keys."""
        found: list[Any] = [None] * len(keys)
        groups = self.by_server(keys)
        _scatter(groups, (yield groups), found)
        if self._transition is None:
            return found
        for ask in (self.old_client_for, self.for_key):
            missing = [place for place, value in enumerate(found) if value is None]
            both = (place for place in missing if self.old_server_for(keys[place]) is not None)
            groups = _grouped((place, ask(keys[place])) for place in both)
            _scatter(groups, (yield groups), found)
        return found

    def msets(self, mapping: Mapping[Any, Any]) -> list[moving.Steps]:
        """What is asked of each server for `mset`."""
        keys = list(mapping)
        steps = []
        for client, places in self.by_server(keys):
            old = _grouped((place, self.old_client_for(keys[place])) for place in places)
            stale = [(of, [keys[place] for place in which]) for of, which in old if of is not None]
            part = {keys[place]: mapping[keys[place]] for place in places}
            steps.append(moving.mset(client, part, stale))
        return steps


def _grouped(clients: Iterable[tuple[int, Any]]) -> Groups[Any]:
    groups: dict[int, tuple[Any, list[int]]] = {}
    for place, client in clients:
        groups.setdefault(id(client), (client, []))[1].append(place)
    return list(groups.values())


def _scatter(groups: Groups[Any], answers: Sequence[Sequence[Any]], found: list[Any]) -> None:
    for (_, places), group in zip(groups, answers):
        for place, answer in zip(places, group):
            found[place] = answer


def flat(keys: Any, more: Iterable[Any]) -> list[Any]:
    """Keys given as one list, or one by one, as redis-py takes them."""
    one = isinstance(keys, (str, bytes, bytearray, memoryview)) or not isinstance(keys, Iterable)
    return [*([keys] if one else keys), *more]


def _encoding(encoding: object, errors: object) -> tuple[str, str] | None:
    """What `str.encode` is told, or None where it is told nothing."""
    if not isinstance(encoding, str) or not isinstance(errors, str):
        return None
    if codecs.lookup(encoding).name == "utf-8" and errors == "strict":
        return None
    return encoding, errors


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
