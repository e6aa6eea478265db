"""Redis servers sharded by any scheme: redis-py with and without asyncio, and Django."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from .conftest import Live
from .pools import Pool, pool

KEYS = 5_000


def _held(live: Live, members: Pool) -> list[set[str]]:
    redis = live.module("redis")
    return [
        set(redis.Redis(port=port, decode_responses=True).scan_iter(count=10_000))
        for port in members.ports
    ]


@pytest.mark.parametrize("scheme", ["twemproxy", "libmemcached:distribution=ketama", "slots-1"])
def test_redis_py(live: Live, scheme: str) -> None:
    program = live.tool("redis-server", "redis-server")
    live.module("redis")
    import continuum
    from continuum.redis import Sharded

    with pool(program, live.dir, 4) as members:
        expected = continuum.Continuum(scheme=scheme, servers=members.nodes)
        keys = [f"k{live.rng.getrandbits(40)}" for _ in range(KEYS)]
        with Sharded(expected, decode_responses=True) as shards:
            assert shards.mset(dict.fromkeys(keys, "1"))
            owners = expected.resolve_indices(keys)
            held = _held(live, members)
            assert all(key in held[owner] for key, owner in zip(keys, owners))
            assert shards.mget(keys) == ["1"] * KEYS
            assert shards.get(keys[0]) == "1" and shards.incr(keys[0]) == 2
            assert shards.hset("h", "f", "v") == 1 and shards.hgetall("h") == {"f": "v"}
            assert shards.exists(*keys, "none") == KEYS
            with pytest.raises(AttributeError, match="for_key"):
                shards.flushall()
            pipe = shards.pipeline()
            for key in keys[:100]:
                pipe.set(key, key).get(key)
            answers = pipe.execute()
            assert answers[1::2] == keys[:100]
            assert shards.delete(*keys) == KEYS

        async def again() -> None:
            from continuum.redis.asyncio import Sharded as Async

            async with Async(expected, decode_responses=True) as both:
                assert await both.mset(dict.fromkeys(keys, "1"))
                assert await both.mget(keys) == ["1"] * KEYS
                assert await both.get(keys[0]) == "1"
                queue = both.pipeline()
                for key in keys[:100]:
                    queue.set(key, key).get(key)
                assert (await queue.execute())[1::2] == keys[:100]
                assert await both.delete(*keys) == KEYS

        asyncio.run(again())
        live.lines.append(f"redis-py, {scheme}: {2 * KEYS} keys, 0 differ")


def test_reads_of_moving_keys(live: Live) -> None:
    program = live.tool("redis-server", "redis-server")
    live.module("redis")
    from continuum import Continuum, Transition
    from continuum.redis import Sharded
    from continuum.redis.asyncio import Sharded as Async

    with pool(program, live.dir, 4) as members:
        old = Continuum(scheme="slots-1", servers=members.nodes[:3])
        new = Continuum(scheme="slots-1", servers=members.nodes)
        keys = [f"k{number}" for number in range(KEYS)]
        with Sharded(old, decode_responses=True) as shards:
            shards.mset({key: key for key in keys})
        change = Transition.between(old, new)
        with Sharded(new, transition=change, decode_responses=True) as shards:
            assert shards.mget(keys) == keys
            assert [shards.get(key) for key in keys[:200]] == keys[:200]
            shards.set(keys[0], "new")
            assert shards.get(keys[0]) == "new"

        async def again() -> None:
            async with Async(new, transition=change, decode_responses=True) as both:
                assert (await both.mget(keys))[1:] == keys[1:]

        asyncio.run(again())


@pytest.fixture
def settings(live: Live) -> Any:
    live.module("django")
    from django.conf import settings

    if not settings.configured:
        settings.configure(CACHES={}, USE_TZ=True)
    return settings


def test_django_backend(live: Live, settings: Any) -> None:
    program = live.tool("redis-server", "redis-server")
    live.module("redis")
    from continuum import Continuum, ContinuumError
    from continuum.django import RedisCache

    with pool(program, live.dir, 4) as members:
        urls = [f"redis://127.0.0.1:{port}" for port in members.ports]
        cache = RedisCache(urls, {"OPTIONS": {"scheme": "twemproxy"}})
        data = {f"k{number}": number for number in range(KEYS)}
        assert cache.set_many(data) == []
        assert cache.get_many(data) == data
        expected = Continuum(scheme="twemproxy", servers=members.nodes)
        held = _held(live, members)
        made = [cache.make_key(key) for key in data]
        assert all(k in held[owner] for k, owner in zip(made, expected.resolve_indices(made)))
        assert cache.incr("k7", 3) == 10 and cache.get("k7") == 10
        assert cache.add("k7", 1) is False and cache.touch("k7", 60) is True
        assert cache.get("k7", version=2) is None
        cache.delete_many(list(data)[:100])
        assert cache.get_many(list(data)[:101]) == {"k100": 100}
        asyncio.run(cache.aset("later", 1))
        assert asyncio.run(cache.aget("later")) == 1
        assert cache.clear() is True and not any(_held(live, members))
        with pytest.raises(ContinuumError, match="none of the locations"):
            RedisCache(urls, {"OPTIONS": {"capacities": {"redis://nobody": 1}}}).get("k")


def test_django_redis(live: Live, settings: Any) -> None:
    program = live.tool("redis-server", "redis-server")
    live.module("django_redis")
    from continuum import Continuum
    from django_redis.cache import RedisCache

    with pool(program, live.dir, 4) as members:
        urls = [f"redis://127.0.0.1:{port}/0" for port in members.ports]
        options = {"CLIENT_CLASS": "continuum.django.ShardClient", "SCHEME": "ring-1"}
        cache = RedisCache(urls, {"OPTIONS": options})
        data = {f"k{number}": number for number in range(500)}
        cache.set_many(data)
        assert cache.get_many(data) == data
        expected = Continuum(scheme="ring-1", servers=members.nodes)
        held = _held(live, members)
        made = [str(cache.make_key(key)) for key in data]
        assert all(k in held[owner] for k, owner in zip(made, expected.resolve_indices(made)))
