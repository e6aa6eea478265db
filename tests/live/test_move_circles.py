"""`continuum move` between Redis servers that give keys to each other: one that migrates does nothing
else, so that two which migrate to each other wait for nothing until their patience ends."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack

import pytest

from . import ours, stores
from .conftest import Live
from .moving import Change, run
from .stores import HOST, Store


def _pool(change: Change, ports: list[int]) -> str:
    """Where a key lies goes by the order of the servers, and not by their ports."""
    rows = [f"   - {HOST}:{port}:1 server{at}" for at, port in enumerate(ports)]
    head = f"pool:\n  listen: {HOST}:{change.listen}\n  redis: true\n  hash: fnv1a_64\n"
    return head + "  distribution: modula\n  servers:\n" + "\n".join(rows) + "\n"


@pytest.mark.parametrize("servers", [2, 3])
def test_move_in_a_circle(live: Live, servers: int) -> None:
    """Each server gives all that it has to the next one."""
    keys = [b"key:%d" % number for number in range(servers * 8000)]
    with ExitStack() as stack:
        change = Change(live, redis=True, servers=servers)
        for port in change.ports:
            stores.start_redis(live, stack, port)
        ports = change.ports
        change.old.write_text(_pool(change, ports))
        change.new.write_text(_pool(change, [*ports[1:], ports[0]]))
        wires = {port: Store(port) for port in ports}
        names = ours.owners(ours.load(change.old, "pool"), keys)
        owners = [ports[int(name.removeprefix("server"))] for name in names]
        for port in ports:
            mine = [key for key, owner in zip(keys, owners, strict=True) if owner == port]
            wires[port].ask([b"SET", key, b"x" * 2000] for key in mine)
        slowest, ended = [0.0], threading.Event()

        def ask() -> None:
            wire = Store(ports[0])
            while not ended.is_set():
                begun = time.monotonic()
                wire.one(b"PING")
                slowest[0] = max(slowest[0], time.monotonic() - begun)
                time.sleep(0.002)

        asking = threading.Thread(target=ask)
        asking.start()
        try:
            # All but quiet: a note would say that values go through the program.
            done = run([word for word in change.apply("move", "--timeout", "8") if word != "-q"])
        finally:
            ended.set()
            asking.join()
        assert done.returncode == 0, (done.stdout, done.stderr)
        assert "does not MIGRATE" not in done.stderr
        # Half of the timeout is how long two of them would have waited.
        assert slowest[0] < 2, slowest
        after = [ports[(ports.index(owner) + 1) % servers] for owner in owners]
        for port in ports:
            mine = [key for key, owner in zip(keys, after, strict=True) if owner == port]
            assert wires[port].one(b"DBSIZE") == len(mine)
        live.lines.append(f"move in a circle of {servers}: slowest answer {slowest[0]:.3f} s")
