"""`continuum move` where an address of NEW is a server of OLD under another name: nothing may
move between the two, and nothing be deleted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack

from . import stores
from .conftest import Live
from .moving import Change, owner_ports, run, told
from .relay import Relay
from .stores import HOST, Cache, Store

KEYS = [b"key:%d" % number for number in range(2000)]
BEGAN = 1_700_000_000


class Alike(Relay):
    """Before a memcached: it tells the process id and the start of the first in a container."""

    def passing(self, blocks: Iterator[bytes], from_client: bool) -> Iterator[bytes]:
        for block in blocks:
            told = block
            if not from_client:
                told = re.sub(rb"STAT pid \d+", b"STAT pid 1", told)
                now = re.search(rb"STAT time (\d+)", told)
                up = int(now[1]) - BEGAN if now else 0
                told = re.sub(rb"STAT uptime \d+", b"STAT uptime %d" % up, told)
            yield told


def _fill(change: Change, redis: bool) -> None:
    owners = owner_ports(change.old, KEYS)
    for port in set(owners):
        mine = [key for key, owner in zip(KEYS, owners, strict=True) if owner == port]
        if redis:
            Store(port).ask([b"SET", key, b"v"] for key in mine)
        else:
            Cache(port).set((key, b"v", 0, 0) for key in mine)


def _read(port: int, redis: bool) -> set[bytes]:
    if redis:
        got = Store(port).ask([b"GET", key] for key in KEYS)
        return {key for key, value in zip(KEYS, got, strict=True) if value == b"v"}
    return set(Cache(port).get(KEYS))


def _everything(change: Change, redis: bool) -> None:
    """Each key is where the new map puts it."""
    owners = owner_ports(change.new, KEYS)
    for port in set(owners):
        there = _read(port, redis)
        assert there >= {key for key, owner in zip(KEYS, owners, strict=True) if owner == port}


def test_move_to_the_same_servers_under_another_name(live: Live) -> None:
    for redis, verb in ((True, "move"), (True, "copy"), (False, "copy")):
        for named in (False, True):
            change = Change(live, redis=redis, servers=3)
            change.journal = live.dir / f"journal-{redis}-{verb}-{named}"
            text = change.old.read_text()
            # With names of their own the map stays as it is; without, it is another.
            if named:
                text = re.sub(r":(\d+):1$", r":\1:1 \1", text, flags=re.MULTILINE)
            change.old.write_text(text)
            change.new.write_text(
                text.replace(f"{HOST}:", "localhost:").replace("listen: localhost", f"listen: {HOST}")
            )
            with ExitStack() as stack:
                start = stores.start_redis if redis else stores.start_memcached
                ports = change.ports[:-1]
                for port in ports:
                    start(live, stack, port)
                _fill(change, redis)
                dry = run([*change.command(verb), "--max-stray", "1"])
                assert dry.returncode == 0, dry.stderr
                # Loud: both names are told.
                loud = [word for word in change.command(verb) if word != "-q"]
                said = run(loud).stderr
                listed = run([word for word in change.command("list") if word != "-q"])
                for port in ports:
                    name = rf"localhost:{port} is the same server as .*{HOST}:{port}: nothing moves"
                    assert re.search(name, said) and re.search(name, listed.stderr), (said, listed.stderr)
                moving = 0
                if not named:
                    places = zip(owner_ports(change.old, KEYS), owner_ports(change.new, KEYS), strict=True)
                    moving = sum(old != new for old, new in places)
                assert len(listed.stdout.splitlines()) == moving
                assert sum(len(_read(port, redis)) for port in ports) == len(KEYS)
                assert told(change.apply(verb))["moved"] == moving
                _everything(change, redis)
                swept = told(change.apply("sweep"))
                assert swept["moved"] == (0 if verb == "move" else moving), swept
                _everything(change, redis)
                assert sum(len(_read(port, redis)) for port in ports) == len(KEYS)


def test_move_tells_containers_apart(live: Live) -> None:
    """Two memcacheds whose process id and start are the same, and one that has two addresses."""
    change = Change(live, redis=False, servers=3)
    first, second, third = change.ports
    with ExitStack() as stack:
        for port in change.ports:
            stores.start_memcached(live, stack, port)
        _fill(change, redis=False)
        relays = {port: Alike(port) for port in change.ports}
        dial = [f"--dial={HOST}:{port}=memcached://{HOST}:{relay.port}" for port, relay in relays.items()]
        moving = sum(owner == third for owner in owner_ports(change.new, KEYS))
        assert told(change.apply("copy", *dial))["moved"] >= moving > 0
        _everything(change, redis=False)
        # The mark that told is gone.
        for port in change.ports:
            lines = Cache(port).dump()
            assert not [line for line in lines if b"continuum-move-mark-" in line]
        # The third is the first behind another address: what it owns there is in place.
        other = Alike(first)
        before = len(_read(first, redis=False))
        one = [*dial[:2], f"--dial={HOST}:{third}=memcached://{HOST}:{other.port}"]
        told(change.apply("sweep", *one))
        assert len(_read(first, redis=False)) == before
        for relay in (*relays.values(), other):
            relay.close()
