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


def test_a_name_that_gets_another_machine(live: Live) -> None:
    program = live.tool("redis-server", "redis-server")
    live.module("redis")
    from continuum import Continuum, Server, Transition
    from continuum.redis import Sharded
    from continuum.redis.asyncio import Sharded as Async

    def named(*ports: int) -> Continuum:
        servers = [Server("127.0.0.1", port, name=f"n{at}") for at, port in enumerate(ports)]
        return Continuum(scheme="twemproxy", servers=servers)

    with pool(program, live.dir, 3) as members:
        first, second, third = members.ports
        built = named(first, second)
        data = {f"é{number}": str(number) for number in range(300)}
        with Sharded(built, encoding="latin-1", decode_responses=True) as shards:
            assert shards.mset(data)
            sent = {key.encode("latin-1"): key for key in data}
            held = _held_raw(live, members)
            owners = built.resolve_indices(list(sent))
            assert all(key in held[owner] for key, owner in zip(sent, owners) if owner is not None)

            old, new = named(first, second), named(first, third)
            change = Transition.between(old, new)
            options: dict[str, Any] = {"encoding": "latin-1", "decode_responses": True}
            with Sharded(new, transition=change, **options) as moving:
                assert moving.mget(data.keys()) == list(data.values())
                assert moving.mget(key for key in data) == list(data.values())
                assert all(moving.get(name=key) == value for key, value in data.items())
                key = next(key for key in data if change.old_owner(key.encode("latin-1")))
                assert moving.set(key, "new") and moving.get(key) == "new"
                assert moving.delete(key) == 1 and moving.get(key) is None

            async def again() -> None:
                async with Async(new, transition=change, **options) as both:
                    async with both.pipeline() as queue:
                        for key in data:
                            queue.get(name=key)
                        answers = await queue.execute()
                    assert answers == await both.mget(data.keys())
                    assert answers.count(None) == 1

            asyncio.run(again())

            built.remove_server("n1")
            built.add_server(Server("127.0.0.1", third, name="n1"))
            assert shards.mset(data)
            held = _held_raw(live, members)
            assert set(sent) == held[0] | held[2] and held[2]


def _held_raw(live: Live, members: Pool) -> list[set[bytes]]:
    redis = live.module("redis")
    return [set(redis.Redis(port=port).scan_iter(count=10_000)) for port in members.ports]


def test_what_no_pipeline_can_queue(live: Live) -> None:
    program = live.tool("redis-server", "redis-server")
    live.module("redis")
    from continuum import Continuum, ContinuumError
    from continuum.redis import Sharded
    from continuum.redis.asyncio import Sharded as Async

    with pool(program, live.dir, 2) as members:
        servers = Continuum(scheme="slots-1", servers=members.nodes)
        objects = ["bitfield", "hscan_iter", "sscan_iter", "zscan_iter"]
        with Sharded(servers, decode_responses=True) as shards:
            pipe = shards.pipeline().set("k", "v")
            for name in objects:
                with pytest.raises(AttributeError, match=f"cannot queue '{name}'"):
                    getattr(pipe, name)("h")
            assert pipe.get("k").execute() == [True, "v"]
            assert shards.hset("h", mapping={"a": "1"}) == 1 and shards.zadd("z", {"m": 2}) == 1
            assert list(shards.hscan_iter("h")) == [("a", "1")]
            assert shards.bitfield("bits").set("u8", 0, 7).get("u8", 0).execute() == [0, 7]
            for number in range(20):
                # Only the owner of a key knows its encoding.
                shards.set(f"n{number}", number)
                assert shards.object("encoding", f"n{number}") == "int"
            assert shards.pipeline().object("encoding", "n7").execute() == ["int"]

            class Short:
                """A server's pipeline that loses an answer."""

                def get(self, key: str) -> None:
                    """Queues nothing."""

                def execute(self, raise_on_error: bool) -> list[Any]:
                    return []

            shards.for_key("k").pipeline = lambda transaction: Short()
            with pytest.raises(ContinuumError, match="0 answers to 1 commands"):
                shards.pipeline().get("k").execute()

        async def again() -> None:
            async with Async(servers, decode_responses=True) as both:
                await both.sadd("s", "x")
                assert [item async for item in both.hscan_iter("h")] == [("a", "1")]
                assert [item async for item in both.sscan_iter("s")] == ["x"]
                assert [item async for item in both.zscan_iter("z")] == [("m", 2.0)]
                assert await both.bitfield("bits").get("u8", 0).execute() == [7]
                assert await both.object("encoding", "n7") == "int"
                with pytest.raises(AttributeError, match="cannot queue 'sscan_iter'"):
                    both.pipeline().sscan_iter("s")

        asyncio.run(again())


