"""Servers of Redis behind one object, without any: which client a key goes to, as what.
Answers of real servers are asked for in tests/live."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import redis
from continuum.django.shards import server_of_url
from continuum.redis import Sharded
from continuum.redis.asyncio import Sharded as Async
from continuum.redis.commands import depends

from continuum import Continuum, Server, Transition

NAMES = [Server(f"10.0.0.{number}", 6379, name=f"n{number}") for number in range(3)]
KEYS = [f"key-{number}" for number in range(60)]
both = pytest.mark.parametrize("sharded", [Sharded, Async])


class Told:
    """A client that keeps what it is told, and answers as if every value were its key."""

    def __init__(self, server: Server) -> None:
        self.address = server.address
        self.asked: list[tuple[Any, ...]] = []
        self.closed = False

    def __getattr__(self, name: str) -> Any:
        def command(*arguments: Any, **named: Any) -> Any:
            self.asked.append((name, *arguments, *named.items()))
            return arguments[0] if arguments else None

        return command

    def close(self) -> None:
        self.closed = True


def named(**addresses: str) -> Continuum:
    servers = [Server(host, 6379, name=name) for name, host in addresses.items()]
    return Continuum(scheme="slots-1", servers=servers)


def test_a_name_at_another_address_is_another_client() -> None:
    built = named(n1="10.0.0.1", n2="10.0.0.2")
    shards = Sharded(built, Told)
    before = {key: shards.for_key(key) for key in KEYS}
    built.remove_server("n2")
    built.add_server(Server("10.0.0.9", 6379, name="n2"))
    for key in KEYS:
        client = shards.for_key(key)
        assert client.address == shards.server_for(key).address
        assert (client is before[key]) == (before[key].address == "10.0.0.1:6379")
    shards.close()
    assert all(client.closed for client in before.values())


def test_a_transition_to_another_address_reads_the_old_one() -> None:
    old, new = named(n1="10.0.0.1", n2="10.0.0.2"), named(n1="10.0.0.1", n2="10.0.0.9")
    shards = Sharded(new, Told, transition=Transition.between(old, new))
    moving = [key for key in KEYS if new.resolve(key).name == "n2"]
    staying, moved = shards.staying_and_moving(KEYS)
    assert moved == moving and sorted([*staying, *moved]) == sorted(KEYS)
    for key in moving:
        client = shards.old_client_for(key)
        assert client is not None and client.address == "10.0.0.2:6379"
        assert shards.for_key(key).address == "10.0.0.9:6379"


@both
@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-8", "UTF8"])
def test_what_is_hashed_is_what_is_sent(sharded: Any, encoding: str) -> None:
    built = Continuum(scheme="slots-1", servers=NAMES)
    made = sharded(built, encoding=encoding)
    encoder = made.all_clients()[0].get_encoder()
    for number in range(50):
        key = f"{{é}}{number}"
        assert made.server_for(key) is built.resolve(encoder.encode(key))
    with pytest.raises(UnicodeEncodeError):
        made.server_for("\ud800")
    lenient = sharded(built, encoding_errors="replace")
    assert lenient.server_for("\ud800") is built.resolve("?")
    tagged = sharded(built, encoding="latin-1", hash_tags=True)
    assert tagged.server_for("{é}1") is tagged.server_for("{é}2") is built.resolve(b"\xe9")


def test_clients_of_the_callers_own_say_how_they_encode() -> None:
    built = Continuum(scheme="slots-1", servers=NAMES)

    def connect(server: Server) -> Any:
        return redis.Redis(host=server.hostname, encoding="latin-1")

    shards = Sharded(built, connect)
    assert shards.server_for("key") is built.resolve("key") and not shards._clients
    for number in range(50):
        assert shards.server_for(f"é{number}") is built.resolve(f"é{number}".encode("latin-1"))
    # Who does not say sends UTF-8, as redis-py does.
    assert Sharded(built, Told).server_for("é") is built.resolve("é")


@both
def test_numbers_are_hashed_as_they_are_sent(sharded: Any) -> None:
    built = Continuum(scheme="slots-1", servers=NAMES)
    made = sharded(built)
    for key in (7, -1, 2.5, memoryview(b"a"), bytearray(b"a"), b"a"):
        sent = bytes(made.all_clients()[0].get_encoder().encode(key))
        assert made.server_for(key) is built.resolve(sent)


def test_keys_by_name() -> None:
    built = Continuum(scheme="slots-1", servers=NAMES)
    shards = Sharded(built, Told)
    for key in KEYS:
        shards.get(name=key)
        shards.set(name=key, value=1)
        shards.strlen(key=key)
        shards.hget(key, key="field")
        shards.hget(name=key, key="field")
        shards.object("encoding", key=key)
        assert shards.for_key(key).asked[-6:] == [
            ("get", ("name", key)),
            ("set", ("name", key), ("value", 1)),
            ("strlen", ("key", key)),
            ("hget", key, ("key", "field")),
            ("hget", ("name", key), ("key", "field")),
            ("object", "encoding", ("key", key)),
        ]
    queue = shards.pipeline().get(name="a").set(name="a", value=2).expire("a", time=3)
    assert [command.key for command in queue._commands] == ["a", "a", "a"]
    for asked in (shards, shards.pipeline()):
        with pytest.raises(TypeError, match="get goes to the server of its key"):
            asked.get()
    with pytest.raises(TypeError, match="delete takes one key"):
        shards.pipeline().delete()


def test_many_keys_in_any_collection() -> None:
    shards = Sharded(Continuum(scheme="slots-1", servers=NAMES), Told)
    expected = shards.mget(KEYS)
    assert expected == KEYS
    assert shards.mget(dict.fromkeys(KEYS).keys()) == expected
    assert shards.mget(key for key in KEYS) == expected
    assert shards.mget(*KEYS) == shards.mget(KEYS[:2], *KEYS[2:]) == expected
    assert shards.mget(map(str, range(5)), "x") == [*"01234", "x"]
    for one in ("key", b"key", 7):
        assert shards.mget(one) == [one]
    assert shards.mget([]) == []


def test_pipelines_are_left_as_those_of_redis() -> None:
    built = Continuum(scheme="slots-1", servers=NAMES)
    with Sharded(built, Told).pipeline() as queue:
        queue.get("a")
        assert len(queue) == 1
        queue.reset()
        assert len(queue) == 0
        queue.get("a")
    assert len(queue) == 0
    queue.get("a")
    queue.close()
    assert len(queue) == 0

    async def again() -> None:
        shards = Async(built, Told)
        async with shards.pipeline() as queue:
            queue.get("a")
            assert len(queue) == 1
            await queue.reset()
            assert len(queue) == 0
            queue.get("a")
        assert len(queue) == 0
        queue.get("a")
        await queue.aclose()
        assert len(queue) == 0

    asyncio.run(again())


@pytest.mark.parametrize(
    ("name", "arguments", "named", "expected"),
    [
        ("set", ("k", "v"), {"ex": 5}, False),
        ("set", ("k", "v"), {"exat": 5, "nx": False}, False),
        ("set", ("k", "v"), {"nx": True}, True),
        ("set", ("k", "v"), {"ifeq": "v1"}, True),
        ("set", ("k", "v"), {"ifne": ""}, True),
        ("set", ("k", "v"), {"ifdeq": None}, False),
        ("set", ("k", "v", 5, None, True), {}, True),
        ("restore", ("k", 0, b"dump"), {}, True),
        ("restore", ("k", 0, b"dump"), {"replace": True}, False),
        ("restore", ("k", 0, b"dump", True), {}, False),
    ],
)
def test_writes_that_depend_on_what_is_there(
    name: str, arguments: tuple[Any, ...], named: dict[str, Any], expected: bool
) -> None:
    """They are refused where the value may still be on another server."""
    assert depends(name, arguments, named) is expected


@both
@pytest.mark.parametrize("option", ["connection_pool", "unix_socket_path"])
def test_what_would_be_every_server_s_is_refused(sharded: Any, option: str) -> None:
    with pytest.raises(TypeError, match=f"{option}= would be every server's"):
        sharded(Continuum(scheme="slots-1", servers=NAMES), **{option: object()})


@pytest.mark.parametrize(
    ("url", "identity"),
    [
        ("redis://Cache-A:6379/1", "Cache-A:6379"),
        ("rediss://User:Pa%40ss@Cache-A:7", "Cache-A:7"),
        ("redis://[2001:DB8::1]:7/0", "[2001:DB8::1]:7"),
        ("redis://", "localhost:6379"),
        ("redis://:secret@/3", "localhost:6379"),
        ("unix://u:p@/Run/Redis.sock?db=1", "/Run/Redis.sock"),
    ],
)
def test_locations_of_django_are_as_written(url: str, identity: str) -> None:
    """Other clients hash a host as it is written: its case counts."""
    assert server_of_url(url, 0).identity == identity
