"""Redis servers behind one object, a key on each by any scheme, with redis-py.

    from continuum import Continuum
    from continuum.redis import Sharded

    servers = ["10.0.0.1:6379", "10.0.0.2:6379=2"]
    shards = Sharded(Continuum(scheme="twemproxy", servers=servers), socket_timeout=1)
    shards.set("user:1", "Ada")
    shards.mget("user:1", "user:2")

The same with ``await`` is `continuum.redis.asyncio`. Needs the package `redis`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self

from continuum._continuum import Continuum
from continuum._server import Server
from continuum._transition import Transition
from continuum.redis import routing
from continuum.redis.commands import (
    COUNTS,
    DELETES,
    ITERATORS,
    ONE_KEY,
    READS,
    depends,
    key_of,
    may_be_a_miss,
)
from continuum.redis.queue import Queue

__all__ = ["Pipeline", "Sharded"]


class Sharded(routing.Routing[Any]):
    """Sends each command to the server of its key.

    `connect` makes the `redis.Redis` of a server, once for each: its connection pool
    is the server's. Without it, `options` go to `redis.Redis`.

    Commands of one key are called as on a client: ``shards.hset("k", "field", 1)``.
    `mget`, `mset`, `delete`, `exists`, `touch` and `unlink` take keys of any servers
    and send one command to each server. They are not atomic across servers, and
    `mset` does not undo what one server took when another fails.

    What is hashed is what redis-py sends: a str key is encoded as its clients encode it.
    A server that has another address under its name gets another client.

    `hash_tags` puts keys with the same ``{tag}`` on one server; schemes of programs
    that know tags (twemproxy, redis-cluster) do so by themselves.

    With a `transition` (of the old and the new continuum), writes go to the new owner,
    deletes to both, and a read of a key that is not on the new owner asks the old one.
    What depends on a value (`incr`, `append`, `hset`, `expire`, `set` with ``nx``) raises
    `ContinuumError` where that is on the old owner only; a pipeline, which cannot look
    first, does so for every key that is moving.
    """

    def __init__(
        self,
        continuum: Continuum,
        connect: Callable[[Server], Any] | None = None,
        *,
        hash_tags: bool = False,
        transition: Transition | None = None,
        **options: Any,
    ) -> None:
        made = options if connect is None else None
        if connect is None:
            import redis

            def connect(server: Server) -> Any:
                return redis.Redis(**routing.address(server), **options)

        elif options:
            raise TypeError(f"with connect=, there is nobody to take {', '.join(options)}")
        super().__init__(
            continuum, connect, hash_tags=hash_tags, transition=transition, options=made
        )

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name in COUNTS:
            return lambda *keys: self._count(name, keys)
        if name not in ONE_KEY:
            raise routing.no_command(name)

        def command(*arguments: Any, **named: Any) -> Any:
            key = key_of(name, arguments, named)
            new, old = self.for_key(key), self.old_client_for(key)
            if old is not None and name in ITERATORS:
                new = new if new.exists(key) else old
            elif old is not None and depends(name, arguments, named):
                if not new.exists(key) and old.exists(key):
                    raise routing.still_there(name, key)
            answer = getattr(new, name)(*arguments, **named)
            if old is None:
                return answer
            if name in DELETES:
                gone = getattr(old, name)(*arguments, **named)
                return gone if answer is None else answer
            if name in READS and may_be_a_miss(name, answer) and not new.exists(key):
                return getattr(old, name)(*arguments, **named)
            return answer

        return command

    def mget(self, keys: Any, *more: Any) -> list[Any]:
        """The values of keys, None for each that is not there."""
        wanted = routing.flat(keys, more)
        groups = self.by_server(wanted)
        answers = [client.mget([wanted[at] for at in places]) for client, places in groups]
        found = routing.scatter(groups, answers, [None] * len(wanted))
        old = self.old_by_server(wanted, found)
        answers = [client.mget([wanted[at] for at in places]) for client, places in old]
        return routing.scatter(old, answers, found)

    def mset(self, mapping: Mapping[Any, Any]) -> bool:
        """Sets every key of a mapping."""
        keys = list(mapping)
        return all(
            [
                client.mset(routing.pairs(mapping, keys, places))
                for client, places in self.by_server(keys)
            ]
        )

    def _count(self, name: str, keys: Iterable[Any]) -> int:
        staying, moving = self.staying_and_moving(keys)
        count: int = sum(
            getattr(client, name)(*(staying[at] for at in places))
            for client, places in self.by_server(staying)
        )
        pipe = self.pipeline()
        for key in moving:
            getattr(pipe, name)(key)
        moved: int = sum(pipe.execute())
        return count + moved

    def pipeline(self, transaction: bool = False) -> Pipeline:
        """Commands that are sent together, in one round for each server."""
        return Pipeline(self, transaction)

    def close(self) -> None:
        """Closes every server's connections."""
        for client in self._clients.values():
            client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class Pipeline(Queue):
    """Commands of one key each, kept until `execute`.

    With `transaction`, what one server gets is atomic there; nothing is atomic
    across servers.
    """

    def execute(self, raise_on_error: bool = True) -> list[Any]:
        """Sends the commands and gives their answers, in the order of the commands."""
        sending = self._take()
        for pipes in (sending.first, sending.second):
            sending.note([pipe.execute(raise_on_error) for pipe in pipes()])
        return sending.answers()

    def reset(self) -> None:
        """Forgets the commands that were not sent."""
        self._commands.clear()

    close = reset

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.reset()
