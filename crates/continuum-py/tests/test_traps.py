"""What people who come from other packages trip over: each was silent or late once."""

from __future__ import annotations

import copy
import os
import pickle
import re
import signal
import subprocess
import sys
import threading
import time
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy
import pyarrow
import pytest
from continuum import (
    Assignment,
    Bounded,
    Continuum,
    ContinuumError,
    ContinuumWarning,
    InFlight,
    Plan,
    Server,
    Transition,
    identify,
    ramp,
    schemes,
)

KEYS = [f"key-{number}" for number in range(500)]


def owners(continuum: Continuum) -> list[str]:
    return [server.identity for server in continuum.resolve_all(KEYS)]


@pytest.mark.parametrize(
    "servers",
    [
        {"a:80": 1, "b:80": 9},
        {"a:80": 1, "b:80": {"weight": 9}},
        {"a:80": {}, "b:80": {"capacity": 9}},
        {Server("a", 80): 1, Server("b", 80): 9},
    ],
)
def test_a_mapping_holds_weights(servers: Any) -> None:
    weighted = Continuum(scheme="uhashring:mode=ketama", servers=servers)
    listed = Continuum(scheme="uhashring:mode=ketama", servers=["a:80", "b:80=9"])
    assert owners(weighted) == owners(listed)


@pytest.mark.parametrize(
    "weight", [numpy.int64(9), numpy.float32(9), Decimal(9), Fraction(9)], ids=repr
)
def test_a_weight_is_any_number_that_a_server_takes(weight: Any) -> None:
    weighted = Continuum(scheme="ring-1", servers={"a:80": 1, "b:80": weight})
    assert weighted == Continuum(scheme="ring-1", servers=["a:80", Server("b", 80, weight)])
    assert owners(weighted) == owners(Continuum(scheme="ring-1", servers=["a:80", "b:80=9"]))


@pytest.mark.parametrize("weight", ["9", None, True, [1], {"colour": 1}])
def test_a_mapping_of_anything_else_is_refused(weight: Any) -> None:
    with pytest.raises(TypeError, match="'b:80'"):
        Continuum(scheme="ring-1", servers={"b:80": weight})


@pytest.mark.parametrize(
    ("call", "right"),
    [
        (lambda: Server("10.0.0.1:11311"), "Server('10.0.0.1', 11311)"),
        (lambda: Server("d:80", 80), "Server('d', 80)"),
        (lambda: Server("[::1]:80"), "Server('::1', 80)"),
        (lambda: Continuum().add_server("d:80", 80), "Server('d', 80)"),
        (lambda: Continuum(servers=[{"host": "a:80"}]), "Server('a', 80)"),
    ],
)
def test_a_port_in_a_host_name_is_refused(call: Any, right: str) -> None:
    with pytest.raises(ValueError) as caught:
        call()
    assert right in str(caught.value)


@pytest.mark.parametrize("host", ["::1", "fe80::1", "[::1]", "/run/a.sock", "redis://h:6379", "n-1"])
def test_hosts_that_hold_no_port(host: str) -> None:
    assert Server(host).hostname == host


def test_arguments_in_the_wrong_order() -> None:
    with pytest.raises(TypeError, match="a host name is a str, not int: 80"):
        Server(80, "a")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="server 'a': port is an int, not str: '80'"):
        Server("a", "80")  # type: ignore[arg-type]
    for host in ("d e\n", "d e", " d", "d\t"):
        with pytest.raises(ValueError):
            Server(host)


def test_a_server_reads_as_its_address() -> None:
    assert str(Server("a", 80)) == "a:80"
    assert f"{Server('::1', 80, name='first')}" == "[::1]:80"
    assert Server("/run/a.sock").address == "/run/a.sock"


def test_identities_follow_changes() -> None:
    server = Server("a", 80)
    assert server.identity == "a:80"
    server.port = 81
    assert server.identity == "a:81"
    server.name = "n"
    assert server.identity == "n"
    server.capacity = 3
    assert copy.copy(server).identity == pickle.loads(pickle.dumps(server)).identity == "n"


def test_an_empty_scheme_is_refused() -> None:
    with pytest.raises(ContinuumError, match="the scheme is empty"):
        Continuum(scheme="")


@pytest.mark.parametrize("scheme", ["jump", "uhashring", "libmemcached"])
def test_a_set_has_no_order(scheme: str) -> None:
    with pytest.raises(TypeError, match="a set has none: give a list"):
        Continuum(scheme=scheme, servers={"a:80", "b:80"})
    with pytest.raises(TypeError, match="a set has none"):
        Continuum(scheme=scheme).add_servers(frozenset({"a:80"}))


