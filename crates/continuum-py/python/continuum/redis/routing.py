"""What redis-py's two clients have in common: which server a command goes to.

Knows no connection: `continuum.redis` and `continuum.redis.asyncio` send what this
decides. May import the public package, never `redis`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from continuum._continuum import Continuum
from continuum._lock import ForkLock
from continuum._server import Server
from continuum._transition import Transition

Client = TypeVar("Client")

#: Commands of one key, which is their first argument.
ONE_KEY = frozenset(
    """
    append bitcount bitfield bitpos decr decrby dump expire expireat expiretime get getbit
    getdel getex getrange getset hdel hexists hget hgetall hincrby hincrbyfloat hkeys hlen
    hmget hmset hrandfield hscan hscan_iter hset hsetnx hstrlen hvals incr incrby
    incrbyfloat lindex linsert llen lpop lpos lpush lpushx lrange lrem lset ltrim
    move object persist pexpire pexpireat pexpiretime psetex pttl restore rpop rpush rpushx
    sadd scard set setbit setex setnx setrange sismember smembers smismember spop
    srandmember srem sscan sscan_iter strlen ttl type xack xadd xdel xlen xrange xrevrange
    xtrim zadd zcard zcount zincrby zlexcount zmscore zpopmax zpopmin zrandmember zrange
    zrangebylex zrangebyscore zrank zrem zremrangebylex zremrangebyrank zremrangebyscore
    zrevrange zrevrangebyscore zrevrank zscan zscan_iter zscore
    """.split()
)

#: Commands of several keys whose answers add up.
COUNTS = frozenset({"delete", "exists", "touch", "unlink"})

#: Reads that a key which has not moved yet answers on its old server: what they give
#: for a key that is not there.
MISSES: dict[str, Any] = {"get": None, "hgetall": {}, "hget": None, "smembers": set(), "zscore": None}


class Routing(Generic[Client]):
    """Servers, one client for each, and whose a key is."""

    def __init__(
        self,
        continuum: Continuum,
        connect: Callable[[Server], Client],
        *,
        hash_tags: bool = False,
        transition: Transition | None = None,
    ) -> None:
        self.continuum = continuum
        self._connect = connect
        self._hash_tags = hash_tags
        self._transition = transition
        self._lock = ForkLock()
        self._clients: dict[str, Client] = {}

    def routed(self, key: Any) -> str | bytes:
        """What of a key is hashed: all of it as redis-py sends it or, with
        `hash_tags`, the part between the first braces, as in Redis Cluster."""
        if isinstance(key, memoryview):
            key = key.tobytes()
        elif isinstance(key, (int, float)):
            if isinstance(key, bool):
                raise TypeError("a key is bytes, str, int or float, not bool")
            key = repr(key)
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

    def for_server(self, server: Server) -> Client:
        """The client of a server, made when it is first asked for."""
        identity = server.identity
        client = self._clients.get(identity)
        if client is None:
            with self._lock:
                client = self._clients.get(identity)
                if client is None:
                    client = self._clients[identity] = self._connect(server)
        return client

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
        groups: dict[str, tuple[Client, list[int]]] = {}
        for place, (key, value) in enumerate(zip(keys, found)):
            old = self.old_server_for(key) if value is None else None
            if old is not None:
                groups.setdefault(old.identity, (self.for_server(old), []))[1].append(place)
        return list(groups.values())

    def by_server(self, keys: Iterable[Any]) -> list[tuple[Client, list[int]]]:
        """Each server's client, and the places of its keys among these."""
        groups: dict[int, tuple[Client, list[int]]] = {}
        for place, key in enumerate(keys):
            client = self.for_key(key)
            groups.setdefault(id(client), (client, []))[1].append(place)
        return list(groups.values())


class Queue:
    """Commands of one key each, kept until they are sent."""

    def __init__(self, shards: Routing[Any], transaction: bool) -> None:
        self._shards = shards
        self._transaction = transaction
        self._commands: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in ONE_KEY and name not in COUNTS:
            raise no_command(name)

        def command(key: Any, *arguments: Any, **named: Any) -> Queue:
            if name in COUNTS and arguments:
                raise TypeError(f"in a pipeline, {name} takes one key")
            self._commands.append((name, (key, *arguments), named))
            return self

        return command

    def __len__(self) -> int:
        return len(self._commands)

    def _take(self) -> tuple[list[tuple[Any, list[int]]], list[Any], int]:
        """The groups of the queued commands and a filled pipeline for each; the queue
        is empty afterwards."""
        commands, self._commands = self._commands, []
        groups = self._shards.by_server([arguments[0] for _, arguments, _ in commands])
        pipes = []
        for client, places in groups:
            pipe = client.pipeline(transaction=self._transaction)
            for place in places:
                name, arguments, named = commands[place]
                getattr(pipe, name)(*arguments, **named)
            pipes.append(pipe)
        return groups, pipes, len(commands)

    def __bool__(self) -> bool:
        return True


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
    first = list(keys) if isinstance(keys, (list, tuple, set, frozenset)) else [keys]
    return [*first, *more]


def pairs(mapping: Mapping[Any, Any], keys: Sequence[Any], places: Iterable[int]) -> dict[Any, Any]:
    """The part of a mapping that belongs to one server."""
    return {keys[place]: mapping[keys[place]] for place in places}


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
