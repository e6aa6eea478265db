"""`continuum move` of pools of twemproxy that share servers, each with a database of its own."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack

from . import stores
from .conftest import Live
from .moving import Change, refused, run, told
from .stores import Store

KEYS = [b"key:%d" % number for number in range(200)]


def _pools(change: Change, ports: Sequence[int], databases: Sequence[int | None]) -> str:
    text = ""
    for number, database in enumerate(databases):
        pool = stores.pool(ports, change.listen + number, redis=True, name=f"pool{number}")
        line = "" if database is None else f"  redis_db: {database}\n"
        text += pool.replace("  hash:", line + "  hash:")
    return text


def test_move_takes_the_database_of_its_pool(live: Live) -> None:
    change = Change(live, redis=True, servers=2)
    change.old.write_text(_pools(change, change.ports[:1], [None, 1, 3]))
    with ExitStack() as stack:
        for port in change.ports:
            stores.start_redis(live, stack, port)
        old, new = map(Store, change.ports)

        def held() -> list[list[object]]:
            found = []
            for wire in (old, new):
                asked = [[[b"SELECT", b"%d" % number], [b"DBSIZE"]] for number in range(4)]
                found.append([wire.ask(ask)[1] for ask in asked])
            return found

        for database in (b"0", b"1", b"3"):
            old.one(b"SELECT", database)
            for key in KEYS:
                assert old.one(b"SET", key, database) == b"+OK"
        # All of them move at once, and each by a run of its own.
        change.new.write_text(_pools(change, change.ports[1:], [None, 1, 3]))
        assert held() == [[200, 200, 0, 200], [0, 0, 0, 0]]
        args = [word for word in change.command("move", "--pool", "pool1") if word != "-q"]
        dry = run(args)
        other = f":{change.ports[0]} holds keys in other databases than 1, which are left: 0, 3"
        assert dry.returncode == 0 and other in dry.stderr, dry.stderr
        listed = run(change.command("list", "--pool", "pool1"))
        assert len(listed.stdout.splitlines()) == len(KEYS)
        moved = told(change.apply("move", "--pool", "pool1"))
        assert moved["moved"] == moved["found"] == len(KEYS)
        assert held() == [[200, 0, 0, 200], [0, 200, 0, 0]]
        # A pool whose file says nothing has database 0.
        change.journal = live.dir / "another"
        assert told(change.apply("move", "--pool", "pool0"))["moved"] == len(KEYS)
        assert held() == [[0, 0, 0, 200], [200, 200, 0, 0]]
        # Between two databases no key is taken; what is said goes before the file.
        change.new.write_text(_pools(change, change.ports[1:], [None, 1, 2]))
        change.journal = live.dir / "third"
        move = change.apply("move", "--pool", "pool2")
        refused(move, "pool 'pool2' is of database 3 in OLD and of database 2 in NEW, and keys are not")
        assert told([*move, "--database", "3"])["moved"] == len(KEYS)
        assert held() == [[0, 0, 0, 0], [200, 200, 0, 200]]
