"""Memcached servers by asyncio on a map of ours: one client a server, of aiomcache or of emcache,
whose own choice among several servers is then never asked for::

    shards = Shards(continuum, lambda server: aiomcache.Client(server.hostname, server.port))

    shards = Shards(
        continuum,
        lambda server: emcache.create_client(
            [emcache.MemcachedHostAddress(server.hostname, server.port)]
        ),
    )
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterable
from typing import Any

from continuum import Continuum, Server


class Shards:
    """A client for each server, made when it is first asked for."""

    def __init__(self, continuum: Continuum, connect: Callable[[Server], Any]) -> None:
        self._continuum = continuum
        self._connect = connect
        self._clients: dict[str, asyncio.Future[Any]] = {}

    async def for_key(self, key: bytes) -> Any:
        """The client of a key's server."""
        return await self._client(self._continuum.resolve(key))

    async def get_many(self, keys: Iterable[bytes]) -> dict[bytes, Any]:
        """What is there of some keys: all servers are asked at the same time."""
        wanted = list(keys)
        groups: dict[Server, list[bytes]] = {}
        for key, server in zip(wanted, self._continuum.resolve_all(wanted)):
            groups.setdefault(server, []).append(key)

        async def one(server: Server, group: list[bytes]) -> dict[bytes, Any]:
            client = await self._client(server)
            values = await asyncio.gather(*(client.get(key) for key in group))
            return {key: value for key, value in zip(group, values) if value is not None}

        found = await asyncio.gather(*(one(server, group) for server, group in groups.items()))
        return {key: value for part in found for key, value in part.items()}

    async def _client(self, server: Server) -> Any:
        made = self._clients.get(server.identity)
        # Who could not connect is asked again.
        if made is None or made.done() and (made.cancelled() or made.exception() is not None):
            made = self._clients[server.identity] = asyncio.ensure_future(self._made(server))
        # Others wait for the same client: one who is cancelled does not cancel it.
        return await asyncio.shield(made)

    async def _made(self, server: Server) -> Any:
        client = self._connect(server)
        return await client if inspect.isawaitable(client) else client

    async def close(self) -> None:
        """Closes every server's connections, of those that were made."""
        made, self._clients = list(self._clients.values()), {}
        for client in await asyncio.gather(*made, return_exceptions=True):
            if not isinstance(client, BaseException):
                closed = client.close()
                if inspect.isawaitable(closed):
                    await closed