def test_a_set_is_enough_where_order_decides_nothing() -> None:
    assert len(Continuum(scheme="rendezvous-1", servers={"a:80", "b:80"})) == 2


@pytest.mark.parametrize("servers", ["a:80,b:80", b"a:80", Server("a", 80), 3])
def test_one_server_is_no_list_of_servers(servers: Any) -> None:
    with pytest.raises(TypeError, match="servers is a list of servers"):
        Continuum(scheme="ring-1", servers=servers)


def test_the_first_argument_is_a_number() -> None:
    with pytest.raises(TypeError, match="say scheme='nginx'"):
        Continuum("nginx")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"say servers=\['a:80'\]"):
        Continuum(["a:80"])  # type: ignore[arg-type]


@pytest.mark.parametrize("wrap", [list, tuple, iter])
@pytest.mark.parametrize("wrong", [None, 1.5, -1, object()])
def test_errors_in_batches_name_the_row(wrap: Any, wrong: Any) -> None:
    continuum = Continuum(scheme="ring-1", servers=["a:80", "b:80"])
    with pytest.raises((TypeError, OverflowError), match="^key 2: "):
        continuum.resolve_all(wrap(["a", "b", wrong, "d"]))


@pytest.mark.parametrize(
    "wrap",
    [
        lambda numbers: numpy.array(numbers),
        lambda numbers: numpy.array(numbers)[::1].astype(">i4"),
        lambda numbers: pyarrow.array(numbers),
        lambda numbers: pyarrow.array(numbers).dictionary_encode(),
        lambda numbers: pyarrow.chunked_array([numbers[:2], numbers[2:]]),
        lambda numbers: pyarrow.table({"key": numbers}),
    ],
)
def test_numbers_below_0_name_their_row(wrap: Any) -> None:
    continuum = Continuum(scheme="slots-1", servers=["a:80", "b:80"])
    for ask in (continuum.resolve_indices, continuum.resolve_array, continuum.resolve_all):
        with pytest.raises(OverflowError, match=r"^key 4: an int key is from 0 to 2\*\*64 - 1$"):
            ask(wrap([5, 5, 0, 5, -7, 1, -9]))
    many = wrap([*range(40_000), -1])
    with pytest.raises(OverflowError, match="^key 40000: an int key is from 0"):
        continuum.resolve_array(many)
    if hasattr(many, "__arrow_c_stream__") or hasattr(many, "__arrow_c_array__"):
        with pytest.raises(OverflowError, match="^key 40000: an int key is from 0"):
            continuum.resolve_arrow(many)


def test_a_text_without_utf8_names_its_row() -> None:
    continuum = Continuum(scheme="ring-1", servers=["a:80", "b:80"])
    with pytest.raises(UnicodeEncodeError) as caught:
        continuum.resolve_all(["a", "\ud800"])
    assert "key 1" in caught.value.__notes__


class Interrupts:
    def __index__(self) -> int:
        raise KeyboardInterrupt


def test_exceptions_of_the_caller_come_through() -> None:
    continuum = Continuum(scheme="ring-1", servers=["a:80", "b:80"])
    with pytest.raises(KeyboardInterrupt):
        continuum.resolve(Interrupts())  # type: ignore[arg-type]
    with pytest.raises(KeyboardInterrupt):
        continuum.resolve_all(["a", Interrupts()])  # type: ignore[list-item]


def test_memoryviews() -> None:
    continuum = Continuum(scheme="ring-1", servers=["a:80", "b:80"])
    with pytest.raises(TypeError, match="many keys are wanted"):
        continuum.resolve_all(memoryview(b"abc"))
    with pytest.raises(TypeError, match=r"key\.cast\('B'\)"):
        continuum.resolve(memoryview(bytes(8)).cast("I"))


def test_counts_below_zero() -> None:
    continuum = Continuum(scheme="ring-1", servers=["a:80", "b:80"])
    with pytest.raises(ValueError, match="a count is 0 or more, not -1"):
        continuum.copies("key", -1)
    assert len(continuum.copies("key", 10**30)) == 2


def test_text_forms_pair() -> None:
    continuum = Continuum(scheme="ring-1")
    continuum.add_server("z:1=2")
    assert "z:1=2" in continuum and "z:1" in continuum
    continuum.remove_server("z:1=2")
    assert len(continuum) == 0


