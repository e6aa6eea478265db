"""What the tests of `continuum move` share: a change of servers, runs of the program and their
reports, and clients that write and delete meanwhile.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import re
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

from . import ours, stores
from .conftest import Live
from .process import free_port
from .stores import Cache, Store

ALL = bool(os.environ.get("CONTINUUM_LIVE_ALL"))
KEYS = 100_000 if ALL else 10_000
KILLS = 200 if ALL else 10
LEFT = 3600
"""Seconds that keys with a lifetime have."""


class Change:
    """Two configurations of a pool: four servers, and a fifth that comes; or one that takes over from
    the others, so that every key moves."""

    def __init__(self, live: Live, *, redis: bool, servers: int = 5, alone: bool = False) -> None:
        self.live = live
        self.ports = [free_port() for _ in range(servers)]
        self.listen = free_port()
        self.old, self.new = live.dir / "old.yml", live.dir / "new.yml"
        self.old.write_text(stores.pool(self.ports[:-1], self.listen, redis=redis))
        news = self.ports[-1:] if alone else self.ports
        self.new.write_text(stores.pool(news, self.listen, redis=redis))
        self.journal = live.dir / "journal"

    def command(self, verb: str, *options: str, old: Path | None = None) -> list[str]:
        program = self.live.continuum()
        if program is None:
            self.live.missing("CONTINUUM_PROGRAM does not name the program: run scripts/test-live")
        return [program, "move", verb, str(old or self.old), str(self.new), "-q", *options]

    def apply(self, verb: str, *options: str) -> list[str]:
        # A journal is of one errand.
        journal = str(self.journal) + f".{verb}"
        return self.command(verb, "--apply", "--journal", journal, "--json", *options)

    def records(self, verb: str) -> Path:
        return Path(str(self.journal) + f".{verb}")

    def interrupt(self, args: Sequence[str], port: int, keys: int) -> Any:
        """The report of a run that is interrupted when a server of Redis has so many keys."""
        child = subprocess.Popen(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        wire, deadline = Store(port), time.monotonic() + 30
        while int(str(wire.one(b"DBSIZE"))) < keys:
            assert child.poll() is None and time.monotonic() < deadline, "the run does not come so far"
            time.sleep(0.005)
        child.send_signal(signal.SIGINT)
        out, error = child.communicate(timeout=30)
        assert child.returncode == 1 and "interrupted: the same command goes on" in error, error
        return json.loads(out)

    def wait_until_begun(self, verb: str) -> None:
        """Until a run has begun to write, and some of a second more."""
        deadline = time.monotonic() + 20
        while not (self.records(verb).exists() and self.records(verb).stat().st_size):
            assert time.monotonic() < deadline, "the run does not begin"
            time.sleep(0.01)
        time.sleep(0.2)


def told(args: Sequence[str], status: int = 0, **environment: str) -> Any:
    """The report of a run that ends with this status and adds up."""
    done = run(args, **environment)
    assert done.returncode == status, (args, done.returncode, done.stdout, done.stderr)
    report = json.loads(done.stdout)
    for row in [report, *report["servers"]]:
        parts = ("in_place", "moved", "vanished", "conflicts", "skipped", "failed")
        assert row["found"] == sum(row[part] for part in parts), row
        assert row["skipped"] == sum(row["reasons"].values()), row
    return report


def run(args: Sequence[str], **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        args,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        env={**os.environ, **environment},
    )


def refused(args: Sequence[str], sentence: str, status: int = 2, **environment: str) -> None:
    """The run ends with one sentence like this, and says nothing else."""
    done = run(args, **environment)
    lines = done.stderr.splitlines()
    assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
    assert len(lines) == 1 and re.search(sentence, lines[0]), done.stderr
    for secret in environment.values():
        assert secret not in done.stderr + done.stdout


def items(rng: random.Random, count: int) -> list[tuple[bytes, bytes, int, int]]:
    """Keys with values, client flags and lifetimes: some long, some binary, a few of up to 1 MB."""
    found = []
    for number in range(count):
        size = rng.choice((0, 1, 20, 100, 1000))
        if number % 2000 == 0:
            size = rng.randint(100_000, 1_000_000)
        key = b"key:%d" % number if number % 10 else b"\xff\xfe\x80:%d" % number
        value = (b"%d:0:" % number) + rng.randbytes(size)
        found.append((key, value, rng.randrange(1 << 16), LEFT if number % 3 else 0))
    return found


class Clients:
    """Clients that write versions and delete, through a proxy, until they are stopped."""

    def __init__(self, change: Change, keys: Sequence[bytes], client: type[Cache] | type[Store]):
        self.last: dict[bytes, bytes | None] = {}
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, args=(change.listen, keys[at::2], client, at))
            for at in range(2)
        ]
        self.error: BaseException | None = None

    def __enter__(self) -> Clients:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        if self.error is not None:
            raise self.error

    def wait_for(self, keys: int) -> None:
        """Until so many keys were written or deleted."""
        deadline = time.monotonic() + 60
        while len(self.last) < keys and self.error is None:
            assert time.monotonic() < deadline, len(self.last)
            time.sleep(0.01)

    def _work(self, port: int, keys: Sequence[bytes], client: Any, seed: int) -> None:
        rng = random.Random(seed)
        try:
            wire = client(port)
            for version in itertools.count(1):
                if self._stop.is_set():
                    break
                key = rng.choice(keys)
                if rng.random() < 0.2:
                    self._delete(wire, key)
                    self.last[key] = None
                else:
                    value = b"version %d of %d" % (version, seed)
                    self._write(wire, key, value)
                    self.last[key] = value
                time.sleep(0.0005)
            wire.close()
        except BaseException as error:  # noqa: BLE001: it is raised where the test sees it
            self.error = error

    @staticmethod
    def _write(wire: Any, key: bytes, value: bytes) -> None:
        if isinstance(wire, Cache):
            wire.set([(key, value, 0, LEFT)])
        else:
            assert wire.one(b"SET", key, value) == b"+OK"

    @staticmethod
    def _delete(wire: Any, key: bytes) -> None:
        if isinstance(wire, Cache):
            wire.delete([key])
        else:
            wire.one(b"DEL", key)


def stale(values: dict[bytes, bytes], written: dict[bytes, bytes | None]) -> list[bytes]:
    """Keys whose value is not what a client wrote last; a miss is none."""
    return [key for key, last in written.items() if key in values and values[key] != last]


def hits(values: dict[bytes, bytes], alive: set[bytes]) -> float:
    return len(alive & values.keys()) / len(alive)


def owner_ports(file: Path, keys: Sequence[bytes]) -> list[int]:
    """The port that owns each key."""
    names = ours.owners(ours.load(file, "pool"), keys)
    return [int(name.rpartition(":")[2]) for name in names]


WIRES: dict[int, Store] = {}
"""Ports are never used twice: see free_port."""


def put(port: int, key: bytes, value: bytes = b"v") -> None:
    wire = WIRES.get(port) or WIRES.setdefault(port, Store(port))
    wire.one(b"SET", key, value)


def held(port: int, redis: bool) -> int:
    """How many keys a server holds."""
    if redis:
        return int(str(Store(port).one(b"DBSIZE")))
    return len(ends_of(port))


def ends_of(port: int) -> dict[bytes, int]:
    """When each key of a memcached ends, by its clock; -1: never."""
    cache = Cache(port)
    lines = cache.dump()
    cache.close()
    found = {}
    for line in lines:
        key, end, *_ = (word.partition(b"=")[2] for word in line.split(b" "))
        found[unquote_to_bytes(key)] = int(end)
    # A key of the program's own, which lives a second.
    found.pop(b"continuum-move-mark", None)
    return found
