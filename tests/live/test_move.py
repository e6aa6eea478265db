"""`continuum move` between real servers: behind twemproxy over both protocols and behind pymemcache,
with clients that write and delete meanwhile.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from . import stores
from .conftest import Live
from .moving import (
    KEYS,
    LEFT,
    Change,
    Clients,
    ends_of,
    hits,
    items,
    owner_ports,
    refused,
    stale,
    told,
)
from .process import free_port
from .stores import HOST, Cache, Store


def test_move_memcached_behind_twemproxy(live: Live) -> None:
    stored = items(live.rng, KEYS)
    change = _great_change(live, [key for key, *_ in stored])
    with ExitStack() as stack:
        for port in change.ports:
            stores.start_memcached(live, stack, port)
        # Names that the text protocol cannot hold as they are go to their owner directly.
        binary = _binary(change, stored)
        values = {key: value for key, value, *_ in stored}
        with stores.nutcracker(live, change.old, change.listen):
            proxy = Cache(change.listen)
            proxy.set(stored)
            assert hits(proxy.get(values), set(values)) == 1.0
            proxy.close()
            without = _cold(change, values)
            # Before the switch: a copy, with clients at work.
            dry = told(change.command("copy", "--json"))
            with Clients(change, list(values)[1::2], Cache) as clients:
                first = told(change.apply("copy"))
                clients.wait_for(200)
        assert first["moved"] > 0 and first["failed"] == first["conflicts"] == 0
        assert abs(first["moved"] - dry["moved"]) < KEYS / 20 and not dry["applied"]
        written = clients.last
        assert len(written) > 100 and None in written.values()
        alive = {key for key in values if written.get(key, b"") is not None}
        expected = {**values, **{key: value for key, value in written.items() if value}}
        # The switch without the copies' last part: nothing is lost, some of it is old.
        with stores.nutcracker(live, change.new, change.listen):
            proxy = Cache(change.listen)
            after = told(change.apply("copy", "--switched"))
            found = proxy.get(values)
            share = hits(found, alive)
            live.lines.append(
                f"move, memcached: hits after the switch {without:.1%} without a copy, {share:.2%} "
                f"with it, of {KEYS} keys {first['moved']} copied, {after['moved']} again, "
                f"{after['withdrawn']} taken back"
            )
            assert share >= 0.999 and without <= 0.8, (share, without)
            assert stale(found, written) == []
            assert {key: expected[key] for key in found} == found
            proxy.close()
            _lifetimes(change, stored, written)
            # A key that was written under the new map is not touched by another copy.
            newer = Cache(change.listen)
            key = next(key for key in alive if len(key) < 20)
            newer.set([(key, b"newer", 0, 0)])
            again = told(change.apply("copy", "--switched"))
            assert again["failed"] == 0
            assert newer.get([key]) == {key: b"newer"}
            swept = told(change.apply("sweep"))
            assert swept["moved"] > 0 and swept["failed"] == 0
            assert hits(newer.get(values), alive) == share
            newer.close()
        _binary_lie_where_they_belong(change, binary)
        left = told(change.command("sweep", "--json"))
        assert left["moved"] == 0 and left["in_place"] == left["found"] >= len(alive)


def _great_change(live: Live, keys: Sequence[bytes]) -> Change:
    """A change that moves a fifth of these keys or more: how many, the ports decide."""
    for _ in range(50):
        change = Change(live, redis=False)
        places = zip(owner_ports(change.old, keys), owner_ports(change.new, keys), strict=True)
        if sum(old != new for old, new in places) >= len(keys) / 5:
            return change
    raise AssertionError("no change of five servers moves a fifth of the keys")


def _cold(change: Change, values: dict[bytes, bytes]) -> float:
    """The hits if clients switched now: of the keys that stay where they are, and of no other."""
    listen = free_port()
    config = change.live.dir / "cold.yml"
    config.write_text(change.new.read_text().replace(f":{change.listen}\n", f":{listen}\n"))
    with stores.nutcracker(change.live, config, listen):
        proxy = Cache(listen)
        found = proxy.get(values)
        proxy.close()
    keys = list(values)
    places = zip(keys, owner_ports(change.old, keys), owner_ports(change.new, keys), strict=True)
    assert found.keys() == {key for key, old, new in places if old == new}
    return hits(found, set(values))


def _binary(change: Change, stored: list[tuple[bytes, bytes, int, int]]) -> list[bytes]:
    keys = [b"bin ary\x00\r\n\t%d" % number for number in range(200)]
    for key, port in zip(keys, owner_ports(change.old, keys), strict=True):
        cache = Cache(port)
        named = base64.b64encode(key)
        assert cache.meta(b"ms %b 3 b F5 T0\r\nabc" % named) == b"HD"
        cache.close()
    return keys


def _binary_lie_where_they_belong(change: Change, keys: list[bytes]) -> None:
    for key, port in zip(keys, owner_ports(change.new, keys), strict=True):
        cache = Cache(port)
        assert cache.meta(b"mg %b b t f" % base64.b64encode(key)) == b"HD t-1 f5"
        cache.close()


def _lifetimes(
    change: Change,
    stored: list[tuple[bytes, bytes, int, int]],
    written: dict[bytes, bytes | None],
) -> None:
    """What was copied has the time that is left on its old owner, to a second, and its flags."""
    untouched = [(key, flags) for key, _, flags, _ in stored if key not in written]
    keys = [key for key, _ in untouched]
    olds, news = owner_ports(change.old, keys), owner_ports(change.new, keys)
    compared = 0
    ends = {port: ends_of(port) for port in change.ports}
    at: dict[int, dict[bytes, tuple[int, int]]] = {}
    for port in change.ports:
        cache = Cache(port)
        at[port] = cache.left([key for key, *both in zip(keys, olds, news) if port in both])
        cache.close()
    for (key, flags), old, new in zip(untouched, olds, news, strict=True):
        if old == new:
            continue
        assert at[new][key][1] == flags
        # When it ends by the clock, which no slow question moves.
        end, before = ends[new][key], ends[old][key]
        assert (end == before == -1) or (-1 not in (end, before) and abs(end - before) <= 1), key
        compared += 1
    assert compared > len(keys) / 20


def test_move_redis_behind_twemproxy(live: Live) -> None:
    change = Change(live, redis=True)
    with ExitStack() as stack:
        for port in change.ports:
            stores.start_redis(live, stack, port)
        stored = items(live.rng, KEYS)
        values = {key: value for key, value, *_ in stored}
        lists = [b"list:%d" % number for number in range(500)]
        with stores.nutcracker(live, change.old, change.listen):
            proxy = Store(change.listen)
            proxy.ask(
                [b"SET", key, value, *([b"EX", b"%d" % seconds] if seconds else [])]
                for key, value, _, seconds in stored
            )
            proxy.ask([b"RPUSH", key, b"a", b"\x00", key] for key in lists)
            with Clients(change, list(values)[1::2], Store) as clients:
                clients.wait_for(200)
            proxy.close()
        written = dict(clients.last)
        ended = _ends(change.old, list(values))
        with stores.nutcracker(live, change.new, change.listen):
            proxy = Store(change.listen)
            before = proxy.ask([b"GET", key] for key in values)
            alive = {key for key in values if written.get(key, b"") is not None}
            without = sum(value is not None for value in before) / len(alive)
            # Clients write on while keys move.
            with Clients(change, list(values)[::2], Store) as clients:
                done = told(change.apply("move", "--on-conflict", "keep"))
            written.update(clients.last)
            alive = {key for key in values if written.get(key, b"") is not None}
            answers = proxy.ask([b"GET", key] for key in values)
            found = {
                key: value
                for key, value in zip(values, answers, strict=True)
                if isinstance(value, bytes)
            }
            share = hits(found, alive)
            live.lines.append(
                f"move, Redis: hits after the switch {without:.1%}, after the move {share:.2%}; "
                f"{done['moved']} of {done['found']} keys in {done['seconds']:.2f} s"
            )
            assert share >= 0.999 and without < 0.9
            # A delete by a client under the new map, before its key has come, deletes nothing.
            deleted = {key for key, last in clients.last.items() if last is None}
            assert [key for key in stale(found, written) if key not in deleted] == []
            assert proxy.ask([b"LRANGE", key, b"0", b"-1"] for key in lists) == [
                [b"a", b"\x00", key] for key in lists
            ]
            # To a second, by the clock.
            for key, end in _ends(change.new, list(values)).items():
                if key not in written:
                    assert (end == ended[key] == -1) or abs(end - ended[key]) <= 1000, key
            proxy.close()
        again = told(change.apply("move"))
        assert again["moved"] == 0 and again["in_place"] == again["found"]


def _ends(file: Path, keys: Sequence[bytes]) -> dict[bytes, int]:
    """When each key ends on its owner, in milliseconds; -1: never, -2: it is not there."""
    places: dict[int, list[bytes]] = {}
    for key, port in zip(keys, owner_ports(file, keys), strict=True):
        places.setdefault(port, []).append(key)
    found: dict[bytes, int] = {}
    for port, mine in places.items():
        store = Store(port)
        told_ends = store.ask([b"PEXPIRETIME", key] for key in mine)
        found.update((key, int(str(end))) for key, end in zip(mine, told_ends, strict=True))
        store.close()
    return found


def test_move_through_this_process_and_over_databases(live: Live) -> None:
    """Without MIGRATE, and with two databases, tags and a password."""
    change = Change(live, redis=True)
    for file in (change.old, change.new):
        file.write_text(file.read_text().replace("  hash:", '  hash_tag: "{}"\n  hash:'))
    password = "open sesame"
    with ExitStack() as stack:
        options = ("--requirepass", password, "--rename-command", "MIGRATE", "")
        for port in change.ports:
            stores.start_redis(live, stack, port, *options)
        keys = [b"user:{%d:account}:%s" % (number, part) for number in range(800) for part in (b"a", b"b")]
        owners = owner_ports(change.old, keys)
        assert owners[::2] == owners[1::2]
        wires = {port: Store(port) for port in change.ports}
        for wire in wires.values():
            assert wire.one(b"AUTH", password.encode()) == b"+OK"
        for database in (b"0", b"7"):
            for wire in wires.values():
                wire.one(b"SELECT", database)
            for key, port in zip(keys, owners, strict=True):
                wires[port].one(b"SET", key, database + key, b"PX", b"3600000")
        # Of a pool of twemproxy, database 0 alone would be gone through.
        move = change.apply("move", "--database", "0", "--database", "7")
        refused(move, "wants a password, and none was given", 2)
        refused(move, "refuses the user or the password", 2, CONTINUUM_PASSWORD="wrong one")
        done = told(move, CONTINUUM_PASSWORD=password)
        places = zip(owners, owner_ports(change.new, keys), strict=True)
        moving = 2 * sum(old != new for old, new in places)
        assert done["moved"] == moving > 0 and done["found"] == 2 * len(keys)
        assert password not in change.records("move").read_text()
        for database in (b"0", b"7"):
            for wire in wires.values():
                wire.one(b"SELECT", database)
            for key, port in zip(keys, owner_ports(change.new, keys), strict=True):
                assert wires[port].one(b"GET", key) == database + key
                assert 3_500_000 < int(str(wires[port].one(b"PTTL", key))) <= 3_600_000
        urls = [
            option
            for port in change.ports
            for option in ("--dial", f"{HOST}:{port}=redis://:{password.replace(' ', '%20')}@{HOST}:{port}")
        ]
        again = told(change.apply("move", "--database", "7", *urls))
        assert again["moved"] == 0 and again["in_place"] == again["found"] == len(keys) - done["moved"] // 2


def test_copy_follows_what_clients_write(live: Live) -> None:
    """Copies before the switch, one more after it: nothing of a client is written over."""
    change = Change(live, redis=False)
    keys = [b"key:%d" % number for number in range(2000)]
    with ExitStack() as stack:
        for port in change.ports:
            stores.start_memcached(live, stack, port)
        olds, news = owner_ports(change.old, keys), owner_ports(change.new, keys)
        caches = {port: Cache(port) for port in change.ports}
        places = list(zip(keys, olds, news, strict=True))
        for key, old, _ in places:
            caches[old].set([(key, b"first", 0, 0)])
        moving = [place for place in places if place[1] != place[2]]
        assert told(change.apply("copy"))["moved"] == len(moving)
        changed, gone, touched, fresh = (moving[at : at + 5] for at in (0, 5, 10, 15))
        for key, old, _ in changed:
            caches[old].set([(key, b"second", 0, 0)])
        # Another copy before the switch brings what was written since, and nothing else.
        assert told(change.apply("copy"))["moved"] == len(changed)
        for key, old, _ in changed:
            caches[old].set([(key, b"third", 0, 0)])
        for key, old, _ in gone:
            caches[old].delete([key])
        # The switch: these clients write on the new owners.
        for key, old, new in touched:
            caches[old].set([(key, b"late", 0, 0)])
            caches[new].set([(key, b"newest", 0, 0)])
        for key, _, new in fresh:
            caches[new].set([(key, b"newest", 0, 0)])
        refused(change.apply("copy"), "if the switch has been made, say --switched")
        last = told(change.apply("copy", "--switched"))
        assert (last["moved"], last["conflicts"]) == (len(changed), len(touched)), last
        assert last["withdrawn"] == len(gone)
        wanted = dict.fromkeys((key for key, *_ in moving), b"first")
        wanted.update((key, b"third") for key, *_ in changed)
        wanted.update((key, b"newest") for key, *_ in [*touched, *fresh])
        for key, _, new in moving:
            value = None if key in {key for key, *_ in gone} else wanted[key]
            assert caches[new].get([key]).get(key) == value, key


def test_move_pymemcache(live: Live) -> None:
    pymemcache = live.module("pymemcache")
    hashed = live.module("pymemcache.client.hash")
    ports = [free_port() for _ in range(4)]
    old, new = live.dir / "old.toml", live.dir / "new.toml"
    for file, some in ((old, ports[:3]), (new, ports)):
        listed = ", ".join(f'"{HOST}:{port}"' for port in some)
        file.write_text(f'scheme = "pymemcache"\nservers = [{listed}]\n')
    change = Change(live, redis=False)
    change.old, change.new = old, new

    def client(some: Sequence[int]) -> Any:
        return hashed.HashClient([(HOST, port) for port in some], serde=pymemcache.serde.pickle_serde)

    with ExitStack() as stack:
        for port in ports:
            stores.start_memcached(live, stack, port)
        before = client(ports[:3])
        keys = [f"item-{number}" for number in range(3000)]
        for key in keys:
            before.set(key, {"of": key}, expire=LEFT)
        after = client(ports)
        cold = sum(after.get(key) is not None for key in keys) / len(keys)
        first = told(change.apply("copy"))
        before.set(keys[0], "second", expire=LEFT)
        before.delete(keys[1])
        told(change.apply("copy", "--switched"))
        warm = sum(after.get(key) is not None for key in keys) / (len(keys) - 1)
        live.lines.append(f"move, pymemcache: hits {cold:.1%} -> {warm:.2%}, {first['moved']} copied")
        assert cold < 0.85 and warm == 1.0
        assert after.get(keys[0]) == "second" and after.get(keys[1]) is None
        assert after.get(keys[5]) == {"of": keys[5]}
        before.close()
        after.close()
