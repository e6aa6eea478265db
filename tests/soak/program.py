"""Asks the program for many keys while its reader stalls: python tests/soak/program.py PROGRAM MINUTES

Keys without end go into `continuum resolve` through a pipe, and its answers are read a stretch at a
time, with pauses in which the pipe is full. Every answer is compared with what another process gave,
and that with keys asked for alone. The memory of the program is looked at all the while. Fails where
an answer is wrong or memory grew. `scripts/soak` runs it.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

SERVERS = ["10.0.0.1:11211", "10.0.0.2:11211=2", "10.0.0.3:11211", "10.0.0.4:11211"]
#: Keys come round again, so that the owners of all of them are known.
KEYS = [f"user:{number * 7919 % 1_000_003}:profile" for number in range(100_000)]
#: How much memory may grow after the first seconds.
SLACK_KIB = 2 << 10


def resident(pid: int) -> int:
    """KiB of a process, as Linux tells."""
    return int(Path(f"/proc/{pid}/status").read_text().split("VmRSS:")[1].split()[0])


def command(program: str) -> list[str]:
    """What is asked."""
    told = [program, "resolve", "--scheme", "ring-1"]
    for server in SERVERS:
        told += ["-s", server]
    return told


def main() -> None:
    """Feeds, reads with pauses, checks."""
    program, minutes = sys.argv[1], float(sys.argv[2])
    block = "".join(f"{key}\n" for key in KEYS).encode()
    asked = subprocess.run(command(program), input=block, stdout=subprocess.PIPE, check=True)
    wanted = asked.stdout
    # A few at a time, by a process each: not the same batch.
    for at in range(0, len(KEYS), len(KEYS) // 20):
        one = subprocess.run([*command(program), KEYS[at]], stdout=subprocess.PIPE, check=True)
        if one.stdout.splitlines()[0] != wanted.splitlines()[at]:
            sys.exit(f"{KEYS[at]}: {one.stdout!r} alone, {wanted.splitlines()[at]!r} in a batch")
    process = subprocess.Popen(command(program), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None and process.stdout is not None
    over, stdin = threading.Event(), process.stdin

    def feed() -> None:
        while not over.is_set():
            stdin.write(block)
        stdin.close()

    feeder = threading.Thread(target=feed)
    feeder.start()
    began, seen, wrong, stalls, first, last = time.monotonic(), 0, 0, 0, 0, 0
    most = 0
    while True:
        # As many bytes as the answers to one block have: they must be those.
        part = process.stdout.read(len(wanted))
        if not part:
            break
        wrong += part != wanted
        seen += len(KEYS)
        passed = time.monotonic() - began
        if not over.is_set():
            last = resident(process.pid)
            most = max(most, last)
            if not first and passed > min(5, minutes * 15):
                first = last
        # Every tenth block is waited for, with the pipe full.
        if seen // len(KEYS) % 10 == 0 and not over.is_set():
            stalls += 1
            time.sleep(0.2)
        if passed > minutes * 60:
            over.set()
    feeder.join()
    status = process.wait()
    print(f"minutes\t{(time.monotonic() - began) / 60:.1f}")
    print(f"keys\t{seen}")
    print(f"stalls\t{stalls}")
    print(f"wrong\t{wrong}")
    print(f"KiB after the first seconds\t{first}")
    print(f"KiB at the end\t{last}")
    if wrong or status:
        sys.exit(f"answers were wrong, or the program ended with {status}")
    if most > first + SLACK_KIB:
        sys.exit(f"memory grew to {most} KiB")


if __name__ == "__main__":
    main()
