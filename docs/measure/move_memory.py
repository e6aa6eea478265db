"""How much memory `continuum move` takes beside the keys that it goes through: errands over a tenth
of the keys and over all, each a process of its own, the peak of its memory the kernel's figure.

    python3 docs/measure/move_memory.py PROGRAM [KEYS]

Needs redis-server and memcached. Two servers on loopback, of which one holds all the keys; half
of them move. 10,000,000 keys (the default) take some 2 GB of each kind of server; keys are
`key:NUMBER`, values 3 bytes (Redis) and 1 byte (memcached).
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HOST = "127.0.0.1"
#: In one batch of commands.
BATCH = 5000


def free_port() -> int:
    with socket.create_server((HOST, 0)) as sock:
        return int(sock.getsockname()[1])


@contextmanager
def servers(redis: bool, folder: Path) -> Iterator[list[int]]:
    """Two servers that keep nothing on disk."""
    ports = [free_port(), free_port()]
    children = []
    for port in ports:
        if redis:
            args = ["redis-server", "--port", str(port), "--bind", HOST, "--save", ""]
            args += ["--enable-debug-command", "yes", "--dir", str(folder)]
        else:
            args = ["memcached", "-u", "nobody", "-U", "0", "-l", HOST, "-p", str(port), "-m", "4096"]
        quiet = subprocess.DEVNULL
        children.append(subprocess.Popen(args, stdout=quiet, stderr=quiet))
    try:
        for port in ports:
            until = time.monotonic() + 20
            while True:
                try:
                    socket.create_connection((HOST, port)).close()
                    break
                except OSError:
                    if time.monotonic() > until:
                        raise
                    time.sleep(0.05)
        yield ports
    finally:
        for child in children:
            child.kill()
            child.wait()


def ask(port: int, command: bytes) -> bytes:
    """A command of one line, and the line of its answer."""
    with socket.create_connection((HOST, port)) as sock:
        sock.sendall(command + b"\r\n")
        with sock.makefile("rb") as lines:
            return lines.readline().rstrip()


def fill(redis: bool, port: int, keys: int) -> None:
    if redis:
        assert ask(port, b"DEBUG POPULATE %d key 3" % keys) == b"+OK"
        return
    with socket.create_connection((HOST, port)) as sock:
        for first in range(0, keys, BATCH):
            numbers = range(first, min(first + BATCH, keys))
            sock.sendall(b"".join(b"set key:%d 0 0 1 noreply\r\nv\r\n" % number for number in numbers))
        sock.sendall(b"version\r\n")
        with sock.makefile("rb") as lines:
            assert lines.readline().startswith(b"VERSION")


def pool(ports: list[int], redis: bool) -> str:
    head = f"pool:\n  listen: {HOST}:1\n  redis: {str(redis).lower()}\n  hash: fnv1a_64\n"
    rows = "".join(f"   - {HOST}:{port}:1\n" for port in ports)
    return f"{head}  distribution: ketama\n  servers:\n{rows}"


def run(args: list[str]) -> tuple[int, float, bytes]:
    """The peak in KiB, seconds, and the last line of what it writes."""
    begun = time.monotonic()
    child = subprocess.Popen(args, stdout=subprocess.PIPE)
    assert child.stdout is not None
    last = b""
    while block := child.stdout.read(1 << 16):
        last = (last + block)[-(1 << 16) :]
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, (args, child.returncode)
    return usage.ru_maxrss, time.monotonic() - begun, last


def measure(program: str, redis: bool, keys: int, folder: Path) -> Iterator[str]:
    old, new = folder / "old.yml", folder / "new.yml"
    kind = "Redis" if redis else "memcached"
    with servers(redis, folder) as ports:
        fill(redis, ports[0], keys)
        old.write_text(pool(ports[:1], redis))
        new.write_text(pool(ports, redis))
        for verb in ("list", "move" if redis else "copy"):
            args = [program, "move", verb, str(old), str(new), "-q"]
            if verb != "list":
                args += ["--apply", "--json", "--journal", str(folder / "journal")]
            peak, seconds, last = run(args)
            moved = "" if verb == "list" else f"{json.loads(last)['moved']:,} moved"
            yield f"{kind:9}  {verb:4}  {keys:>10,} keys  {peak / 1024:7.1f} MiB  {seconds:6.1f} s  {moved}"


def main() -> None:
    program, keys = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 10_000_000
    for redis in (True, False):
        for count in (keys // 10, keys):
            with tempfile.TemporaryDirectory() as folder:
                for line in measure(program, redis, count, Path(folder)):
                    print(line, flush=True)


main()
