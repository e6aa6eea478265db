"""What the package has beyond the module of 2010."""

from __future__ import annotations

import copy
import gc
import math
import pickle
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

import continuum
from continuum import Continuum, ContinuumError, ContinuumWarning, Server

KEYS = [f"key-{number}" for number in range(1000)]
TEXTS = ["10.0.0.1:11211", "10.0.0.2:11211=2", "[::1]:11211=0.5", "/run/mc.sock"]


def build() -> Continuum:
    return Continuum(totaldots=640, servers=TEXTS)


def test_ways_to_give_a_server() -> None:
    mappings: list[dict[str, Any]] = [
        {"host": "10.0.0.1", "port": 11211},
        {"hostname": "10.0.0.2", "port": 11211, "weight": 2},
        {"host": "::1", "port": 11211, "capacity": 0.5, "ip": "::1"},
        {"host": "/run/mc.sock", "port": None, "name": None},
    ]
    objects = [
        Server("10.0.0.1", 11211),
        Server("10.0.0.2", 11211, 2),
        Server("::1", 11211, 0.5),
        Server("/run/mc.sock"),
    ]
    assert Continuum(totaldots=640, servers=mappings) == build()
    built = Continuum(totaldots=640, servers=objects)
    assert built == build()
    assert all(mine is theirs for mine, theirs in zip(built.servers, objects))
    one_by_one = Continuum(640)
    one_by_one.add_server(TEXTS[0])
    one_by_one.add_server("10.0.0.2", 11211, 2)
    one_by_one.add_server(mappings[2])
    assert one_by_one.add_server(objects[3]) is objects[3]
    assert one_by_one == build()
    assert one_by_one.resolve_indices(KEYS) == build().resolve_indices(KEYS)
    with pytest.raises(TypeError, match="a capacity goes with"):
        Continuum().add_server("a:80", capacity=2)  # type: ignore[call-overload]


def test_names_are_identities() -> None:
    for field in ("name", "alias", "ring_name"):
        server = Server.from_mapping({"host": "127.0.0.1", "port": 80, field: "cache-a"})
        assert (server.name, server.identity) == ("cache-a", "cache-a")
    both = Server.from_mapping({"host": "a", "name": "x", "ring_name": "y"})
    assert both.name == "y"
    # One address under two names is two servers.
    twins = [{"host": "a", "port": 80, "name": name, "id": n} for n, name in enumerate("xy")]
    built = Continuum(servers=twins)
    assert len(set(built.servers)) == 2
    assert "x" in built
    assert "a:80" not in built
    assert Server("a", 80) not in built
    assert Server("a", 80, name="y") in built
    with pytest.raises(TypeError, match="server already added"):
        built.add_server(twins[0])


def test_mappings_that_are_no_servers() -> None:
    with pytest.raises(TypeError, match="a server has no field 'colour'"):
        Continuum(servers=[{"host": "a", "colour": "red"}])
    with pytest.raises(TypeError, match="a server needs a field 'host'"):
        Continuum(servers=[{"port": 80}])
    for field in ("name", "zone", "hash_key", "guid"):
        with pytest.raises(TypeError, match=f"server 'a': {field} is a str, not int"):
            Continuum(servers=[{"host": "a", "port": 80, field: 5}])
    with pytest.raises(ContinuumError, match="id 4294967296 is not a number from 0 to"):
        Continuum(servers=[{"host": "a", "port": 80, "id": 2**32}])


def test_fields_of_envoy() -> None:
    given = {"host": "10.0.0.1", "port": 80, "hostname": "h", "locality": "l", "locality_weight": 0}
    server = Server.from_mapping(given)
    assert (server.hostname, server.endpoint_hostname) == ("10.0.0.1", "h")
    assert (server.locality, server.locality_weight) == ("l", 0)
    alone = Server.from_mapping({"hostname": "a", "port": "", "az": "z"})
    assert (alone.hostname, alone.endpoint_hostname, alone.port) == ("a", None, None)
    assert alone.zone == "z"
    with pytest.raises(ContinuumError, match="locality and locality_weight go together"):
        Continuum(servers=[{"host": "a", "port": 80, "locality": "l"}])


