"""The module of 2010: names, errors, and when changes take effect."""

from __future__ import annotations

import math

import pytest

import continuum
from continuum import DEFAULT_TOTAL_DOTS, Continuum, ContinuumError, ContinuumWarning, Server

KEYS = [f"key-{number}" for number in range(500)]


def three() -> Continuum:
    built = Continuum()
    built.add_server("192.168.0.1", 8080)
    built.add_server("192.168.0.2", 8080)
    built.add_server("192.168.0.3", 8080, 2)
    return built


def test_the_session_everyone_starts_with() -> None:
    built = Continuum()
    with pytest.raises(IndexError, match=r"^empty continuum$"):
        built.resolve("my-key")
    first = built.add_server("192.168.0.1", 8080)
    assert repr(first) == '<Server "192.168.0.1:8080", capacity=1>'
    built.add_server("192.168.0.2", 8080)
    third = built.add_server(hostname="192.168.0.3", port=8080, capacity=2)
    assert repr(third) == '<Server "192.168.0.3:8080", capacity=2>'
    fourth = built.add_server("192.168.0.4", 8080)
    nothing: object = built.remove_server(fourth)  # type: ignore[func-returns-value]
    assert nothing is None
    assert len(built) == 3
    with pytest.raises(TypeError, match=r"^server already added$"):
        built.add_server("192.168.0.2", 8080)
    # The capacity does not make another server of it.
    with pytest.raises(TypeError, match=r"^server already added$"):
        built.add_server("192.168.0.2", 8080, 7)
    assert built.resolve("my-first-key") is first
    assert built.resolve("my-other-key") is third


def test_attributes() -> None:
    built = Continuum(160, False)
    assert (built.totaldots, built.autogenerate, built.servers) == (160, False, [])
    assert Continuum().totaldots == DEFAULT_TOTAL_DOTS == 1000
    assert Continuum().autogenerate is True
    assert not built
    server = built.add_server("a", 80)
    assert built.servers == [server]
    assert built.servers[0] is server
    assert built


def test_empty_again() -> None:
    built = Continuum()
    built.remove_server(built.add_server("a", 80))
    with pytest.raises(IndexError, match="empty continuum"):
        built.resolve("key")
    with pytest.raises(IndexError, match="empty continuum"):
        built.resolve_indices(["key"])
    with pytest.raises(IndexError, match="empty continuum"):
        built.resolve_all(["key"])
    assert built.resolve_indices([]) == built.resolve_all([]) == []
    assert built.candidates("key") == []


def test_removing_a_stranger() -> None:
    built = three()
    with pytest.raises(ValueError, match="192.168.0.9:8080.* is not in the continuum"):
        built.remove_server(Server("192.168.0.9", 8080))
    with pytest.raises(ValueError):
        built.remove_server("nobody")
    with pytest.raises(ValueError):
        built.remove_server(17)  # type: ignore[arg-type]
    # By equality, as list.remove does.
    built.remove_server(Server("192.168.0.3", 8080, 99))
    assert len(built) == 2


def test_without_autogenerate_nothing_changes_until_generate() -> None:
    built = Continuum(autogenerate=False)
    first, second = built.add_server("a", 80), built.add_server("b", 80)
    with pytest.raises(IndexError, match="empty continuum"):
        built.resolve("key")
    built.generate()
    before = built.resolve_all(KEYS)
    assert {first, second} == set(before)
    built.remove_server(second)
    assert len(built) == 1
    # The old points stay, and resolve to the removed server.
    assert built.resolve_all(KEYS) == before
    built.generate()
    assert set(built.resolve_all(KEYS)) == {first}
    with pytest.raises(IndexError):
        Continuum(autogenerate=False, servers=["a:80"]).resolve("key")


def test_a_changed_capacity_takes_effect_at_generate() -> None:
    built = three()
    before = built.resolve_indices(KEYS)
    built.servers[0].capacity = 5
    assert built.resolve_indices(KEYS) == before
    built.generate()
    again = Continuum(servers=["192.168.0.1:8080=5", "192.168.0.2:8080", "192.168.0.3:8080=2"])
    assert built.resolve_indices(KEYS) == again.resolve_indices(KEYS) != before
    assert built == again


def test_a_changed_total_takes_effect_at_generate() -> None:
    built = three()
    built.totaldots = 160
    assert built.scheme == "python-continuum"
    built.generate()
    assert built.scheme == "python-continuum:points=160"


def test_the_list_of_servers_is_the_callers_to_change() -> None:
    built = three()
    gone = built.servers.pop()
    built.add_server(gone)
    built.servers[0] = Server("192.168.0.9", 8080)
    with pytest.raises((TypeError, ContinuumError), match="already added"):
        built.add_server("192.168.0.9", 8080)
    assert len(built) == 3
    built.servers.clear()
    built.generate()
    with pytest.raises(IndexError):
        built.resolve("key")


def test_many_servers_are_added_one_by_one() -> None:
    built = Continuum(totaldots=400_000, autogenerate=False)
    for number in range(100_000):
        built.add_server(f"10.{number // 65536}.{number // 256 % 256}.{number % 256}", 11211)
    built.generate()
    assert len(set(built.resolve_all(KEYS))) > 450


