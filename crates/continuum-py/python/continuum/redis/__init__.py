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

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Self

from continuum._calls import call_all
from continuum._continuum import Continuum
from continuum._server import Server
from continuum._transition import Transition
from continuum.redis import moving, routing
from continuum.redis.commands import COUNTS, ITERATORS, ONE_KEY, key_of
from continuum.redis.queue import Queue

__all__ = ["Pipeline", "Sharded"]


class Sharded(routing.Routing[Any]):
    """Sends each command to the server of its key.

    `connect` makes the `redis.Redis` of a server, once for each: its connection pool
    is the server's. Without it, `options` go to `redis.Redis`.

    Commands of one key are called as on a client: ``shards.hset("k", "field", 1)``.
    `mget`, `mset`, `delete`, `exists`, `touch` and `unlink` take keys of any servers
    and send one command to each server. They are not atomic across servers: where one
    fails the others are asked all the same, and the first error is raised then.

    What is hashed is what redis-py sends: a str key is encoded as its clients encode it.
    A server that has another address under its name gets another client.

    `hash_tags` puts keys with the same ``{tag}`` on one server; schemes of programs
    that know tags (twemproxy, redis-cluster) do so by themselves.

    With a `transition` (of the old and the new continuum), keys may move while they are used:
    a read of a key that is not on the new owner asks the old one and, as it may have moved
    in between, the new one again. What is written goes to the new owner, and is deleted
    from the old one; what is deleted is deleted from both.
    What depends on a value (`incr`, `append`, `hset`, `expire`, `set` with ``nx``) raises
    `ContinuumError` where that is on the old owner only; a pipeline, which cannot look
    first, does so for every key that is moving. So does an iterator, at its end, whose key
    moved while it was read.
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
            old = self.old_client_for(key)
            if old is None:
                return getattr(self.for_key(key), name)(*arguments, **named)
            if name in ITERATORS:
                return self._iterate(old, name, key, arguments, named)
            return _made(moving.command(self.for_key(key), old, name, key, arguments, named))

        return command

    def _iterate(
        self, old: Any, name: str, key: Any, arguments: tuple[Any, ...], named: dict[str, Any]
    ) -> Iterator[Any]:
        new = self.for_key(key)
        if new.exists(key) or not old.exists(key):
            yield from getattr(new, name)(*arguments, **named)
            return
        yield from getattr(old, name)(*arguments, **named)
        if not old.exists(key) and new.exists(key):
            raise moving.moved_while_read(name, key)

    def mget(self, keys: Any, *more: Any) -> list[Any]:
        """The values of keys, None for each that is not there."""
        wanted = routing.flat(keys, more)
        rounds = self.mget_rounds(wanted)
        try:
            groups = next(rounds)
            while True:
                groups = rounds.send(
                    [client.mget([wanted[at] for at in places]) for client, places in groups]
                )
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]

    def mset(self, mapping: Mapping[Any, Any]) -> bool:
        """Sets every key of a mapping."""
        return all(call_all((_made, steps) for steps in self.msets(mapping)))

    def _count(self, name: str, keys: Iterable[Any]) -> int:
        staying, moved = self.staying_and_moving(keys)
        pipe = self.pipeline()
        for key in moved:
            getattr(pipe, name)(key)
        requests: list[tuple[Any, ...]] = [
            (getattr(client, name), *(staying[at] for at in places))
            for client, places in self.by_server(staying)
        ]
        *counts, of_moved = call_all([*requests, (pipe.execute,)])
        count: int = sum(counts) + sum(of_moved)
        return count

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
        """Sends the commands and gives their answers, in the order of the commands.

        Where a command or a server fails the others are sent all the same, and the first
        error is raised then; without `raise_on_error` it stands in place of the answer.
        """
        sending = self._take()
        rounds = sending.rounds()
        told: Any = None
        try:
            while True:
                told = [_outcome(pipe) for pipe in rounds.send(told)]
        except StopIteration:
            return sending.answers(raise_on_error)

    def reset(self) -> None:
        """Forgets the commands that were not sent."""
        self._commands.clear()

    close = reset

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.reset()


def _made(steps: moving.Steps) -> Any:
    """What becomes of requests that are made one after the other."""
    answer = None
    try:
        while True:
            answer = steps.send(answer)()
    except StopIteration as end:
        return end.value


def _outcome(pipe: Any) -> Any:
    try:
        return pipe.execute(raise_on_error=False)
    except Exception as error:
        return error
