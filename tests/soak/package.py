"""Asks the Python package while its servers change: python tests/soak/package.py MINUTES

Eight threads and as many tasks of asyncio look up, singly and in batches, and plan, while
another thread changes the servers. Each takes a snapshot, builds the same servers anew, and
compares every answer; the continuum that changes is asked too, whose answer must be one of its
servers. Prints what was asked, what was wrong, and the memory after each round of all schemes;
fails where something was wrong or memory grew. `scripts/soak` runs it.
"""

from __future__ import annotations

import asyncio
import gc
import random
import sys
import threading
import time
import warnings
from collections import Counter
from pathlib import Path

from continuum import Continuum, ContinuumWarning, Plan, Server

READERS = 8
SCHEMES = ["python-continuum", "ring-1", "libketama", "slots-1:slots=4096", "rendezvous-1", "jump"]
SERVERS = 30
#: How much memory may grow between the end of the first round and the last: what allocators keep.
SLACK_KIB = 24 << 10


def resident() -> int:
    """KiB of this process, as Linux tells."""
    gc.collect()
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


class Turn:
    """A scheme: one that changes, and those that ask."""

    def __init__(self, scheme: str, number: int) -> None:
        self.scheme = scheme
        self.random = random.Random(number)
        self.continuum = Continuum(scheme=scheme, servers=map(self.server, range(SERVERS)))
        self.over = threading.Event()
        self.lock = threading.Lock()
        self.counts: Counter[str] = Counter()
        self.failures: list[BaseException] = []

    def server(self, number: int) -> Server:
        """Number so-and-so."""
        return Server(f"10.0.{number // 200}.{number % 200 + 1}", 11211)

    def change(self) -> None:
        """One server comes or goes."""
        number = self.random.randrange(1000)
        few, servers = SERVERS // 2, self.continuum.servers
        if len(servers) > 2 * SERVERS or (len(servers) > few and self.random.random() < 0.5):
            # Of a numbered scheme only the last one may go.
            self.continuum.remove_server(servers[-1])
        else:
            wanted = self.server(SERVERS + number)
            if wanted not in servers:
                self.continuum.add_server(wanted)
        self.counts["changes"] += 1

    def ask(self, chance: random.Random, before: Continuum | None) -> Continuum:
        """A snapshot against a map built anew of its servers; gives the snapshot."""
        taken = self.continuum.snapshot()
        anew = Continuum(scheme=self.scheme, servers=taken.servers)
        keys = [f"key:{chance.randrange(10**9)}" for _ in range(200)]
        wanted = [anew.resolve(key) for key in keys]
        counts: Counter[str] = Counter()
        counts["wrong"] += taken.fingerprint() != anew.fingerprint()
        counts["wrong"] += sum(taken.resolve(key) != owner for key, owner in zip(keys, wanted))
        counts["wrong"] += sum(a != b for a, b in zip(taken.resolve_all(keys), wanted))
        counts["look-ups"] += len(keys)
        counts["look-ups in batches"] += len(keys)
        for key in keys[:3]:
            counts["wrong"] += taken.candidates(key) != anew.candidates(key)
            counts["candidates"] += 1
        # The one that changes meanwhile answers with a server, whichever it has then.
        counts["wrong"] += not all(isinstance(s, Server) for s in self.continuum.resolve_all(keys))
        if before is not None:
            again = Continuum(scheme=self.scheme, servers=before.servers)
            counts["wrong"] += Plan.between(before, taken).moved != Plan.between(again, anew).moved
            counts["plans"] += 1
        with self.lock:
            self.counts += counts
        return taken

    def read(self, number: int) -> None:
        """A thread's work; and a task's, a step at a time."""
        chance, before = random.Random(number), None
        try:
            while not self.over.is_set():
                before = self.ask(chance, before)
        except BaseException as failure:
            self.failures.append(failure)

    async def read_in_turns(self, number: int) -> None:
        """The same beside other tasks of one loop."""
        chance, before = random.Random(number), None
        while not self.over.is_set():
            before = self.ask(chance, before)
            await asyncio.sleep(0)

    async def tasks(self) -> None:
        """As many tasks as there are threads."""
        async with asyncio.TaskGroup() as group:
            for number in range(READERS):
                group.create_task(self.read_in_turns(number + 1000))

    def loop(self) -> None:
        """Runs them."""
        try:
            asyncio.run(self.tasks())
        except BaseException as failure:
            self.failures.append(failure)

    def take(self, seconds: float) -> Counter[str]:
        """Runs for so long, and gives what was done."""
        threads = [threading.Thread(target=self.read, args=(n,)) for n in range(READERS)]
        threads.append(threading.Thread(target=self.loop))
        for thread in threads:
            thread.start()
        began = time.monotonic()
        try:
            while time.monotonic() - began < seconds and not self.failures:
                self.change()
                time.sleep(0.001)
        finally:
            self.over.set()
            for thread in threads:
                thread.join()
        if self.failures:
            raise self.failures[0]
        return self.counts


def main() -> None:
    """Each scheme in turn, two rounds at least."""
    # What a scheme is not good for is no matter here.
    warnings.simplefilter("ignore", ContinuumWarning)
    seconds = float(sys.argv[1]) * 60
    turn = min(seconds / (2 * len(SCHEMES)), 10)
    counts: Counter[str] = Counter()
    began, first, number = time.monotonic(), None, 0
    while time.monotonic() - began < seconds or number < 2 * len(SCHEMES):
        counts += Turn(SCHEMES[number % len(SCHEMES)], number).take(turn)
        number += 1
        if number % len(SCHEMES) == 0:
            kib = resident()
            print(f"KiB after round {number // len(SCHEMES)}\t{kib}", flush=True)
            first = first or kib
    last = resident()
    print(f"minutes\t{(time.monotonic() - began) / 60:.1f}")
    for what in ["look-ups", "look-ups in batches", "candidates", "plans", "changes", "wrong"]:
        print(f"{what}\t{counts[what]}")
    print(f"KiB at the end\t{last}")
    if counts["wrong"]:
        sys.exit("answers were wrong")
    if last > (first or last) + SLACK_KIB:
        sys.exit("memory grew")


if __name__ == "__main__":
    main()
