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
    """As `continuum.redis.Sharded`, over `redis.asyncio.Redis`.

    `hscan_iter`, `sscan_iter` and `zscan_iter` are for ``async for``; of `bitfield`, only
    the operation's `execute` is awaited. A round to several servers is over when the last
    has answered; the first error is raised then, so that no request is left in the air.
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
            if old is not None and depends(name, arguments, named):
                if not await new.exists(key) and await old.exists(key):
                    raise routing.still_there(name, key)
            answer = await getattr(new, name)(*arguments, **named)
            if old is None:
                return answer
            if name in DELETES:
                gone = await getattr(old, name)(*arguments, **named)
                return gone if answer is None else answer
            if name in READS and may_be_a_miss(name, answer) and not await new.exists(key):
                return await getattr(old, name)(*arguments, **named)
            return answer

        return command

    async def _iterate(
        self, name: str, arguments: tuple[Any, ...], named: dict[str, Any]
    ) -> AsyncIterator[Any]:
        key = key_of(name, arguments, named)
        client, old = self.for_key(key), self.old_client_for(key)
        if old is not None and not await client.exists(key):
            client = old
        async for item in getattr(client, name)(*arguments, **named):
            yield item

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
        groups = self.by_server(wanted)
        answers = await _all(
            client.mget([wanted[at] for at in places]) for client, places in groups
        )
        found = routing.scatter(groups, answers, [None] * len(wanted))
        old = self.old_by_server(wanted, found)
        answers = await _all(
            client.mget([wanted[at] for at in places]) for client, places in old
        )
        return routing.scatter(old, answers, found)

    async def mset(self, mapping: Mapping[Any, Any]) -> bool:
        """Sets every key of a mapping."""
        keys = list(mapping)
        return all(
            await _all(
                client.mset(routing.pairs(mapping, keys, places))
                for client, places in self.by_server(keys)
            )
        )

    async def _count(self, name: str, keys: Iterable[Any]) -> int:
        staying, moving = self.staying_and_moving(keys)
        counts = await _all(
            getattr(client, name)(*(staying[at] for at in places))
            for client, places in self.by_server(staying)
        )
        pipe = self.pipeline()
        for key in moving:
            getattr(pipe, name)(key)
        moved: int = sum(await pipe.execute())
        return int(sum(counts)) + moved

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
        """Sends the commands and gives their answers, in the order of the commands."""
        sending = self._take()
        for pipes in (sending.first, sending.second):
            sending.note(await _all(pipe.execute(raise_on_error) for pipe in pipes()))
        return sending.answers()

    async def reset(self) -> None:
        """Forgets the commands that were not sent."""
        self._commands.clear()

    aclose = reset

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.reset()


async def _all(requests: Iterable[Awaitable[Any]]) -> list[Any]:
    answers = await asyncio.gather(*requests, return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
    return answers
