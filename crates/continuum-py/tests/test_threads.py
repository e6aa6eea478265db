"""Readers and writers at once: a reader sees one state or the next, never an error."""

from __future__ import annotations

import copy
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from continuum import Continuum, Server

KEYS = [f"key-{number}" for number in range(5000)]


@pytest.fixture(autouse=True)
def switch_often() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def run(*jobs: Callable[[], None]) -> None:
    """Runs the jobs at once and raises what the first failing one raised."""
    failures: list[BaseException] = []
    start = threading.Barrier(len(jobs))

    def guarded(job: Callable[[], None]) -> None:
        start.wait()
        try:
            job()
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=guarded, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def test_readers_while_servers_come_and_go() -> None:
    built = Continuum(totaldots=2000, servers=["10.0.0.1:80", "10.0.0.2:80"])
    stay = set(built.servers)
    done = threading.Event()
    seen = []

    def change() -> None:
        try:
            for number in range(150):
                server = built.add_server("10.0.1.1", number)
                if number % 2:
                    built.remove_server(server)
        finally:
            done.set()

    def read() -> None:
        rounds = 0
        while not done.is_set() or not rounds:
            rounds += 1
            answers = built.resolve_all(KEYS)
            assert len(answers) == len(KEYS)
            assert all(isinstance(server, Server) for server in answers)
            assert built.resolve("key")
            assert built.candidates("key")
            assert len(built.resolve_indices(KEYS[:10])) == 10
            assert stay <= set(built)
            assert copy.copy(built).resolve("key")
            built.fingerprint()
        seen.append(rounds)

    run(change, read, read, read)
    assert len(seen) == 3
    assert len(built) == 2 + 75


def test_a_change_right_behind_a_build_that_was_put_off() -> None:
    """Whoever looks builds; before it takes what was built, another thread changes it."""

    class Hasty(Continuum):
        left = 3

        def _generate_later(self) -> None:
            super()._generate_later()
            if self.left:
                self.left -= 1
                self.add_server("10.0.1.1", self.left)

    built = Hasty(scheme="ring-1", servers=["10.0.0.1:80"])
    built.add_server("10.0.0.2", 80)
    assert built.left == 3
    assert built.resolve("key") in built.servers
    assert built.left == 0
    assert len(built) == 5


def test_no_change_is_lost() -> None:
    built = Continuum(totaldots=4000)

    def add(first: int) -> Callable[[], None]:
        def job() -> None:
            for number in range(50):
                built.add_server(f"10.0.{first}.1", number)

        return job

    run(*map(add, range(4)))
    assert len(built) == 200
    again = Continuum(totaldots=4000, servers=built.servers)
    assert built == again
    assert built.resolve_indices(KEYS) == again.resolve_indices(KEYS)


def test_the_same_server_is_added_once() -> None:
    built = Continuum()
    added = []

    def add() -> None:
        try:
            added.append(built.add_server("a", 80))
        except TypeError as error:
            assert str(error) == "server already added"

    run(*[add] * 8)
    assert len(added) == len(built) == 1


def test_others_run_during_a_large_batch() -> None:
    built = Continuum(totaldots=2000, servers=["10.0.0.1:80", "10.0.0.2:80"])
    keys = KEYS * 100
    ticks = 0
    done = threading.Event()

    def resolve() -> None:
        built.resolve_indices(keys)
        done.set()

    def tick() -> None:
        nonlocal ticks
        while not done.is_set():
            ticks += 1

    run(resolve, tick)
    assert ticks > 0
