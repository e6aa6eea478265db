"""Runs of `continuum move` that are killed again and again, or interrupted, and gone on with."""

from __future__ import annotations

import json
import random
import re
import signal
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from . import stores
from .conftest import Live
from .moving import KEYS, KILLS, Change, owner_ports, put, told
from .stores import Cache, Store


def _killed(args: list[str], rng: random.Random, kills: int) -> tuple[Any, int]:
    """The report of a run that is killed again and again, and gone on with."""
    killed = 0
    while killed < kills:
        child = subprocess.Popen(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            child.wait(rng.uniform(0.005, 0.12))
        except subprocess.TimeoutExpired:
            child.kill()
            killed += 1
            child.communicate()
            journal = Path(args[args.index("--journal") + 1])
            if journal.exists() and (report := _ended(journal)):
                return report, killed
            continue
        out, error = child.communicate()
        assert child.returncode == 0, error
        return json.loads(out), killed
    return told(args), killed


def _ended(journal: Path) -> dict[str, int] | None:
    """The counts of a run that had done everything when it was killed: only its report is lost,
    and the same command would be another run. All lines are JSON, but for a last one cut off."""
    records = [json.loads(line) for line in journal.read_bytes().split(b"\n")[:-1]]
    if not records or "done" not in records[-1]:
        return None
    states: dict[str, Any] = {}
    for record in records:
        if "round" in record:
            states.clear()
        if "state" in record:
            states[record["state"]["machine"]] = record["state"]["state"]
    tallies = [state[part] for state in states.values() for part in ("settled", "pass")]
    names = ("found", "moved", "in_place", "conflicts")
    return {name: sum(tally[name] for tally in tallies) for name in names}


def test_move_killed_and_gone_on_with(live: Live) -> None:
    change = Change(live, redis=True)
    keys = [b"key:%d" % number for number in range(KEYS)]
    with ExitStack() as stack:
        for port in change.ports:
            stores.start_redis(live, stack, port)
        wires = {port: Store(port) for port in change.ports}
        olds, news = owner_ports(change.old, keys), owner_ports(change.new, keys)
        moving = sum(old != new for old, new in zip(olds, news, strict=True))
        total = 0
        while total < KILLS:
            for port in change.ports:
                wires[port].one(b"FLUSHALL")
                mine = [key for key, owner in zip(keys, olds, strict=True) if owner == port]
                wires[port].ask([b"SET", key, b"value of " + key] for key in mine)
            change.records("move").unlink(missing_ok=True)
            # Slowly enough to be killed within.
            args = change.apply("move", "--max-keys-per-second", str(KEYS // 4))
            report, killed = _killed(args, live.rng, KILLS - total)
            total += max(killed, 1)
            assert (report["found"], report["moved"]) == (KEYS, moving), report
            assert report["in_place"] == KEYS - moving and report["conflicts"] == 0
            for port in change.ports:
                mine = [key for key, owner in zip(keys, news, strict=True) if owner == port]
                assert wires[port].one(b"DBSIZE") == len(mine)
                values = wires[port].ask([b"GET", key] for key in mine)
                assert values == [b"value of " + key for key in mine]
        live.lines.append(f"move: {total} kills, {moving} of {KEYS} keys moved, each once")


def test_copy_killed_and_gone_on_with(live: Live) -> None:
    change = Change(live, redis=False)
    keys = [b"key:%d" % number for number in range(KEYS)]
    with ExitStack() as stack:
        for port in change.ports:
            stores.start_memcached(live, stack, port)
        olds, news = owner_ports(change.old, keys), owner_ports(change.new, keys)
        moving = sum(old != new for old, new in zip(olds, news, strict=True))
        wires = {port: Cache(port) for port in change.ports}
        for port in change.ports:
            mine = [key for key, owner in zip(keys, olds, strict=True) if owner == port]
            wires[port].set((key, b"value of " + key, 0, 0) for key in mine)
        args = change.apply("copy", "--max-keys-per-second", str(KEYS // 4))
        report, killed = _killed(args, live.rng, max(3, KILLS // 10))
        assert (report["moved"], report["conflicts"]) == (moving, 0), report
        for port in change.ports:
            mine = [key for key, owner in zip(keys, news, strict=True) if owner == port]
            assert len(wires[port].get(mine)) == len(mine)
        # And the same of a sweep.
        args = change.apply("sweep", "--max-keys-per-second", str(KEYS // 4))
        report, more = _killed(args, live.rng, max(3, KILLS // 10))
        assert (report["moved"], report["in_place"]) == (moving, KEYS), report
        live.lines.append(f"copy and sweep: {killed + more} kills, {moving} keys copied and deleted")


def test_move_interrupted(live: Live) -> None:
    change = Change(live, redis=True)
    with ExitStack() as stack:
        for port in change.ports:
            stores.start_redis(live, stack, port)
        keys = [b"key:%d" % number for number in range(4000)]
        for key, port in zip(keys, owner_ports(change.old, keys), strict=True):
            put(port, key)
        args = change.apply("move", "--max-keys-per-second", "1000")
        child = subprocess.Popen(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        change.wait_until_begun("move")
        child.send_signal(signal.SIGINT)
        out, error = child.communicate(timeout=20)
        assert child.returncode == 1, error
        assert re.search(r"interrupted: the same command goes on from .*journal", error)
        report = json.loads(out)
        assert report["interrupted"] and report["failed"] == 0
        rest = told(change.apply("move"))
        assert rest["resumed"] and rest["found"] == len(keys)
        news = owner_ports(change.new, keys)
        assert rest["moved"] == sum(
            old != new for old, new in zip(owner_ports(change.old, keys), news, strict=True)
        )
