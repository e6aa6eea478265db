"""Real programs as child processes that always end, and free addresses for them."""

from __future__ import annotations

import ctypes
import errno
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path

START_SECONDS = 20.0
STOP_SECONDS = 5.0
LISTENERS = range(31_001, 32_768)
"""Above the ports of the servers that are drawn, below those that Linux gives to connections."""
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def _ports_of_this_process() -> list[int]:
    """The ports that no other worker of pytest-xdist gives to its tests, in random order."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    ours = LISTENERS[worker::workers]
    return random.sample(ours, len(ours))


_ports = _ports_of_this_process()
_next = cycle(_ports)


class ProgramError(RuntimeError):
    """A program did not start, or ended too early; the text has the tail of its log."""


@contextmanager
def running(
    args: Sequence[str], log: Path, ready: Callable[[], bool], *, politely: bool = True
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `args` in the foreground while the block lasts; `ready` says when it answers.

    A program that takes its time to end and has nothing to lose is ended not `politely`.
    """
    with log.open("wb") as out:
        child = subprocess.Popen(
            args,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            preexec_fn=_end_with_parent,
        )
    try:
        _wait_ready(child, args[0], log, ready)
        yield child
    except ConnectionError as error:
        raise ProgramError(f"{args[0]}: {error}\n{tail(log)}") from error
    finally:
        stop(child, politely=politely)


def stop(child: subprocess.Popen[bytes], *, politely: bool) -> None:
    """End one child by its process id: asked first, then killed."""
    if not politely:
        child.kill()
    elif child.poll() is None:
        child.terminate()
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
    child.wait()


def tail(log: Path, lines: int = 30) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def accepts(address: tuple[str, int] | str) -> bool:
    """Whether something accepts connections at `address` (host and port, or a socket's path)."""
    try:
        connect(address, seconds=1.0).close()
    except OSError:
        return False
    return True


def connect(address: tuple[str, int] | str, seconds: float = 30.0) -> socket.socket:
    if isinstance(address, str):
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(seconds)
        try:
            sock.connect(address)
        except OSError:
            sock.close()
            raise
        return sock
    sock = socket.create_connection(address, timeout=seconds)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def free_port() -> int:
    """A port of 127.0.0.1 that nothing listens on now, the same one only after all others; not
    hashed by anything, so not drawn from the seed.

    Not the kernel's choice of a port: it gives one again as soon as it is free (two pools of one
    nutcracker got the same), and lends it to any connection made before our program listens.
    """
    for port in islice(_next, len(_ports)):
        if bindable("127.0.0.1", port):
            return port
    raise ProgramError(f"no free port is left in {LISTENERS}")


def listen(address: tuple[str, int] | str) -> socket.socket:
    """A listening socket at `address`; a name listens on its first address."""
    if isinstance(address, str):
        sock = socket.socket(socket.AF_UNIX)
    else:
        family, kind, proto, _, address = socket.getaddrinfo(*address, type=socket.SOCK_STREAM)[0]
        sock = socket.socket(family, kind, proto)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind(address)
        sock.listen(64)
    except OSError:
        sock.close()
        raise
    return sock


def bindable(host: str, port: int) -> bool:
    """Whether we could listen on `host:port`."""
    try:
        listen((host, port)).close()
    except OSError:
        return False
    return True


def refuses(host: str, port: int) -> bool:
    """Whether `host:port` refuses connections, on every address of `host`."""
    for family, kind, proto, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        with socket.socket(family, kind, proto) as sock:
            sock.settimeout(1.0)
            if sock.connect_ex(address) != errno.ECONNREFUSED:
                return False
    return True


def _end_with_parent() -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _wait_ready(
    child: subprocess.Popen[bytes], name: str, log: Path, ready: Callable[[], bool]
) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        if child.poll() is not None:
            raise ProgramError(f"{name} ended at start with {child.returncode}:\n{tail(log)}")
        if ready():
            return
        if time.monotonic() > deadline:
            raise ProgramError(f"{name} not ready after {START_SECONDS:.0f} s:\n{tail(log)}")
        time.sleep(0.02)
