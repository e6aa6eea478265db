"""`continuum.redis` while keys move: between any two requests of a call a key may go from its old
owner to the new one, by MIGRATE, and a server may be gone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Live
from .pools import pool

#: What is asked of a key that holds a value, with what it must answer.
ASKED: list[tuple[str, Callable[[Any, str], Any], Any]] = [
    ("get", lambda shards, key: shards.get(key), "there"),
    ("strlen", lambda shards, key: shards.strlen(key), 5),
    ("type", lambda shards, key: shards.type(key), "string"),
    ("mget", lambda shards, key: shards.mget([key, "none"]), ["there", None]),
    ("exists", lambda shards, key: shards.exists(key, "none"), 1),
    ("getdel", lambda shards, key: shards.getdel(key), "there"),
    ("delete", lambda shards, key: shards.delete(key, "none"), 1),
    ("unlink", lambda shards, key: shards.unlink(key), 1),
    ("set", lambda shards, key: shards.set(key, "fresh"), True),
    ("mset", lambda shards, key: shards.mset({key: "fresh"}), True),
    ("pipeline get", lambda shards, key: shards.pipeline().get(key).execute(), ["there"]),
    ("pipeline delete", lambda shards, key: shards.pipeline().delete(key).execute(), [1]),
    ("pipeline getdel", lambda shards, key: shards.pipeline().getdel(key).execute(), ["there"]),
    (
        "pipeline of all",
        lambda shards, key: shards.pipeline().get(key).delete(key).set(key, "fresh").execute(),
        ["there", 1, True],
    ),
]
#: More requests than a call makes.
REQUESTS = 6


def test_keys_that_move_while_they_are_asked_for(live: Live) -> None:
    program = live.tool("redis-server", "redis-server")
    redis = live.module("redis")
    import redis.asyncio  # noqa: PLC0415
    from continuum import Continuum, Transition
    from continuum.redis import Sharded
    from continuum.redis.asyncio import Sharded as Async

    left = -1
    migrate: Callable[[], None] = lambda: None

    def passed() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            migrate()

    class Client(redis.Redis):  # type: ignore[misc,name-defined]
        def execute_command(self, *arguments: Any, **options: Any) -> Any:
            answer = super().execute_command(*arguments, **options)
            passed()
            return answer

        def pipeline(self, *arguments: Any, **options: Any) -> Any:
            made = super().pipeline(*arguments, **options)
            execute = made.execute

            def counted(*arguments: Any, **options: Any) -> Any:
                answers = execute(*arguments, **options)
                passed()
                return answers

            made.execute = counted
            return made

    class AsyncClient(redis.asyncio.Redis):  # type: ignore[misc]
        async def execute_command(self, *arguments: Any, **options: Any) -> Any:
            answer = await super().execute_command(*arguments, **options)
            passed()
            return answer

        def pipeline(self, *arguments: Any, **options: Any) -> Any:
            made = super().pipeline(*arguments, **options)
            execute = made.execute

            async def counted(*arguments: Any, **options: Any) -> Any:
                answers = await execute(*arguments, **options)
                passed()
                return answers

            made.execute = counted
            return made

    with pool(program, live.dir, 2) as members:
        first, second = members.ports
        before = Continuum(scheme="slots-1", servers=members.nodes[:1])
        after = Continuum(scheme="slots-1", servers=members.nodes)
        change = Transition.between(before, after)
        key = next(name for name in map("k{}".format, range(99)) if change.old_owner(name))
        old, new = (redis.Redis(port=port, decode_responses=True) for port in (first, second))

        def migrate_key() -> None:
            old.execute_command("MIGRATE", "127.0.0.1", second, key, 0, 1000)

        migrate = migrate_key

        def prepare(requests: int) -> None:
            nonlocal left
            old.flushall()
            new.flushall()
            old.set(key, "there")
            left = requests

        def look(name: str, requests: int, answer: Any, expected: Any) -> None:
            where = f"{name}, moved behind request {requests}"
            assert answer == expected, where
            if "del" in name or name == "unlink":
                assert not old.exists(key) and not new.exists(key), where
            elif "set" in name or "all" in name:
                assert not old.exists(key) and new.get(key) == "fresh", where
            else:
                assert old.exists(key) + new.exists(key) == 1, where

        def options(server: Any) -> dict[str, Any]:
            return {"host": server.hostname, "port": server.port, "decode_responses": True}

        shards = Sharded(after, lambda server: Client(**options(server)), transition=change)
        asked = 0
        for name, ask, expected in ASKED:
            for requests in range(REQUESTS):
                prepare(requests)
                # MIGRATE does not take the place of a key: where it was written it is told so.
                try:
                    answer = ask(shards, key)
                except redis.ResponseError as error:
                    assert "BUSYKEY" in str(error), error
                    continue
                look(name, requests, answer, expected)
                asked += 1

        async def again() -> int:
            asked = 0
            both = Async(after, lambda server: AsyncClient(**options(server)), transition=change)
            async with both:
                for name, ask, expected in ASKED:
                    for requests in range(REQUESTS):
                        prepare(requests)
                        try:
                            answer = await ask(both, key)
                        except redis.ResponseError as error:
                            assert "BUSYKEY" in str(error), error
                            continue
                        look(name, requests, answer, expected)
                        asked += 1
            return asked

        asked += asyncio.run(again())
        assert asked > 2 * len(ASKED) * (REQUESTS - 2)
        live.lines.append(f"redis-py, keys that move between requests: {asked} calls, 0 differ")

        # What the old owner has is older than what the new one had.
        prepare(-1)
        shards.set(key, "fresh", px=1)
        shards.pipeline().set(key, "fresh", px=1).execute()
        while new.exists(key):
            pass
        assert shards.get(key) is None and shards.mget([key]) == [None] and not shards.exists(key)

        # An iterator whose key goes away under it says so.
        prepare(-1)
        old.delete(key)
        old.sadd(key, *range(5000))
        items = shards.sscan_iter(key)
        next(items)
        migrate_key()
        with pytest.raises(Exception, match="moved to its new owner while sscan_iter read it"):
            list(items)
        assert len(list(shards.sscan_iter(key))) == 5000
        shards.close()


def test_a_server_that_is_gone(live: Live) -> None:
    program = live.tool("redis-server", "redis-server")
    redis = live.module("redis")
    from continuum import Continuum
    from continuum.redis import Sharded
    from continuum.redis.asyncio import Sharded as Async

    with pool(program, live.dir, 3) as members:
        members.kill(2)
        built = Continuum(scheme="slots-1", servers=members.nodes)
        keys = [f"k{number}" for number in range(60)]
        living = [key for key in keys if built.resolve(key).port != members.ports[2]]
        keys.sort(key=lambda key: key in living)
        options: dict[str, Any] = {"decode_responses": True, "retry": None}
        shards = Sharded(built, **options)
        with pytest.raises(redis.ConnectionError):
            shards.mset(dict.fromkeys(keys, "1"))
        assert shards.mget(living) == ["1"] * len(living)
        pipe = shards.pipeline()
        for key in keys:
            pipe.get(key)
        answers = pipe.execute(raise_on_error=False)
        for key, answer in zip(keys, answers):
            assert answer == "1" if key in living else isinstance(answer, redis.ConnectionError)
        with pytest.raises(redis.ConnectionError):
            pipe.set(keys[0], "2").set(living[0], "2").execute()
        assert shards.get(living[0]) == "2"
        with pytest.raises(redis.ConnectionError):
            shards.delete(*keys)
        assert shards.exists(*living) == 0

        async def again() -> None:
            async with Async(built, **options) as both:
                with pytest.raises(redis.ConnectionError):
                    await both.mset(dict.fromkeys(keys, "1"))
                assert await both.mget(living) == ["1"] * len(living)
                pipe = both.pipeline()
                for key in keys:
                    pipe.get(key)
                answers = await pipe.execute(raise_on_error=False)
                for key, answer in zip(keys, answers):
                    assert answer == "1" if key in living else isinstance(answer, Exception)
                with pytest.raises(redis.ConnectionError):
                    await both.delete(*keys)
                assert await both.exists(*living) == 0

        asyncio.run(again())
