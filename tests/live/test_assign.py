"""Many processes change one table at once, and some of them are killed: no change that exited 0
is lost, and the file is a valid table at every moment.

The full size is ``CONTINUUM_LIVE_WRITERS=64 CONTINUUM_LIVE_ROUNDS=100``.
"""

from __future__ import annotations

import json
import os
import stat
import subprocess
import threading
from pathlib import Path
from random import Random

import pytest

from .conftest import Live

WRITERS = int(os.environ.get("CONTINUUM_LIVE_WRITERS", "8"))
ROUNDS = int(os.environ.get("CONTINUUM_LIVE_ROUNDS", "6"))
SERVERS = ("a:80", "b:80", "c:80", "d:80")


@pytest.mark.parametrize("form", ["json", "ctm"])
def test_writers(live: Live, form: str) -> None:
    program = live.continuum()
    if program is None:
        pytest.skip("CONTINUUM_PROGRAM does not name the program: run scripts/test-live")
    folder = live.dir / "tables"
    folder.mkdir()
    table, link = folder / f"table.{form}", live.dir / "link"
    slots = 2 * WRITERS * ROUNDS
    servers = [word for server in SERVERS for word in ("-s", server)]
    run(program, "init", table, *servers, "--slots", str(max(slots, 64)))
    table.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(table, 65534, 65534)
    link.symlink_to(table)
    about = table.stat()

    kept: list[str] = []
    done = threading.Event()
    broken: list[str] = []

    def write(writer: int) -> None:
        random = Random(f"{live.rng.random()}/{writer}")
        for number in range(ROUNDS):
            slot = writer * ROUNDS + number
            pin = f"{slot}={SERVERS[slot % len(SERVERS)]}"
            command = [program, "assign", "change", str(link), "--pin", pin]
            started = subprocess.Popen(
                command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
            )
            if random.random() < 0.2:
                try:
                    started.wait(random.random() * 0.05)
                except subprocess.TimeoutExpired:
                    started.kill()
            _, said = started.communicate()
            if started.returncode == 0:
                kept.append(pin)
            elif started.returncode != -9:
                broken.append(said)

    def read() -> None:
        while not done.is_set():
            shown = subprocess.run(
                [program, "assign", "show", str(link)], capture_output=True, text=True, check=False
            )
            if shown.returncode != 0:
                broken.append(shown.stderr)

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(WRITERS)]
    reader = threading.Thread(target=read)
    reader.start()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    reader.join()

    assert broken == []
    assert len(kept) > WRITERS * ROUNDS // 2
    pinned = pins(table)
    assert [pin for pin in kept if pin not in pinned] == [], "changes that exited 0 are lost"
    now = table.stat()
    assert stat.S_IMODE(now.st_mode) == 0o640
    assert (now.st_uid, now.st_gid) == (about.st_uid, about.st_gid)
    assert link.is_symlink()
    # One more change takes away what killed processes left.
    run(program, "change", link, "--pin", f"0={SERVERS[0]}")
    assert [file.name for file in folder.iterdir()] == [table.name]
    live.lines.append(
        f"assign, {form}: {WRITERS} writers, {ROUNDS} rounds, {len(kept)} changes kept, "
        f"{WRITERS * ROUNDS - len(kept)} killed, none lost"
    )


def pins(table: Path) -> set[str]:
    """The pins of a table of either form."""
    if table.suffix != ".json":
        from continuum import Assignment

        pinned = Assignment.load(table).pins.items()
        return {f"{slot}={server.identity}" for slot, server in pinned}
    read = json.loads(table.read_bytes())
    return {f"{slot}={SERVERS[server]}" for slot, server in read["pins"]}


def run(program: str, step: str, table: Path, *words: str) -> None:
    subprocess.run(
        [program, "assign", step, str(table), *words], check=True, stdout=subprocess.DEVNULL
    )