def test_set_capacity() -> None:
    continuum = Continuum(scheme="ring-1", servers=["a:80", "b:80"])
    continuum.set_capacity("b:80", 3)
    assert owners(continuum) == owners(Continuum(scheme="ring-1", servers=["a:80", "b:80=3"]))
    with pytest.raises(ValueError):
        continuum.set_capacity("c:80", 3)
    with pytest.raises(ContinuumError):
        continuum.set_capacity("b:80", -1)
    assert continuum.servers[1].capacity == 3


def test_add_servers_is_all_or_none() -> None:
    continuum = Continuum(scheme="ring-1", servers=["a:80"])
    with pytest.raises(TypeError, match="server already added: a:80"):
        continuum.add_servers(["b:80", "a:80"])
    assert [str(server) for server in continuum] == ["a:80"]
    continuum.add_servers({"b:80": 2, "c:80": 1})
    assert owners(continuum) == owners(
        Continuum(scheme="ring-1", servers=["a:80", "b:80=2", "c:80"])
    )


def seconds(run: Any) -> float:
    began = time.process_time()
    run()
    return time.process_time() - began


def test_one_server_at_a_time_costs_little_more() -> None:
    """266 times as much as all at once, when each addition built the map."""
    names = [f"10.0.{number // 250}.{number % 250}:80" for number in range(500)]

    def singly() -> None:
        continuum = Continuum(scheme="slots-1:slots=262144")
        for name in names:
            continuum.add_server(name)
        continuum.resolve("key")

    def together() -> None:
        Continuum(scheme="slots-1:slots=262144", servers=names).resolve("key")

    ratio = min(seconds(singly) / seconds(together) for _ in range(5))
    assert ratio < 3, ratio


def test_what_is_built_later_is_refused_at_once() -> None:
    continuum = Continuum(scheme="nginx", servers=["a:80"])
    with pytest.raises(ContinuumError, match="capacity 0.5 does not fit scheme 'nginx'"):
        continuum.add_server("b:80=0.5")
    assert [str(server) for server in continuum] == ["a:80"]
    assert continuum.resolve("key").hostname == "a"


def test_advice_of_a_late_build_comes_with_the_first_look() -> None:
    continuum = Continuum(scheme="pymemcache", servers=["a:80"])
    continuum.add_server("b:80=2")
    with pytest.warns(ContinuumWarning):
        continuum.resolve("key")


def test_a_late_build_is_seen_by_everything() -> None:
    whole = Continuum(scheme="ring-1", servers=["a:80", "b:80"])
    for look in (
        lambda late: late.resolve_indices(KEYS),
        lambda late: late.fingerprint(),
        lambda late: late.ownership(),
        lambda late: late.candidates("key"),
        lambda late: late.points(),
        lambda late: [copy.copy(late).resolve(key).port for key in KEYS],
        lambda late: pickle.loads(pickle.dumps(late)).resolve_indices(KEYS),
        lambda late: Plan.between(whole, late).moved,
        lambda late: late == whole,
    ):
        late = Continuum(scheme="ring-1", servers=["a:80"])
        late.add_server("b:80")
        assert look(late) == look(whole)


def test_snapshots_hold_both() -> None:
    continuum = Continuum(scheme="ring-1", servers=[f"10.0.0.{n}:80" for n in range(8)])
    stop = threading.Event()

    def churn() -> None:
        while not stop.is_set():
            server = continuum.add_server("10.0.1.1:80")
            continuum.servers.reverse()
            continuum.generate()
            continuum.remove_server(server)

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        for _ in range(300):
            now = continuum.snapshot()
            named = [now.servers[owner or 0] for owner in now.resolve_indices(KEYS)]
            assert named == now.resolve_all(KEYS)
    finally:
        stop.set()
        thread.join()


def test_points() -> None:
    continuum = Continuum(scheme="ring-1", servers=["a:80", "b:80"])
    points = continuum.points()
    assert points == sorted(points, key=lambda point: point[0])
    for position, server in points[:50]:
        assert continuum._owner_at(position) == server
    with pytest.raises(ContinuumError, match="has no ring"):
        Continuum(scheme="rendezvous-1", servers=["a:80"]).points()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_fork_while_a_thread_changes_servers() -> None:
    """The child hung, 20 times of 20: it had the lock as another thread held it."""
    continuum = Continuum(scheme="ring-1", servers=["a:80", "b:80"])
    stop = threading.Event()

    def churn() -> None:
        while not stop.is_set():
            continuum.remove_server(continuum.add_server("c:80"))
            continuum.generate()

    thread = threading.Thread(target=churn)
    thread.start()
    children = []
    try:
        for _ in range(10):
            child = os.fork()
            if child == 0:
                status = 1
                try:
                    continuum.add_server("child:80")
                    pickle.dumps(copy.copy(continuum))
                    status = 0 if continuum.resolve("key") else 2
                finally:
                    os._exit(status)
            children.append(child)
    finally:
        stop.set()
        thread.join()
    deadline = time.monotonic() + 20
    for child in children:
        while (done := os.waitpid(child, os.WNOHANG)) == (0, 0):
            if time.monotonic() > deadline:
                os.kill(child, 9)
                os.waitpid(child, 0)
                pytest.fail("a child hangs")
            time.sleep(0.01)
        assert done[1] == 0


