"""A continuum that follows its members: what becomes the map, what is told, who is passed over."""

from __future__ import annotations

import asyncio
import logging
import os
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from continuum import Continuum, ContinuumError, Members, Plan, Server, sources

TEN = [f"10.0.0.{n}:80" for n in range(10)]


class Clock:
    """Seconds that pass when they are told to."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Endpoint:
    """A configuration endpoint of a few lines."""

    def __init__(self) -> None:
        self.answer = b"END\r\n"
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def say(self, version: int, hosts: list[str]) -> bytes:
        nodes = " ".join(f"{host}|10.0.0.1|11211" for host in hosts)
        body = f"{version}\n{nodes}\n".encode()
        self.answer = b"CONFIG cluster 0 %d\r\n%s\r\nEND\r\n" % (len(body), body)
        return self.answer

    def close(self) -> None:
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                asked = connection.recv(100)
                known = asked == b"config get cluster\r\n"
                connection.sendall(self.answer if known else b"ERROR\r\n")


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    made = Endpoint()
    yield made
    made.close()


def following(
    servers: list[Any], *, max_move: float = 0.34, settle: float = 3.0
) -> tuple[Members, Callable[[], bool], Clock]:
    """Members of what stands in the list, and what refreshes them until it has stood."""
    clock = Clock()
    members = Members(
        lambda: list(servers), scheme="rendezvous-1", max_move=max_move, settle=settle, clock=clock
    )

    def stands() -> bool:
        changed = members.refresh()
        assert not changed or settle == 0
        clock.now += settle
        return members.refresh() or changed

    return members, stands, clock


def test_refusals_are_told_once(caplog: pytest.LogCaptureFixture) -> None:
    servers: list[str] = []
    members, stands, _ = following(servers, max_move=0.2)

    def told(now: list[str]) -> list[str]:
        servers[:] = now
        caplog.clear()
        with caplog.at_level(logging.WARNING, "continuum.members"):
            stands()
        return [record.getMessage().partition(": ")[2] for record in caplog.records]

    with pytest.raises(ContinuumError, match="no servers yet"):
        members.resolve("key")
    assert told([]) == ["there is no server in the answer"]
    assert told(TEN) == []
    first = members.continuum
    assert told([]) == ["there is no server in the answer"]
    assert told(TEN) == []
    assert told([]) == []
    assert "5 servers instead of 10" in told(TEN[:5])[0]
    assert told(TEN) == told(TEN[:5]) == []
    assert members.continuum is first
    assert told(["10.0.0.1:80=0"]) == ["every server has capacity 0"]
    assert told(TEN[:9]) == []
    assert len(members.continuum) == 9
    # Against another map it is another refusal.
    assert "5 servers instead of 9" in told(TEN[:5])[0]
    assert members.last_refusal is not None and members.last_refusal.reason == "move"
    fingerprint = members.last_refusal.fingerprint
    assert fingerprint == Continuum(scheme="rendezvous-1", servers=TEN[:5]).fingerprint()
    assert fingerprint is not None
    members.approve(fingerprint)
    assert told(TEN[:5]) == []
    assert len(members.continuum) == 5
    metrics = members.metrics()
    assert metrics["refusals"] == {"empty": 4, "unbuilt": 0, "move": 3}
    assert (metrics["changes"], metrics["refused"]) == (3, False)


def test_what_has_not_stood_is_waited_for() -> None:
    servers = TEN[:4]
    members, _, clock = following(servers)
    assert not members.refresh()
    clock.now += 2
    servers.append(TEN[4])
    assert not members.refresh()
    clock.now += 2
    assert not members.refresh() and members.metrics()["waiting"]
    clock.now += 1
    assert members.refresh() and len(members.continuum) == 5
    # Flapping: it never stands, so it is never taken.
    for turn in range(20):
        servers[:] = TEN[: 4 + turn % 2]
        clock.now += 1
        assert not members.refresh()
    assert len(members.continuum) == 5


def test_a_source_that_fails_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    answers: Iterator[list[str] | OSError] = iter(
        [TEN, TEN[:9], OSError("away"), TEN[:9], TEN[:9]]
    )

    def source() -> list[str]:
        answer = next(answers)
        if isinstance(answer, OSError):
            raise answer
        return answer

    members = Members(source, scheme="rendezvous-1", settle=1, clock=clock)
    caplog.set_level(logging.WARNING, "continuum.members")
    for _ in range(4):
        members.refresh()
        clock.now += 0.9
    # Nine stood for more than a second, but with a failure between.
    assert members.metrics()["faults"] == 1 and caplog.messages == ["away"]
    assert members.metrics()["changes"] == 0
    clock.now += 0.2
    assert members.refresh() and len(members.continuum) == 9
    assert members.last_fault == "away" and not members.metrics()["failing"]


def test_who_failed_is_passed_over_and_comes_back() -> None:
    servers = TEN[:]
    members, stands, clock = following(servers)
    assert stands()
    keys = [f"key-{n}" for n in range(500)]
    before = {key: members.resolve(key) for key in keys}
    fingerprint = members.fingerprint
    members.mark_failed("10.0.0.3:80")
    members.mark_failed(Server("10.0.0.4", 80), 60)
    members.mark_failed(Server("nobody", 1))
    assert members.failed == ["10.0.0.3:80", "10.0.0.4:80"]
    for key in keys:
        owner, found = before[key], members.resolve(key)
        assert owner is not None and found is not None
        if owner.identity not in members.failed:
            assert found == owner
        else:
            assert found.identity not in members.failed
            up = [one for one in members.continuum.candidates(key) if one.port == 80]
            assert found == next(one for one in up if one.identity not in members.failed)
            assert members.candidates(key)[0] == found
    assert members.fingerprint == fingerprint
    clock.now += 60
    assert members.failed == ["10.0.0.3:80"]
    members.mark_ok("10.0.0.3:80")
    assert {key: members.resolve(key) for key in keys} == before
    for server in TEN:
        members.mark_failed(server)
    assert members.resolve("key") is None and members.candidates("key") == []
    # Who leaves the set is forgotten.
    for server in TEN[1:]:
        members.mark_ok(server)
    servers.remove(TEN[0])
    assert stands()
    servers.append(TEN[0])
    assert stands()
    assert members.failed == []


def test_another_machine_under_the_name_did_not_fail() -> None:
    first, second = Server("10.0.0.1", 80, name="n1"), Server("10.0.0.2", 80, name="n2")
    servers = [first, second]
    members, stands, _ = following(servers)
    assert stands()
    members.mark_failed("n1")
    members.mark_failed("n2")
    servers[1] = Server("10.0.0.9", 80, name="n2")
    assert stands()
    assert members.failed == ["n1"]
    assert members.resolve("key") == servers[1]
    # Who still waits for the old machine tells it of that.
    members.mark_failed(second)
    assert members.failed == ["n1"]
    members.mark_failed(servers[1])
    members.mark_ok(second)
    assert members.failed == ["n1", "n2"]


def test_texts_that_mark() -> None:
    members, stands, _ = following(["a:80", "b:80=2", "c:80"], settle=0)
    assert stands()
    members.mark_failed("b:80=2")
    assert members.failed == ["b:80"]
    assert all(server.hostname != "b" for server in members.candidates("key"))
    members.mark_ok("b:80=2")
    assert members.failed == []
    with pytest.raises(ContinuumError, match="no member is 'nobody:1'"):
        members.mark_failed("nobody:1")
    for stranger in (None, 5):
        with pytest.raises(TypeError, match="a member is a Server or its text"):
            members.mark_failed(stranger)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="a member is a Server or its text"):
            members.mark_ok(stranger)  # type: ignore[arg-type]
    for seconds in (float("nan"), -1, "3"):
        with pytest.raises(ContinuumError, match="seconds is a number from 0 up"):
            members.mark_failed("a:80", seconds)  # type: ignore[arg-type]
    assert members.failed == []


def test_a_set_has_no_order() -> None:
    members = Members(lambda: set(TEN), scheme="jump", settle=0)
    assert not members.refresh() and members.metrics()["refusals"]["unbuilt"] == 1
    assert members.last_refusal is not None and "a set has none" in members.last_refusal.message
    free = Members(lambda: set(TEN), scheme="rendezvous-1", settle=0)
    assert free.refresh() and not free.refresh() and len(free.continuum) == 10


def test_answers_of_other_types_do_not_end_the_thread() -> None:
    good: list[Any] = ["a:80", "b:80", "c:80"]
    wrong = {"host": "b", "port": 80, "id": "7"}
    answer: list[Any] = [wrong]
    with Members(lambda: answer, scheme="rendezvous-1", settle=0, max_move=1).watch(0.005) as members:
        for answer in ([wrong], good, [*good, wrong], [7], good[:2]):
            answers, faults = members.metrics()["answers"], members.metrics()["faults"]
            for _ in range(3000):
                metrics = members.metrics()
                if metrics["answers"] + metrics["faults"] > answers + faults + 2:
                    break
                threading.Event().wait(0.01)
            assert members._thread is not None and members._thread.is_alive()
        assert [server.hostname for server in members.continuum] == ["a", "b"]
        assert metrics["faults"] > 0 and metrics["refusals"]["unbuilt"] == 2
    for interval in ("x", None, 0, -1, float("nan"), float("inf")):
        with pytest.raises(ContinuumError, match="interval is a number of seconds above 0"):
            members.watch(interval)  # type: ignore[arg-type]


class Hanging:
    """A source that answers until it is told to hang, and is let go by the test."""

    def __init__(self, servers: list[str]) -> None:
        self.servers = servers
        self.hangs, self.hung, self.freed = False, threading.Event(), threading.Event()

    def __call__(self) -> list[str]:
        if self.hangs:
            self.hung.set()
            assert self.freed.wait(60)
        return self.servers


def test_a_source_that_hangs_holds_nobody_else() -> None:
    source = Hanging(TEN)
    members = Members(source, scheme="rendezvous-1", settle=0)
    assert members.refresh()
    assert members.metrics()["servers"] == 10
    source.hangs = True
    members.watch(0.005)
    thread = members._thread
    assert thread is not None and source.hung.wait(30)
    try:
        began = time.monotonic()
        metrics = members.metrics()
        assert (metrics["servers"], metrics["answers"]) == (10, 1)
        assert 'continuum_map_servers{map="m"} 10\n' in members.prometheus("m")
        members.approve(7)
        members.mark_failed(TEN[0])
        members.close(0.05)
        assert time.monotonic() - began < 20 and thread.is_alive()
        assert members._thread is None
        source.servers = TEN[:9]
    finally:
        source.freed.set()
    thread.join(30)
    assert not thread.is_alive()
    # It was closed before this answer came.
    assert len(members.continuum) == 10 and members.metrics()["answers"] == 1
    assert members.refresh() and len(members.continuum) == 9


def test_what_is_approved_while_it_is_judged_is_judged_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    servers = TEN[:]
    members = Members(lambda: servers, scheme="rendezvous-1", settle=0, max_move=0)
    assert members.refresh()
    servers = TEN[:5]
    fingerprint = Continuum(scheme="rendezvous-1", servers=servers).fingerprint()
    advice = Continuum.advice

    def approved(self: Continuum) -> Any:
        members.approve(fingerprint)
        return advice(self)

    with monkeypatch.context() as patch:
        patch.setattr(Continuum, "advice", approved)
        assert not members.refresh()
    assert members.refresh() and len(members.continuum) == 5


@pytest.mark.parametrize(
    "error", [asyncio.CancelledError, SystemExit, GeneratorExit, MemoryError, BaseException]
)
def test_whatever_a_source_raises_is_a_fault(error: type[BaseException]) -> None:
    raised: list[BaseException] = []

    def source() -> list[str]:
        if len(raised) < 3:
            raised.append(error())
            raise raised[-1]
        return TEN

    with Members(source, scheme="rendezvous-1", settle=0).watch(0.005) as members:
        for _ in range(3000):
            if members.metrics()["servers"] == 10:
                break
            time.sleep(0.01)
        assert members.metrics()["servers"] == 10
        assert members.metrics()["faults"] == 3
        assert members.last_fault == error.__name__


def test_who_ends_the_program_is_no_fault() -> None:
    """A signal's handler raises in the main thread, wherever that is."""
    for error in (KeyboardInterrupt, SystemExit):

        def source() -> list[str]:
            raise error

        members = Members(source, scheme="rendezvous-1")
        with pytest.raises(error):
            members.refresh()
        assert members.metrics()["faults"] == 0


