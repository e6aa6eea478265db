"""`continuum.redis` for asyncio: servers are asked at the same time.

    from continuum.redis.asyncio import Sharded

    async with Sharded(continuum) as shards:
        await shards.set("user:1", "Ada")
        await shards.mget("user:1", "user:2")

Needs the package `redis`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from typing import Any, Self

from continuum._continuum import Continuum
from continuum._native import ContinuumError
from continuum._server import Server
from continuum._transition import Transition
from continuum.redis import moving, routing
from continuum.redis.commands import COUNTS, ITERATORS, ONE_KEY, key_of
from continuum.redis.queue import Queue

__all__ = ["Pipeline", "Sharded"]


class Sharded(routing.Routing[Any]):
    """As `continuum.redis.Sharded`, over `redis.asyncio.Redis`.

    `hscan_iter`, `sscan_iter` and `zscan_iter` are for ``async for``; of `bitfield`, only
    the operation's `execute` is awaited. No request is left in the air: a round to several
    servers is over when the last has answered.
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
            import redis.asyncio

            def connect(server: Server) -> Any:
                return redis.asyncio.Redis(**routing.address(server), **options)

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

        if name in ITERATORS:
            return lambda *arguments, **named: self._iterate(name, arguments, named)
        if name == "bitfield":
            return self._bitfield

        async def command(*arguments: Any, **named: Any) -> Any:
            key = key_of(name, arguments, named)
            new, old = self.for_key(key), self.old_client_for(key)
            if old is None:
                return await getattr(new, name)(*arguments, **named)
            return await _made(moving.command(new, old, name, key, arguments, named))

        return command

    async def _iterate(
        self, name: str, arguments: tuple[Any, ...], named: dict[str, Any]
    ) -> AsyncIterator[Any]:
        key = key_of(name, arguments, named)
        new, old = self.for_key(key), self.old_client_for(key)
        if old is None or await new.exists(key) or not await old.exists(key):
            async for item in getattr(new, name)(*arguments, **named):
                yield item
            return
        async for item in getattr(old, name)(*arguments, **named):
            yield item
        if not await old.exists(key) and await new.exists(key):
            raise moving.moved_while_read(name, key)

    def _bitfield(self, key: Any, *arguments: Any, **named: Any) -> Any:
        # It gives an operation at once: there is no moment to look where the value is.
        if self.old_server_for(key) is not None:
            raise ContinuumError(
                f"bitfield depends on the value of {key!r}, which is moving: move the key first, "
                "or use for_key(key).bitfield(…) where it has been moved"
            )
        return self.for_key(key).bitfield(key, *arguments, **named)

    async def mget(self, keys: Any, *more: Any) -> list[Any]:
        """The values of keys, None for each that is not there."""
        wanted = routing.flat(keys, more)
        rounds = self.mget_rounds(wanted)
        try:
            groups = next(rounds)
            while True:
                groups = rounds.send(
                    await _all(
                        client.mget([wanted[at] for at in places]) for client, places in groups
                    )
                )
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]

    async def mset(self, mapping: Mapping[Any, Any]) -> bool:
        """Sets every key of a mapping."""
        return all(await _all(_made(steps) for steps in self.msets(mapping)))

    async def _count(self, name: str, keys: Iterable[Any]) -> int:
        staying, moved = self.staying_and_moving(keys)
        pipe = self.pipeline()
        for key in moved:
            getattr(pipe, name)(key)
        requests = [
            getattr(client, name)(*(staying[at] for at in places))
            for client, places in self.by_server(staying)
        ]
        *counts, of_moved = await _all([*requests, pipe.execute()])
        count: int = sum(counts) + sum(of_moved)
        return count

    def pipeline(self, transaction: bool = False) -> Pipeline:
        """Commands that are sent together, in one round for each server."""
        return Pipeline(self, transaction)

    async def aclose(self) -> None:
        """Closes every server's connections."""
        await _all(client.aclose() for client in self._clients.values())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.aclose()


class Pipeline(Queue):
    """As `continuum.redis.Pipeline`: only `execute` is awaited."""

    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        """Sends the commands and gives their answers, in the order of the commands.

        Where a command or a server fails the others are sent all the same, and the first
        error is raised then; without `raise_on_error` it stands in place of the answer.
        """
        sending = self._take()
        rounds = sending.rounds()
        told: Any = None
        try:
            while True:
                told = await _outcomes(
                    pipe.execute(raise_on_error=False) for pipe in rounds.send(told)
                )
        except StopIteration:
            return sending.answers(raise_on_error)

    async def reset(self) -> None:
        """Forgets the commands that were not sent."""
        self._commands.clear()

    aclose = reset

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.reset()


async def _made(steps: moving.Steps) -> Any:
    """What becomes of requests that are made one after the other."""
    answer = None
    try:
        while True:
            answer = await steps.send(answer)()
    except StopIteration as end:
        return end.value


async def _all(requests: Iterable[Awaitable[Any]]) -> list[Any]:
    """The answers to requests that are made at the same time, or the first error."""
    answers = await _outcomes(requests)
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
    return answers


async def _outcomes(requests: Iterable[Awaitable[Any]]) -> list[Any]:
    answers = await asyncio.gather(*requests, return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException) and not isinstance(answer, Exception):
            raise answer
    return answers