def test_no_capacity_at_all() -> None:
    built = Continuum()
    with pytest.raises(ZeroDivisionError, match="^float division"):
        built.add_server("a", 80, 0)
    assert len(built) == 1
    second = built.add_server("b", 80, 1)
    assert set(built.resolve_all(KEYS)) == {second}


def test_capacities_that_are_none() -> None:
    built = three()
    for capacity in (-1, -0.5, math.nan, math.inf, 10**400):
        with pytest.raises(ContinuumError, match="capacity .*is not a finite number from 0 up"):
            built.add_server("a", 80, capacity)
    with pytest.raises(TypeError, match="server 'a': capacity is a number, not str"):
        built.add_server("a", 80, "2")  # type: ignore[call-overload]
    assert len(built) == 3
    built.servers[0].capacity = -1
    before = built.resolve_all(KEYS)
    with pytest.raises(ValueError, match="server '192.168.0.1': capacity -1 is not"):
        built.generate()
    assert built.resolve_all(KEYS) == before


def test_huge_capacities() -> None:
    built = Continuum()
    first = built.add_server("a", 80, 1e308)
    with pytest.warns(ContinuumWarning, match="own nearly nothing"):
        built.add_server("b", 80, 1e-300)
    assert built.resolve("key") is first


@pytest.mark.parametrize("port", [-1, 65536, 10**30])
def test_ports_out_of_range(port: int) -> None:
    with pytest.raises(ContinuumError, match=f"port {port} is not a number from 0 to 65535"):
        Continuum().add_server("a", port)


def test_what_is_no_server() -> None:
    built = Continuum()
    with pytest.raises(TypeError, match="server 'a': port is an int, not str"):
        built.add_server("a", "80")  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="port is an int, not bool"):
        built.add_server("a", True)
    with pytest.raises(TypeError, match="port is an int, not float"):
        built.add_server("a", 80.0)  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="a port goes with a host name"):
        built.add_server(17, 80)  # type: ignore[call-overload]
    with pytest.raises(ContinuumError, match="the host is empty"):
        built.add_server("", 80)
    with pytest.raises(TypeError, match="a server is a Server, a text or a mapping, not int"):
        built.add_server(17)  # type: ignore[call-overload]
    with pytest.raises(UnicodeEncodeError):
        built.add_server("\ud800", 80)
    assert len(built) == 0


def test_totals() -> None:
    for total in (0, -1, 2**40, 1000.5, None):
        with pytest.raises(ContinuumError, match="option 'points' is .*, but takes a whole"):
            Continuum(total)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="points="):
        Continuum(320, scheme="python-continuum")


def test_servers_compare_hash_and_sort_by_host_and_port() -> None:
    assert Server("a", 80) == Server("a", 80, 5)
    assert hash(Server("a", 80)) == hash(Server("a", 80, 5))
    assert Server("a", 80) != Server("a", 81)
    assert Server("a", 80) != "a:80"
    assert sorted([Server("b", 1), Server("a", 2), Server("a", 1)]) == [
        Server("a", 1),
        Server("a", 2),
        Server("b", 1),
    ]
    assert Server("a", 1) < Server("a", 2) <= Server("a", 2)
    assert Server("b", 1) > Server("a", 2) >= Server("a", 2)
    with pytest.raises(TypeError):
        assert Server("a", 1) < "b"
    with pytest.raises(TypeError):
        assert Server("a", 1) >= 5


def test_what_servers_look_like() -> None:
    class Backend(Server):
        """A subclass shows its own name."""

    assert repr(Backend("a", 80)) == '<Backend "a:80", capacity=1>'
    assert repr(Server("a", 80, 2.0)) == '<Server "a:80", capacity=2>'
    assert repr(Server("a", 80, 0.5)) == '<Server "a:80", capacity=0.5>'
    assert repr(Server("a", 80, 1e308)) == '<Server "a:80", capacity=1e+308>'
    assert repr(Server("::1", 80)) == '<Server "[::1]:80", capacity=1>'
    assert repr(Server("/run/a.sock")) == '<Server "/run/a.sock", capacity=1>'
    assert repr(Server("a", 80, name="x")) == '<Server "a:80", capacity=1, name="x">'
    built = Continuum()
    assert built.add_server(Backend("a", 80)) is built.resolve("key")


def test_modules_of_the_public_names() -> None:
    for name in continuum.__all__:
        thing = getattr(continuum, name)
        if isinstance(thing, type):
            assert thing.__module__ == "continuum", name


def test_subclasses() -> None:
    class Counting(Continuum):
        def __init__(self) -> None:
            super().__init__(320)
            self.calls = 0

        def generate(self) -> None:
            self.calls += 1
            super().generate()

    counting = Counting()
    counting.add_server("a", 80)
    counting.generate()
    assert counting.calls == 1
    assert repr(counting) == '<Counting "python-continuum:points=320", 1 server>'