@pytest.mark.filterwarnings("error")
def test_a_warning_that_is_an_error() -> None:
    members = Members(lambda: TEN[:2], scheme="jump", settle=0)
    for _ in range(3):
        assert not members.refresh()
    assert members.last_refusal is not None and members.metrics()["refusals"]["unbuilt"] == 1


def test_what_fails_while_it_is_judged_is_judged_again(monkeypatch: pytest.MonkeyPatch) -> None:
    members, stands, _ = following(TEN, settle=0)
    with monkeypatch.context() as patch:
        patch.setattr(Continuum, "advice", lambda self: 1 / 0)
        assert not members.refresh() and not members.refresh()
        assert members.metrics()["faults"] == 2 and members.last_fault == "division by zero"
    assert members.refresh() and len(members.continuum) == 10


def test_a_file(tmp_path: Path) -> None:
    path, clock = tmp_path / "servers.txt", Clock()
    members = Members(path, scheme="twemproxy", settle=0, clock=clock)
    assert not members.refresh() and "No such file" in str(members.last_fault)
    path.write_text("\n".join(TEN))
    assert not members.refresh() and "last line does not end" in str(members.last_fault)
    path.write_text("\n".join([*TEN, ""]))
    assert members.refresh() and members.continuum.scheme == "twemproxy"
    path.write_text("")
    assert not members.refresh() and "has no servers" in str(members.last_fault)
    (tmp_path / "next").write_text("\n".join([*TEN[1:], ""]))
    os.replace(tmp_path / "next", path)
    assert members.refresh() and len(members.continuum) == 9


