"""`continuum move` over Redis that refuses something: to whom the words are put down, what they must
not tell, and what is refused before anything is written."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from contextlib import ExitStack

import pytest

from . import stores
from .conftest import Live
from .meddler import meddling
from .moving import Change, refused, run, told
from .stores import HOST, Store

KEYS = [b"key:%d" % number for number in range(3000)]
SECRET = "S3cr3t-of-the-test"


def _change(live: Live, stack: ExitStack, *options: str) -> tuple[Change, Store, Store]:
    """A server with keys, started with these options, and another that takes over from it."""
    change = Change(live, redis=True, servers=2, alone=True)
    for port, more in zip(change.ports, (options, ()), strict=True):
        stores.start_redis(live, stack, port, *more)
    old, new = (Store(port) for port in change.ports)
    old.ask([b"SET", key, b"v"] for key in KEYS)
    return change, old, new


def test_move_does_not_repeat_the_password(live: Live) -> None:
    """A Redis that does not know a command repeats what the command was given."""
    for command in ("MIGRATE", "AUTH"):
        with ExitStack() as stack:
            change, old, new = _change(live, stack, "--rename-command", command, "")
            change.journal = live.dir / f"journal-{command}"
            wires = (old, new) if command == "MIGRATE" else (new,)
            for wire in wires:
                wire.one(b"CONFIG", b"SET", b"requirepass", SECRET.encode())
            args = [word for word in change.apply("move") if word != "-q"]
            done = run(args, CONTINUUM_PASSWORD=SECRET)
            assert SECRET not in done.stdout + done.stderr
            if command == "AUTH":
                assert done.returncode == 2, done.stderr
                continue
            assert done.returncode == 0 and "does not MIGRATE (" in done.stderr, done.stderr
            assert SECRET not in change.records("move").read_text()


@pytest.mark.parametrize("command", ["EVAL", "DUMP", "DEL"])
def test_move_refuses_a_source_that_may_not(live: Live, command: str) -> None:
    with ExitStack() as stack:
        change, old, new = _change(live, stack)
        for wire, minus in ((old, b"-" + command.lower().encode()), (new, b"+@all")):
            answer = wire.one(
                b"ACL", b"SETUSER", b"op", b"on", b">" + SECRET.encode(), b"~*", b"&*", b"+@all", minus
            )
            assert answer == b"+OK"
        who = {"CONTINUUM_USER": "op", "CONTINUUM_PASSWORD": SECRET}
        args = change.apply("move", "--relay")
        done = run(args, **who)
        assert done.returncode == 2, (done.stdout, done.stderr)
        assert f"{HOST}:{old.port} refuses {command}, which this run needs" in done.stderr
        assert not change.records("move").exists() and new.one(b"DBSIZE") == 0
        # MIGRATE needs none of these.
        assert told(change.apply("move"), 0, **who)["moved"] == len(KEYS)


def test_move_refuses_a_target_that_may_not(live: Live) -> None:
    with ExitStack() as stack:
        change, old, new = _change(live, stack)
        port = stores.free_port()
        stores.start_redis(live, stack, port, "--rename-command", "RESTORE", "")
        change.new.write_text(stores.pool([port], change.listen, redis=True))
        refused(change.apply("move"), f"{HOST}:{port} refuses RESTORE, which this run needs")
        assert old.one(b"DBSIZE") == len(KEYS)


def test_move_blames_the_source_for_its_words(live: Live) -> None:
    for relay in ([], ["--relay"]):
        with ExitStack() as stack:
            change, old, new = _change(live, stack)
            change.journal = live.dir / f"journal{len(relay)}"
            old.one(b"CONFIG", b"SET", b"min-replicas-to-write", b"1")
            done = run(change.apply("move", *relay))
            assert done.returncode == 1, (done.stdout, done.stderr)
            first = done.stderr.splitlines()[0]
            assert f"{HOST}:{old.port} does not" in first and "NOREPLICAS" in first, first
            assert f"{HOST}:{new.port}" not in done.stderr
            # The keys in hand have failed, and none is counted that was not looked at.
            report = json.loads(done.stdout)
            assert report["failed"] == report["found"] > 0, report
            old.one(b"CONFIG", b"SET", b"min-replicas-to-write", b"0")
            rest = told(change.apply("move", *relay))
            assert rest["moved"] == rest["found"] == len(KEYS)
            assert old.one(b"DBSIZE") == 0 and new.one(b"DBSIZE") == len(KEYS)


@pytest.mark.parametrize("word", [b"RANDOMKEY", b"MIGRATE"])
def test_move_is_interrupted_while_it_waits(live: Live, word: bytes) -> None:
    """Of the sample (RANDOMKEY), and of the keys in hand, which come to their end."""
    with ExitStack() as stack:
        change, old, new = _change(live, stack)
        running: list[subprocess.Popen[str]] = []

        def act() -> bool:
            running[0].send_signal(signal.SIGINT)
            time.sleep(0.3)
            return True

        with meddling(old.port, word, act) as meddler:
            dial = f"--dial={HOST}:{old.port}=redis://{HOST}:{meddler.port}"
            args = [*change.apply("move"), dial]
            running.append(
                subprocess.Popen(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            )
            _, error = running[0].communicate(timeout=60)
        assert meddler.acted == 1 and running[0].returncode == 1, error
        assert error.startswith("warning: interrupted: the same command goes on"), error
        if word == b"MIGRATE":
            assert int(str(new.one(b"DBSIZE"))) > 0
        assert told(change.apply("move"))["moved"] == len(KEYS)
