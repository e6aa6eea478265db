"""How fast keys move, and in how much memory."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import ExitStack

import pytest

from . import stores
from .conftest import Live
from .moving import ALL, KEYS, Change
from .stores import HOST, Store

#: Runs a command and prints the peak of its memory. Not from here: to start a process counts as
#: its memory that of who starts it.
_MEASURED = """
import resource, subprocess, sys
status = subprocess.call(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(status)
"""


@pytest.mark.skipif(not ALL, reason="measures for minutes: asked with --all")
def test_move_throughput(live: Live) -> None:
    """Keys a second beside `redis-cli --scan | xargs MIGRATE`, one by one and in batches, and the
    memory of a run over ten times the keys."""
    cli = live.tool("redis-cli", "redis-tools")
    rates: dict[str, float] = {}
    memory = []
    for count in (100_000, 1_000_000):
        change = Change(live, redis=True, servers=2)
        change.journal = live.dir / f"journal-{count}"
        with ExitStack() as stack:
            for port in change.ports:
                stores.start_redis(live, stack, port)
            first, second = change.ports

            def fill(port: int = first, keys: int = count) -> None:
                Store(port).one(b"DEBUG", b"POPULATE", b"%d" % keys, b"key", b"100")

            fill()
            measured = [sys.executable, "-c", _MEASURED, *change.apply("move")]
            done = subprocess.run(measured, capture_output=True, check=True)
            report = json.loads(done.stdout)
            assert report["moved"] > count / 3
            memory.append(int(done.stderr.split()[-1]))
            rates[f"move {count}"] = report["moved"] / report["seconds"]
            if count > 100_000:
                continue
            for name, keys, words in (
                ("xargs MIGRATE", 3000, f"-I K {cli} -p {first} MIGRATE {HOST} {second} K 0 5000"),
                (
                    "xargs MIGRATE KEYS, by 10",
                    30_000,
                    f"-n 10 {cli} -p {first} MIGRATE {HOST} {second} '' 0 5000 KEYS",
                ),
            ):
                for port in (first, second):
                    Store(port).one(b"FLUSHALL")
                fill(keys=keys)
                begun = time.monotonic()
                line = f"{cli} -p {first} --scan | xargs {words} > /dev/null"
                subprocess.run(["bash", "-c", line], check=True)
                assert Store(first).one(b"DBSIZE") == 0
                rates[name] = keys / (time.monotonic() - begun)
    for name, rate in rates.items():
        live.lines.append(f"throughput: {name}: {rate:,.0f} keys/s")
    ratio = rates["move 100000"] / rates["xargs MIGRATE"]
    live.lines.append(f"throughput: {ratio:.0f} times xargs MIGRATE; memory {memory} KiB")
    assert ratio >= 5
    assert memory[1] < memory[0] * 1.5