def test_an_endpoint(endpoint: Endpoint) -> None:
    source = sources.ElastiCache(endpoint.address, timeout=5)
    whole = endpoint.say(12, ["a.cache", "b.cache"])
    assert [server.identity for server in source()] == ["a.cache:11211", "b.cache:11211"]
    for end in range(1, len(whole), 7):
        endpoint.answer = whole[:end]
        with pytest.raises(ContinuumError, match="half an answer|begins with"):
            source()
    endpoint.say(12, ["a.cache"])
    with pytest.raises(ContinuumError, match="other nodes than before under the same version"):
        source()
    endpoint.say(11, ["a.cache"])
    with pytest.raises(ContinuumError, match="its version went back from 12 to 11"):
        source()
    endpoint.answer = b"ERROR\r\n"
    with pytest.raises(ContinuumError, match="no configuration endpoint"):
        source()
    endpoint.say(13, [])
    assert source() == []
    for wrong in ("a", "a:b", ":1", "a:0"):
        with pytest.raises(ContinuumError, match="is not host:port"):
            sources.ElastiCache(wrong)


def test_thousands_of_changes_with_eight_readers(endpoint: Endpoint) -> None:
    """Empty answers, half answers and flapping: a model says after each what must be in force."""
    rng, clock, scheme = random.Random(17), Clock(), "twemproxy"
    members = Members(
        f"elasticache://{endpoint.address}", scheme=scheme, max_move=0.3, settle=3, clock=clock
    )
    allowed: dict[int, Continuum] = {}
    wrong, looked, ended = [], [0] * 8, threading.Event()

    def read(at: int) -> None:
        while not ended.wait(0.002):
            found = members._map
            if found is not None:
                key = f"key-{looked[at]}"
                model = allowed.get(found.fingerprint())
                if model is None or model.resolve(key) != found.resolve(key):
                    wrong.append(found)
                looked[at] += 1

    readers = [threading.Thread(target=read, args=(at,)) for at in range(8)]
    for reader in readers:
        reader.start()
    hosts = [f"node-{n}" for n in range(8)]
    before, model, stands, named = hosts, None, None, 8
    for change in range(1, 1501):
        half = rng.random() < 0.1
        if not half:
            if model is not None and rng.random() < 0.7:
                hosts = [str(server.hostname) for server in model]
            said = hosts.copy()
            kind = rng.random()
            if kind < 0.05:
                said = []
            elif kind < 0.1:
                said = said[: len(said) // 2]
            elif kind < 0.2:
                said = before
            elif kind < 0.5 and len(said) > 6:
                said.pop(rng.randrange(len(said)))
            elif len(said) < 16:
                said.insert(rng.randrange(len(said) + 1), f"node-{(named := named + 1)}")
            before, hosts = hosts, said
        whole = endpoint.say(change, hosts)
        if half:
            endpoint.answer = whole[: rng.randrange(1, len(whole))]
        for _ in range(rng.choice((1, 3))):
            now = clock.now
            stands = None if half else stands if stands and stands[0] == hosts else (hosts, now)
            if stands and hosts and now - stands[1] >= 3:
                new = Continuum(scheme=scheme, servers=[f"{host}:11211" for host in hosts])
                if model is None or (new != model and Plan.between(model, new).moved <= 0.3):
                    model = new
                    allowed[new.fingerprint()] = new
            members.refresh()
            assert members._map == model, f"after change {change}"
            clock.now += 0.5 + 2.5 * rng.random()
    ended.set()
    for reader in readers:
        reader.join()
    metrics = members.metrics()
    assert not wrong and min(looked) > 10
    assert metrics["changes"] > 60 and metrics["faults"] > 60, metrics
    assert all(metrics["refusals"][reason] > 5 for reason in ("empty", "move")), metrics


def test_a_thread_that_watches(tmp_path: Path) -> None:
    path = tmp_path / "servers.txt"
    path.write_text("\n".join([*TEN, ""]))
    with Members(path, scheme="rendezvous-1", settle=0.02).watch(0.01) as members:
        assert len(members.wait(30)) == 10
        (tmp_path / "next").write_text("\n".join([*TEN[1:], ""]))
        os.replace(tmp_path / "next", path)
        for _ in range(3000):
            if len(members.continuum) == 9:
                break
            threading.Event().wait(0.01)
        assert len(members.continuum) == 9
    assert members._thread is None
    with pytest.raises(ContinuumError, match=r"no servers in 0\.05 s: .*No such file"):
        Members(tmp_path / "gone", scheme="rendezvous-1").wait(0.05)


def test_metrics() -> None:
    members, stands, _ = following(TEN[:2], settle=0)
    assert 'continuum_map_servers{map="a\\"b"} 0\n' in members.prometheus('a"b')
    assert stands()
    members.mark_failed(TEN[1])
    text = members.prometheus("sessions")
    fingerprint = members.fingerprint
    assert fingerprint is not None
    labels = f'map="sessions",fingerprint="{fingerprint:016x}",scheme="rendezvous-1"'
    for line in (
        f"continuum_map_info{{{labels}}} 1",
        f'continuum_map_fingerprint{{map="sessions"}} {fingerprint % 2**48}',
        'continuum_server_failed{map="sessions",server="10.0.0.1:80"} 1',
        'continuum_map_changes_total{map="sessions"} 1',
        'continuum_map_refusals_total{map="sessions",reason="move"} 0',
    ):
        assert f"\n{line}\n" in f"\n{text}", text
    assert sum(members.metrics()["shares"].values()) == pytest.approx(1)
    assert "last_refusal" not in text


def test_refusals_at_the_start() -> None:
    for wrong in ({"max_move": 1.5}, {"max_move": float("nan")}, {"settle": -1}):
        with pytest.raises(ContinuumError):
            Members(lambda: TEN, **wrong)
    with pytest.raises(ContinuumError, match="no source is called 'consul'"):
        Members("consul://127.0.0.1")
    with pytest.raises(TypeError, match="a source is a callable"):
        Members(7)  # type: ignore[arg-type]


def test_a_file_that_hashes_something_else_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "nginx.conf"
    text = "upstream u { hash $uri consistent; server 10.0.0.1; server 10.0.0.2; }\n"
    file.write_text(text)
    source = sources.File(file)
    assert len(source()) == 2
    file.write_text(text.replace("$uri", "$arg_id"))
    with pytest.raises(ContinuumError, match=r"hashes \$arg_id instead of \$uri, so every key"):
        source()
    file.write_text(text)
    assert len(source()) == 2


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "servers.txt"
    os.mkfifo(pipe)
    with pytest.raises(ContinuumError, match="is no regular file"):
        sources.File(pipe, scheme="ring-1")()