def test_refusals_are_sentences() -> None:
    with pytest.raises(ContinuumError, match="no scheme 'nonsense'; there are "):
        Continuum(scheme="nonsense")
    with pytest.raises(ContinuumError, match="no option 'x'"):
        Continuum(scheme="python-continuum:x=1")
    with pytest.raises(ContinuumError, match="'a:80' is already added"):
        Continuum(servers=["a:80", "a:80=2"])
    with pytest.raises(ContinuumError, match="server 'a:80x': port '80x'"):
        Continuum(servers=["a:80x"])
    with pytest.raises(ContinuumError, match="has no port"):
        Continuum(servers=["a"])
    assert issubclass(ContinuumError, ValueError)


def test_a_refused_server_is_not_kept() -> None:
    built = build()
    before = built.resolve_indices(KEYS)
    # The scheme hashes a port: this is known only when it builds.
    with pytest.raises(ContinuumError, match="has no port"):
        built.add_server("a")
    assert len(built) == 4
    assert built.resolve_indices(KEYS) == before


def test_container() -> None:
    built = build()
    assert [server.identity for server in built] == [
        "10.0.0.1:11211",
        "10.0.0.2:11211",
        "[::1]:11211",
        "/run/mc.sock",
    ]
    assert Server("::1", 11211) in built
    assert "[::1]:11211" in built
    assert {"host": "::1", "port": 11211} in built
    assert "nobody" not in built
    assert 5 not in built
    for server in built:
        built.remove_server(server)
    assert len(built) == 0


def test_equal_by_meaning() -> None:
    assert build() == build()
    assert Continuum(scheme="python-continuum:points=640", servers=TEXTS) == build()
    assert Continuum(totaldots=641, servers=TEXTS) != build()
    assert Continuum(totaldots=640, servers=TEXTS[:3]) != build()
    assert Continuum(totaldots=640, servers=[*TEXTS[:3], "/run/mc.sock=2"]) != build()
    assert build() != "text"
    changed = build()
    changed.servers[0].capacity = 9
    assert changed != build()
    with pytest.raises(TypeError, match="unhashable"):
        hash(build())


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickle(protocol: int) -> None:
    built = build()
    data = pickle.dumps(built, protocol)
    # Servers and scheme, not 640 points.
    assert len(data) < 1000
    again = pickle.loads(data)
    assert again == built
    assert again.resolve_indices(KEYS) == built.resolve_indices(KEYS)
    again.add_server("b", 80)
    assert len(again) == 5
    assert again.totaldots == 640


def test_pickle_before_generate() -> None:
    built = build()
    built.autogenerate = False
    gone = built.servers[1]
    built.remove_server(gone)
    built.servers[0].capacity = 7
    for again in (pickle.loads(pickle.dumps(built)), copy.deepcopy(built), copy.copy(built)):
        assert again.resolve_indices(KEYS) == built.resolve_indices(KEYS)
        assert gone in again.resolve_all(KEYS)
        assert len(again) == 3
        again.generate()
        assert gone not in again.resolve_all(KEYS)
    assert gone in built.resolve_all(KEYS)


def test_pickles_of_another_format_are_refused() -> None:
    state = build().__getstate__()
    state["format"] = 99
    empty = Continuum.__new__(Continuum)
    with pytest.raises(ContinuumError, match="a pickle of format 99"):
        empty.__setstate__(state)


class Labelled(Continuum):
    label = ""


def test_subclasses_keep_their_attributes() -> None:
    built = Labelled(servers=TEXTS)
    built.label = "west"
    for again in (pickle.loads(pickle.dumps(built)), copy.copy(built), copy.deepcopy(built)):
        assert type(again) is Labelled
        assert again.label == "west"
        assert again == built


def test_copy_shares_servers_and_deepcopy_does_not() -> None:
    built = build()
    shallow, deep = copy.copy(built), copy.deepcopy(built)
    assert shallow == deep == built
    assert shallow.servers is not built.servers
    assert shallow.servers[0] is built.servers[0]
    assert deep.servers[0] is not built.servers[0]
    assert deep.resolve("key") in deep.servers
    assert any(deep.resolve("key") is server for server in deep.servers)
    shallow.add_server("b", 80)
    assert len(built) == 4


def test_pickle_of_servers() -> None:
    server = Server(
        "a",
        80,
        2,
        name="x",
        id=5,
        zone="z",
        hash_key="h",
        guid="g",
        endpoint_hostname="e",
        locality="l",
        locality_weight=3,
    )
    for again in (pickle.loads(pickle.dumps(server)), copy.copy(server)):
        assert again == server
        assert again._fields() == server._fields()
    error = pickle.loads(pickle.dumps(ContinuumError("why")))
    assert str(error) == "why"


