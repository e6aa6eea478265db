"""Django's Redis backend with a server for each key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.cache.backends import redis as backend

from continuum._calls import call_all
from continuum.django.shards import Location, continuum_of


class ShardedCacheClient(backend.RedisCacheClient):
    """Django's client, whose every location is a server of its own: none is a replica."""

    def __init__(
        self,
        servers: list[str],
        *arguments: Any,
        scheme: str = "rendezvous-1",
        capacities: Mapping[str, float] | None = None,
        names: Mapping[str, str] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(servers, *arguments, **options)
        self._continuum = continuum_of(servers, scheme, capacities, names)

    def _client_at(self, place: int) -> Any:
        pool = self._pools.get(place)
        if pool is None:
            made = self._pool_class.from_url(self._servers[place], **self._pool_options)
            # Of two threads' pools the first stays.
            pool = self._pools.setdefault(place, made)
        return self._client(connection_pool=pool)

    def _place(self, key: Any) -> int:
        server = self._continuum.resolve(key)
        assert isinstance(server, Location)
        return server.place

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        """The client of a key's server."""
        if key is None:
            raise TypeError("a sharded cache has a client for each key: get_client(key)")
        return self._client_at(self._place(key))

    def _groups(self, keys: Iterable[Any]) -> list[tuple[Any, list[Any]]]:
        groups: dict[int, list[Any]] = {}
        for key in keys:
            groups.setdefault(self._place(key), []).append(key)
        return [(self._client_at(place), group) for place, group in groups.items()]

    def get_many(self, keys: Iterable[Any]) -> dict[Any, Any]:
        return {
            key: self._serializer.loads(value)
            for client, group in self._groups(keys)
            for key, value in zip(group, client.mget(group))
            if value is not None
        }

    def set_many(self, data: Mapping[Any, Any], timeout: int | None) -> None:
        def put(client: Any, group: list[Any]) -> None:
            if timeout == 0:
                client.delete(*group)
                return
            pipeline = client.pipeline()
            for key in group:
                pipeline.set(key, self._serializer.dumps(data[key]), ex=timeout)
            pipeline.execute()

        call_all((put, *of) for of in self._groups(data))

    def delete_many(self, keys: Iterable[Any]) -> None:
        call_all((lambda client, group: client.delete(*group), *of) for of in self._groups(keys))

    def clear(self) -> bool:
        return all(call_all((self._flush, place) for place in range(len(self._servers))))

    def _flush(self, place: int) -> Any:
        return self._client_at(place).flushdb()


class RedisCache(backend.RedisCache):
    """A cache over the Redis servers of `LOCATION`, a key on each by a scheme.

    `OPTIONS` takes `scheme` (`rendezvous-1` where it is left out), `capacities` and
    `names`, mappings from locations to weights and to the texts that are hashed, beside
    the options of Django's own backend. A server that fails raises what redis-py
    raises, as Django's backend does; it answers for its own keys alone, and what writes or
    deletes keys of several servers asks the others before it raises.
    """

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = ShardedCacheClient
