"""`continuum.redis` for asyncio: servers are asked at the same time.

    from continuum.redis.asyncio import Sharded

    async with Sharded(continuum) as shards:
        await shards.set("user:1", "Ada")
        await shards.mget("user:1", "user:2")

Needs the package `redis`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Self

from continuum._continuum import Continuum
from continuum._server import Server
from continuum._transition import Transition
from continuum.redis import routing
from continuum.redis.routing import COUNTS, MISSES, ONE_KEY

__all__ = ["Pipeline", "Sharded"]


class Sharded(routing.Routing[Any]):
    """As `continuum.redis.Sharded`, over `redis.asyncio.Redis`.

    A round to several servers is over when the last has answered; the first error
    is raised then, so that no request is left in the air.
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
        if connect is None:
            import redis.asyncio

            def connect(server: Server) -> Any:
                return redis.asyncio.Redis(**routing.address(server), **options)

        elif options:
            raise TypeError(f"with connect=, there is nobody to take {', '.join(options)}")
        super().__init__(continuum, connect, hash_tags=hash_tags, transition=transition)

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        if name in COUNTS:
            return lambda *keys: self._count(name, keys)
        if name not in ONE_KEY:
            raise routing.no_command(name)

        async def command(key: Any, *arguments: Any, **named: Any) -> Any:
            answer = await getattr(self.for_key(key), name)(key, *arguments, **named)
            if name in MISSES and answer == MISSES[name]:
                old = self.old_server_for(key)
                if old is not None:
                    return await getattr(self.for_server(old), name)(key, *arguments, **named)
            return answer

        return command

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
        wanted = list(keys)
        return sum(
            await _all(
                getattr(client, name)(*(wanted[at] for at in places))
                for client, places in self.by_server(wanted)
            )
        )

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


class Pipeline(routing.Queue):
    """As `continuum.redis.Pipeline`: only `execute` is awaited."""

    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        """Sends the commands and gives their answers, in the order of the commands."""
        groups, pipes, count = self._take()
        answers = await _all(pipe.execute(raise_on_error) for pipe in pipes)
        return routing.scatter(groups, answers, [None] * count)


async def _all(requests: Iterable[Awaitable[Any]]) -> list[Any]:
    answers = await asyncio.gather(*requests, return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
    return answers