def test_ownership() -> None:
    built = Continuum(totaldots=1600, servers=["a:80", "b:80=3"])
    owned = built.ownership()
    assert list(owned) == built.servers
    assert math.isclose(sum(owned.values()), 1)
    assert list(owned.fair.values()) == [0.25, 0.75]
    assert (owned.basis, owned.bound) == ("exact", None)
    assert 1 <= owned.peak < 1.3
    indices = built.resolve_indices([str(number) for number in range(20_000)])
    assert abs(indices.count(0) / 20_000 - owned[built.servers[0]]) < 0.02
    nothing = Continuum().ownership()
    assert (nothing, nothing.peak) == ({}, 0)


def test_fingerprint() -> None:
    assert build().fingerprint() == build().fingerprint()
    assert 0 <= build().fingerprint() < 2**64
    assert build().fingerprint() != Continuum(totaldots=640).fingerprint()
    # The number is part of the promise, see docs/STABILITY.md.
    assert Continuum(totaldots=640).fingerprint() == Continuum(640).fingerprint()


def test_the_catalogue() -> None:
    schemes = continuum.schemes()
    assert schemes[0].name == "python-continuum"
    assert [option.name for option in schemes[0].options] == ["points"]
    for scheme in schemes:
        assert Continuum(scheme=scheme.name).scheme == scheme.name
        for alias in scheme.aliases:
            assert Continuum(scheme=alias).scheme == scheme.name
        for option in scheme.options:
            assert option.about and option.accepts
            text = f"{scheme.name}:{option.name}={option.default}"
            assert Continuum(scheme=text).scheme == scheme.name


def many(count: int) -> list[str]:
    return [f"10.0.{number // 250}.{number % 250}:80" for number in range(count)]


def test_warns_at_construction_and_at_generate() -> None:
    with pytest.warns(ContinuumWarning, match="one server owns nearly every key") as record:
        built = Continuum(servers=many(251))
    assert [warning.filename for warning in record] == [__file__]
    assert [advice.topic for advice in built.advice()] == ["starved"]
    assert str(built.advice()[0]) == built.advice()[0].message
    for _ in range(2):
        with pytest.warns(ContinuumWarning) as record:
            built.generate()
        assert [warning.filename for warning in record] == [__file__]
    with pytest.warns(ContinuumWarning, match="no key can be resolved"):
        Continuum(servers=many(1001))
    assert issubclass(ContinuumWarning, UserWarning)


def test_growing_warns_once() -> None:
    built = Continuum(servers=many(250))
    assert built.advice() == []
    with pytest.warns(ContinuumWarning) as record:
        built.add_server("b", 80)
        built.add_server("c", 80)
    assert len(record) == 1
    assert record[0].filename == __file__
    built.remove_server("b:80")
    built.remove_server("c:80")
    with pytest.warns(ContinuumWarning):
        built.add_server("b", 80)
    # An error from a filter does not undo the change.
    built.remove_server("b:80")
    with pytest.raises(ContinuumWarning):
        built.add_server("b", 80)
    assert len(built) == 251


def test_a_cycle_is_collected() -> None:
    class Node(Server):
        owner: Any

    built = Continuum()
    node = Node("a", 80)
    node.owner = built
    built.add_server(node)
    gone = weakref.ref(built)
    del built, node
    gc.collect()
    assert gone() is None


def test_a_finalizer_may_ask() -> None:
    answers: list[object] = []

    class Node(Server):
        owner: Any

        def __del__(self) -> None:
            answers.append(self.owner.resolve("key").identity)
            answers.append(self.owner.resolve_indices(["key"]))

    built = Continuum()
    node = Node("a", 80)
    node.owner = built
    built.add_server(node)
    del built, node
    gc.collect()
    assert answers == ["a:80", [0]]


def test_what_a_batch_holds_outlives_a_change() -> None:
    built = Continuum(servers=["a:80"])
    server = built.servers[0]

    def changing() -> Iterator[str]:
        yield "one"
        built.remove_server(server)
        built.add_server("b", 80)
        gc.collect()
        yield "two"

    assert built.resolve_all(changing()) == [server, server]
    assert built.resolve_all(["one", "two"]) == [built.servers[0]] * 2


def test_many_servers() -> None:
    texts = many(50_000)
    built = Continuum(scheme="python-continuum:points=400000", servers=texts)
    assert len(set(built.resolve_indices(KEYS))) > 900