def test_a_ramp_of_no_change_is_free() -> None:
    continuum = Continuum(scheme="ring-1", servers=["a:80", "b:80"])
    assert seconds(lambda: ramp(continuum, continuum, 10**9)) < 1


def test_importing_is_quick() -> None:
    """Three quarters of it were spent on finding the release's number."""
    imported = subprocess.run(
        [sys.executable, "-c", "import sys, continuum; print('importlib.metadata' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert imported.stdout == "False\n"


@pytest.mark.filterwarnings("ignore::continuum.ContinuumWarning")
@pytest.mark.parametrize("scheme", ["uhashring", "pymemcache", "nginx", "redis-cluster"])
def test_ints_are_no_keys_of_a_program_that_takes_text(scheme: str) -> None:
    """They were hashed as eight bytes, and the program hashes `str(key)`."""
    continuum = Continuum(scheme=scheme, servers=["a:80", "b:80"])
    both = Transition.between(continuum, Continuum(scheme=scheme, servers=["a:80"]))
    for look in (
        lambda: continuum.resolve(17),
        lambda: continuum.candidates(17),
        lambda: continuum.resolve_where(17, bool),
        lambda: continuum.position(17),
        lambda: InFlight(continuum, Bounded(1.25)).acquire(17),
        lambda: both.write(17),
    ):
        with pytest.raises(TypeError, match=rf"no key under scheme '{scheme}'.*say str\(key\)"):
            look()
    batches: list[Any] = [["a", 17], ("a", 17), iter(["a", 17])]
    for batch in batches:
        with pytest.raises(TypeError, match="^key 1: an int is no key"):
            continuum.resolve_all(batch)
    with pytest.raises(TypeError, match="^key 1: an int is no key"):
        Plan.over_keys(continuum, continuum, ["a", 17])
    with pytest.raises(TypeError, match="an int is no key"):
        continuum.resolve_indices(numpy.arange(3))
    for column in (pyarrow.array([1, 2]), pyarrow.array([1, 2]).dictionary_encode()):
        with pytest.raises(TypeError, match="an int is no key"):
            continuum.resolve_indices(column)
    assert continuum.resolve(str(17)) and continuum.resolve((17).to_bytes(8, "little"))


@pytest.mark.filterwarnings("ignore::continuum.ContinuumWarning")
@pytest.mark.parametrize("scheme", [None, "slots-1", "ring-1", "rendezvous-1", "jump", "jumpback"])
def test_ints_are_keys_where_numbers_are(scheme: str | None) -> None:
    continuum = Continuum(scheme=scheme, servers=["a:80", "b:80"])
    assert continuum.resolve(17) is continuum.resolve((17).to_bytes(8, "little"))


def test_the_catalogue_says_which_schemes_take_numbers() -> None:
    takes = {scheme.name for scheme in schemes() if scheme.takes_ints}
    assert {"jump", "guava", "slots-1"} <= takes
    assert not {"nginx", "uhashring", "libmemcached"} & takes


@pytest.mark.skipif(os.name != "posix", reason="signals are of POSIX")
def test_a_ramp_can_be_interrupted() -> None:
    """It held an interrupt off until it ended: with so many steps, for days."""
    old = Continuum(scheme="ring-1", servers=["a:80", "b:80"])
    new = Continuum(scheme="ring-1", servers=["a:80", "b:80=3"])
    timer = threading.Timer(0.3, signal.raise_signal, [signal.SIGINT])
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        ramp(old, new, 2**32 - 1)
    timer.join()


#: As many keys as are resolved between two looks at signals.
BLOCK = [f"key-{number}" for number in range(1 << 14)]
PACKED = numpy.array(BLOCK)


@pytest.mark.skipif(os.name != "posix", reason="signals are of POSIX")
@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        ("list", lambda blocks: BLOCK * blocks),
        ("iterator", lambda blocks: iter(BLOCK * blocks)),
        ("bytes of NumPy", lambda blocks: numpy.tile(PACKED.astype("S"), blocks)),
        ("texts of NumPy", lambda blocks: numpy.tile(PACKED, blocks)),
        ("integers of NumPy", lambda blocks: numpy.arange(len(BLOCK) * blocks)),
        ("Arrow", lambda blocks: pyarrow.array(BLOCK * blocks)),
        ("plan", lambda blocks: BLOCK * blocks),
    ],
)
def test_a_batch_can_be_interrupted(kind: str, keys: Any) -> None:
    """It held an interrupt off until it ended."""
    servers = [f"10.0.{number // 250}.{number % 250}:80" for number in range(8000)]
    continuum = Continuum(scheme="rendezvous-1", servers=servers)
    smaller = Continuum(scheme="rendezvous-1", servers=servers[1:])

    def ask(given: Any) -> float:
        began = time.monotonic()
        if kind == "plan":
            Plan.over_keys(continuum, smaller, given)
        else:
            continuum.resolve_array(given)
        return time.monotonic() - began

    # The map is built by the first look.
    ask(keys(1))
    one, many = ask(keys(1)), keys(128)
    timer = threading.Timer(min(one, 0.2), signal.raise_signal, [signal.SIGINT])
    began = time.monotonic()
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        ask(many)
    assert time.monotonic() - began < 32 * one
    timer.join()


