"""Simulates a run over a cluster: how long it takes to find the owners of very many keys.

    python3 docs/measure/cluster.py [keys] [executors]

A simulation, not a measurement. Tasks of equal numbers of rows are taken in turn by executors of
different speeds, as a scheduler hands them out; a task takes what it takes on average, times a
drawn factor; some fail and are done again, and a few are slow (stragglers), of which a copy is
started once nothing else is left, as Spark's speculation does. Every assumption is a line
below: change it there. The draws are seeded, so that the output is the same on every machine.
"""

from __future__ import annotations

import heapq
import sys
from random import Random

#: Nanoseconds that a core takes for a key in Spark, transport to Python and back included:
#: what `bulk.py` measured as "owner, slots-1" by the clock, times its two cores, on a machine
#: that was busy with other work, and what an idle one is assumed to take.
NS_A_KEY = {"as measured, busy": 2 * 2826.0, "assumed, idle": 700.0}
#: Bytes that a row has in a compressed file, and bytes a second that an executor reads and writes.
BYTES_A_ROW, BYTES_A_SECOND = 24, 1e9
#: Cores of an executor, and rows of a task.
CORES, ROWS = 4, 50_000_000
#: A task starts so many seconds after it was handed out; a worker builds its map once.
START, BUILD = 0.2, 0.05
#: Executors differ by up to so much; a task's time is spread by so much.
UNLIKE, SPREAD = 0.15, 0.10
#: One task in so many fails and is done again; one in so many takes so many times as long.
FAILS, STRAGGLES, SLOWER = 2000, 500, 4.0


def simulate(keys: int, executors: int, ns: float, seed: int = 2010) -> tuple[float, float, int]:
    """Seconds from start to end, the part of the time in which cores worked, and tasks."""
    random = Random(seed)
    speeds = [1 + UNLIKE * (2 * random.random() - 1) for _ in range(executors)]
    tasks = -(-keys // ROWS)
    free = [(BUILD, executor) for executor in range(executors) for _ in range(CORES)]
    heapq.heapify(free)
    # Disk and network are shared by the cores of an executor.
    transfer = 2 * BYTES_A_ROW * ROWS * CORES / BYTES_A_SECOND
    usual = max(ns * 1e-9 * ROWS, transfer)
    worked, end, left = 0.0, 0.0, tasks
    while left:
        now, executor = heapq.heappop(free)
        took = START + usual * speeds[executor] * max(0.5, random.gauss(1, SPREAD))
        if random.randrange(STRAGGLES) == 0:
            # A copy on another executor bounds it, once the end is near.
            took *= SLOWER if left > executors * CORES else 2
        if random.randrange(FAILS) == 0:
            took *= 0.5
        else:
            left -= 1
        worked += took
        end = max(end, now + took)
        heapq.heappush(free, (now + took, executor))
    return end, worked / (end * executors * CORES), tasks


def shown(seconds: float) -> str:
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02d} min" if seconds >= 3600 else f"{seconds / 60:.1f} min"


def main() -> None:
    wanted = [int(float(one)) for one in sys.argv[1:2]] or [10**9, 10**10, 10**11, 10**12]
    sizes = [int(one) for one in sys.argv[2:3]] or [1, 10, 100]
    print("| keys | executors | tasks | " + " | ".join(NS_A_KEY) + " | cores at work |")
    print("|---:|---:|---:|" + "---:|" * len(NS_A_KEY) + "---:|")
    for keys in wanted:
        for executors in sizes:
            runs = [simulate(keys, executors, ns) for ns in NS_A_KEY.values()]
            times = " | ".join(shown(seconds) for seconds, _, _ in runs)
            print(f"| 10^{len(str(keys)) - 1} | {executors} | {runs[0][2]:,} | {times} | {runs[0][1]:.0%} |")


main()