#: Reads of one key and what they give for the list, the hash, the set, the text there.
READS = [
    ("llen", (), 2, "list"),
    ("lrange", (0, -1), ["a", "b"], "list"),
    ("type", (), "list", "list"),
    ("hlen", (), 1, "hash"),
    ("hmget", (["f"],), ["1"], "hash"),
    ("hexists", ("f",), True, "hash"),
    ("hscan", (), (0, {"f": "1"}), "hash"),
    ("scard", (), 1, "set"),
    ("smembers", (), {"m"}, "set"),
    ("strlen", (), 5, "text"),
    ("ttl", (), -1, "text"),
    ("getrange", (0, 1), "wo", "text"),
    ("exists", (), 1, "text"),
    ("touch", (), 1, "text"),
]


def test_a_key_that_is_still_on_its_old_owner(live: Live) -> None:
    program = live.tool("redis-server", "redis-server")
    live.module("redis")
    from continuum import Continuum, ContinuumError, Transition
    from continuum.redis import Sharded
    from continuum.redis.asyncio import Sharded as Async

    with pool(program, live.dir, 4) as members:
        old = Continuum(scheme="slots-1", servers=members.nodes[:3])
        new = Continuum(scheme="slots-1", servers=members.nodes)
        change = Transition.between(old, new)
        names = (f"k{number}" for number in range(10_000))
        moving = [key for key in names if change.old_owner(key) is not None][:40]
        made = {"list": moving[0], "hash": moving[1], "set": moving[2], "text": moving[3]}
        before = Sharded(old, decode_responses=True)
        after = Sharded(new, decode_responses=True)
        shards = Sharded(new, transition=change, decode_responses=True)
        both = Async(new, transition=change, decode_responses=True)
        with before, after, shards:
            before.rpush(made["list"], "a", "b")
            before.hset(made["hash"], "f", "1")
            before.sadd(made["set"], "m")
            before.set(made["text"], "words")
            for name, arguments, expected, kind in READS:
                assert getattr(shards, name)(made[kind], *arguments) == expected, name
                pipe = shards.pipeline()
                assert getattr(pipe, name)(made[kind], *arguments).execute() == [expected], name
            assert shards.object("encoding", made["text"]) == "embstr"
            assert list(shards.hscan_iter(made["hash"])) == [("f", "1")]
            # On the new owner it is empty, and it is there.
            after.set(made["text"], "")
            assert shards.get(made["text"]) == "" and shards.strlen(made["text"]) == 0
            assert shards.pipeline().strlen(made["text"]).execute() == [0]

            for number, delete in enumerate(("delete", "unlink", "getdel")):
                for queued in (False, True):
                    for there in (False, True):
                        key = moving[4 + number * 4 + queued * 2 + there]
                        before.set(key, "old")
                        if there:
                            after.set(key, "new")
                        target = shards.pipeline() if queued else shards
                        answer = getattr(target, delete)(key)
                        answer = answer.execute()[0] if queued else answer
                        assert answer == (("new" if there else "old") if delete == "getdel" else 1)
                        assert before.get(key) is None and after.get(key) is None
            key, fresh = moving[20:22]
            before.set(key, "5")
            for name, arguments in (("incr", ()), ("append", ("x",)), ("expire", (9,))):
                with pytest.raises(ContinuumError, match="still on its old owner: move the key"):
                    getattr(shards, name)(key, *arguments)
                with pytest.raises(ContinuumError, match=f"call {name} outside of the pipeline"):
                    getattr(shards.pipeline(), name)(key, *arguments)
            with pytest.raises(ContinuumError, match="still on its old owner"):
                shards.set(key, "6", nx=True)
            assert shards.incr(fresh) == 1 and after.get(fresh) == "1"
            assert shards.set(key, "7") and shards.incr(key) == 8
            assert before.get(key) is None and shards.pipeline().get(key).execute() == ["8"]
            left = moving[22:]
            before.mset(dict.fromkeys(left, "old"))
            after.mset(dict.fromkeys(left[:3], "new"))
            assert shards.exists(*left) == shards.touch(*left) == len(left)
            assert shards.delete(*left, "none") == len(left)
            assert before.exists(*left) == after.exists(*left) == 0

            async def again() -> None:
                for name, arguments, expected, kind in READS[:9]:
                    assert await getattr(both, name)(made[kind], *arguments) == expected, name
                assert [item async for item in both.hscan_iter(made["hash"])] == [("f", "1")]
                before.mset({left[0]: "1", left[1]: "1", left[2]: "1"})
                with pytest.raises(ContinuumError, match="still on its old owner"):
                    await both.incr(left[0])
                with pytest.raises(ContinuumError, match="bitfield depends"):
                    both.bitfield(left[0])
                assert await both.exists(*left[:3]) == 3
                assert await both.getdel(left[0]) == "1"
                assert await both.pipeline().delete(left[1]).get(left[1]).execute() == [1, None]
                assert await both.delete(*left[:3]) == 1
                assert before.exists(*left) == 0
                await both.aclose()

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
        cache.set_many(data)
        members.kill(1)
        with pytest.raises(live.module("redis").ConnectionError, match=str(members.ports[1])):
            cache.clear()
        members.start(1)
        assert not any(_held(live, members))
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