@pytest.mark.parametrize(
    "call",
    [
        lambda continuum: continuum.copies_in_zones("key", -1),
        lambda continuum: continuum.copy_ownership(-1),
        lambda continuum: Assignment.from_continuum(continuum, -1),
        lambda continuum: Assignment.from_continuum(continuum, 8, copies=-1),
        lambda _: Bounded(1.25, min_cap=-1),
        lambda _: Bounded(1.25).cap(-1, 0.5),
        lambda continuum: ramp(continuum, Continuum(scheme="ring-1", servers=["c:80"]), -1),
    ],
)
def test_a_negative_count_is_named(call: Any) -> None:
    with pytest.raises(ValueError, match="a count is 0 or more, not -1"):
        call(Continuum(scheme="ring-1", servers=["a:80", "b:80"]))


def test_what_is_no_server_in_the_list_is_named() -> None:
    continuum = Continuum(scheme="ring-1", servers=["a:80"])
    continuum.servers.append("x:80")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"servers\[1\] is no Server but 'x:80': say add_server"):
        continuum.generate()
    assert "x:80" not in continuum and "a:80" in continuum
    assert continuum.resolve("key").hostname == "a"


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: Server("a", 70000), "port 70000 is not a number from 0 to 65535"),
        (lambda: Server("a", -1), "port -1 is not a number from 0 to 65535"),
        (lambda: Server("a", 80, "2"), "capacity is a number, not str: '2'"),  # type: ignore[arg-type]
        (lambda: Server.parse("redis://h:6379"), "a URL is no address"),
        (lambda: Continuum({"a:80"}), "say servers="),  # type: ignore[arg-type]
        (lambda: Continuum(scheme=3), "scheme is the text of a scheme, not int"),  # type: ignore[arg-type]
        (lambda: identify([("key", "a:80")], "a:80"), "servers is a list of servers"),  # type: ignore[arg-type]
    ],
)
def test_wrong_arguments_are_refused_where_they_are_given(call: Any, says: str) -> None:
    with pytest.raises((TypeError, ValueError), match=re.escape(says)):
        call()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("ketama", "libmemcached:distribution=ketama"),
        ("pylibmc", "libmemcached"),
        ("hash_ring", "hash-ring"),
        ("maglev", "envoy-maglev"),
        ("NGINX", "nginx"),
        ("ngnix", "nginx"),
        ("rendezvous", "rendezvous-1"),
    ],
)
def test_familiar_names_lead_to_schemes(written: str, meant: str) -> None:
    with pytest.raises(ContinuumError, match=f"no scheme '{written}'; perhaps .*{meant}"):
        Continuum(scheme=written)


def test_python_memcached_is_a_scheme() -> None:
    assert Continuum(scheme="python-memcached", servers=["a:80"]).scheme == "memcached-modulo"


def test_one_field_by_two_names() -> None:
    with pytest.raises(TypeError, match="weight and capacity are one field: 2 and 3 are given"):
        Server.from_mapping({"host": "a", "weight": 2, "capacity": 3})
    assert Server.from_mapping({"host": "a", "weight": 2, "capacity": 2}).capacity == 2


def test_keys_by_name() -> None:
    """As in the package of 2010."""
    continuum = Continuum(servers=["a:80", "b:80"])
    assert continuum.resolve(key="k") == continuum.resolve("k")
    assert continuum.candidates(key="k") == continuum.candidates("k")
