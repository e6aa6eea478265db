"""The runbook docs/move.md, whose commands are run as they stand there."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from . import stores
from .conftest import Live
from .moving import LEFT, Change, held
from .process import free_port
from .stores import HOST, Cache, Store

RUNBOOK = Path(__file__).resolve().parents[2] / "docs" / "move.md"


def _steps(kind: str) -> list[str]:
    """The commands of one set-up in the runbook, block by block."""
    return re.findall(rf"^```sh {kind}\n(.*?)^```$", RUNBOOK.read_text(), re.DOTALL | re.MULTILINE)


class Restarted:
    """A twemproxy that `systemctl restart nutcracker` starts anew with the file that is there."""

    def __init__(self, live: Live, stack: ExitStack, folder: Path, listen: int) -> None:
        self._live, self._folder, self._listen = live, folder, listen
        self._stack = stack.enter_context(ExitStack())
        self._sock = stack.enter_context(socket.create_server((HOST, 0)))
        self.times = 0
        programs = folder / "bin"
        programs.mkdir()
        (programs / "continuum").symlink_to(live.continuum() or "missing")
        script = programs / "systemctl"
        script.write_text(
            "#!/bin/bash\n"
            '[ "$*" = "restart nutcracker" ] || exit 1\n'
            f"exec 3<>/dev/tcp/{HOST}/{self._sock.getsockname()[1]}; read -r <&3\n"
        )
        script.chmod(0o755)
        self.path = f"{programs}:{os.environ['PATH']}"
        self._start()
        threading.Thread(target=self._serve, daemon=True).start()

    def _start(self) -> None:
        self._stack.close()
        config = self._folder / "nutcracker.yml"
        self._stack.enter_context(stores.nutcracker(self._live, config, self._listen))

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._sock.accept()
            except OSError:
                return
            with connection:
                self._start()
                self.times += 1
                connection.sendall(b"done\n")


def _follow(steps: Sequence[str], folder: Path, path: str, before: dict[int, Callable[[], None]]) -> str:
    """Runs the blocks as they stand; what they said."""
    said = ""
    for number, block in enumerate(steps):
        before.get(number, lambda: None)()
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=folder,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, (block, done.stdout, done.stderr)
        said += done.stdout
    return said


def test_the_runbook_for_twemproxy(live: Live) -> None:
    client: type[Cache] | type[Store]
    for kind, redis, client in (("memcached", False, Cache), ("redis", True, Store)):
        change = Change(live, redis=redis)
        folder = live.dir / kind
        folder.mkdir()
        change.old.rename(folder / "nutcracker.yml")
        change.new.rename(folder / "nutcracker.new.yml")
        steps = _steps(kind)
        assert len(steps) >= 3
        with ExitStack() as stack:
            start: Callable[..., int] = stores.start_redis if redis else stores.start_memcached
            for port in change.ports:
                start(live, stack, port)
            proxied = Restarted(live, stack, folder, change.listen)
            values = {b"key:%d" % number: b"value %d" % number for number in range(3000)}

            def write(some: dict[bytes, bytes], wire_of: Any = client, port: int = change.listen) -> None:
                wire = wire_of(port)
                if wire_of is Cache:
                    wire.set((key, value, 0, LEFT) for key, value in some.items())
                else:
                    wire.ask([b"SET", key, value, b"EX", b"3600"] for key, value in some.items())
                wire.close()

            write(values)
            later = {b"key:%d" % number: b"later" for number in range(0, 3000, 7)}
            switch = next(at for at, block in enumerate(steps) if "systemctl" in block)
            said = _follow(steps, folder, proxied.path, {switch: lambda: write(later)})
            assert proxied.times == 1
            assert "would be " in said and "dry run: nothing was written" in said
            values.update(later)
            wire: Any = client(change.listen)
            if redis:
                got = wire.ask([b"GET", key] for key in values)
                found = dict(zip(values, got, strict=True))
            else:
                found = wire.get(values)
            wire.close()
            assert found == values
            found_on = sum(held(port, redis) for port in change.ports)
            assert found_on == len(values), "each key is on one server"


def test_the_runbook_for_pymemcache(live: Live) -> None:
    hashed = live.module("pymemcache.client.hash")
    ports = [free_port() for _ in range(4)]
    for name, some in (("old", ports[:3]), ("new", ports)):
        listed = ", ".join(f'"{HOST}:{port}"' for port in some)
        file = live.dir / f"servers.{name}.toml"
        file.write_text(f'scheme = "pymemcache"\nservers = [{listed}]\n')
    programs = live.dir / "bin"
    programs.mkdir()
    program = live.continuum()
    if program is None:
        live.missing("CONTINUUM_PROGRAM does not name the program: run scripts/test-live")
    (programs / "continuum").symlink_to(program)
    with ExitStack() as stack:
        for port in ports:
            stores.start_memcached(live, stack, port)
        before = hashed.HashClient([(HOST, port) for port in ports[:3]])
        values = {f"item-{number}": b"%d" % number for number in range(2000)}
        for key, value in values.items():
            before.set(key, value)
        steps = _steps("pymemcache")
        assert len(steps) == 2

        def write() -> None:
            before.set("item-0", b"later")
            before.set("item-1", b"later")

        path = f"{programs}:{os.environ['PATH']}"
        _follow(steps, live.dir, path, {1: write})
        values.update({"item-0": b"later", "item-1": b"later"})
        after = hashed.HashClient([(HOST, port) for port in ports])
        assert {key: after.get(key) for key in values} == values
        before.close()
        after.close()
