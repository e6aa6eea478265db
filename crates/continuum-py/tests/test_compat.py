"""What drop-ins do that no test of their originals asks. Their answers are compared with those
of the originals in tests/live."""

from __future__ import annotations

import copy
import doctest
import importlib
import itertools
import pickle
import sys
import threading
import warnings
from abc import ABC
from typing import Any
from unittest import mock

import pytest
from continuum.compat import jump
from continuum.compat.clandestined import Cluster
from continuum.compat.clandestined import RendezvousHash as Clandestined
from continuum.compat.hash_ring import HashRing as OldRing
from continuum.compat.pymemcache import RendezvousHash
from continuum.compat.uhashring import HashRing

KEYS = [f"key-{number}" for number in range(300)]
NODES = [f"10.0.0.{number}:11211" for number in range(5)]
both_kinds = pytest.mark.parametrize("hash_fn", [None, "ketama"])


def owners(ring: Any) -> list[Any]:
    return [ring.get_node(key) for key in KEYS]


@both_kinds
def test_a_ring_is_a_collection(hash_fn: Any) -> None:
    """In uhashring `in` and iteration never end."""
    ring = HashRing(NODES, hash_fn=hash_fn)
    assert NODES[0] in ring and "other" not in ring
    assert list(ring) == NODES and len(ring) == 5
    assert len(list(itertools.islice(ring.range("key"), 100))) == 5


def test_an_empty_ring_is_a_ring() -> None:
    """uhashring's has no length, so that `given or HashRing()` takes the given one."""
    ring = HashRing()
    assert ring and (ring or None) is ring and len(ring) == 0
    with pytest.raises(ValueError, match="list or a dict"):
        HashRing(())


@both_kinds
def test_points_are_laid_when_a_node_is_added(hash_fn: Any) -> None:
    """What its fields or its text become later counts when they are laid again."""

    class Node:
        name = "a"

        def __str__(self) -> str:
            return self.name

    node = Node()
    ring = HashRing(["b", "c", node], hash_fn=hash_fn)
    expected = [str(owner) for owner in owners(HashRing(["b", "c", "a"], hash_fn=hash_fn))]
    ring.conf["b"]["weight"] = 5
    node.name = "other"
    assert [owner if owner != node else "a" for owner in owners(ring)] == expected
    assert [server[1] for key in KEYS if (server := ring.get_server(key))] == owners(ring)
    ring.regenerate()
    node.name = "a"
    if hash_fn is None:
        del ring["c"]
        again = HashRing({"b": 5, "other": 1})
        assert [owner if owner == "b" else "other" for owner in owners(ring)] == owners(again)


def test_a_derived_ring_without_a_hash() -> None:
    class Equal(HashRing):
        def __eq__(self, other: object) -> bool:
            return self is other

    class Hashed(HashRing):
        def __init__(self, nodes: Any) -> None:
            super().__init__(nodes)
            self.name = "late"

        def __hash__(self) -> int:
            return hash(self.name)

    assert owners(Equal(NODES)) == owners(Hashed(NODES)) == owners(HashRing(NODES))


@both_kinds
def test_what_derived_rings_call(hash_fn: Any) -> None:
    ring = HashRing({"a": {"port": 1}, "b": {"port": 1}}, hash_fn=hash_fn)
    assert ring.get_node(key="k") == ring.get_node("k") == ring._get("k", "nodename")
    assert ring.get(key="k") == ring.get("k") == ring._get("k", "dict")
    assert ring._get_pos(key="k") == ring.get_node_pos("k") == ring._get("k", "pos")
    assert (ring._get("k", "port"), ring._get("k", "tuple")) == (1, ring.get_server("k"))


@both_kinds
def test_a_node_whose_text_has_no_bytes(hash_fn: Any) -> None:
    ring = HashRing(["a"], hash_fn=hash_fn)
    with pytest.raises(UnicodeEncodeError):
        ring.add_node("\ud800")
    assert list(ring) == ["a"] and ring.get_node("k") == "a"


@both_kinds
def test_who_kept_a_method_sees_changes(hash_fn: Any) -> None:
    ring = HashRing(NODES[:2], hash_fn=hash_fn)
    get_node: Any = ring.get_node
    get: Any = ring.get
    assert {get_node(key) for key in KEYS} == set(NODES[:2])
    ring.add_node(NODES[2], {"weight": 2, "port": 11211})
    again = HashRing({NODES[0]: 1, NODES[1]: 1, NODES[2]: 2}, hash_fn=hash_fn)
    assert [get_node(key) for key in KEYS] == owners(again)
    assert {get(key)["port"] for key in KEYS} == {None, 11211}
    # From here on the points of this ring are its own.
    ring.add_node(NODES[3], {"vnodes": 7})
    assert [get_node(key) for key in KEYS] == owners(ring)
    assert NODES[3] in {get_node(key) for key in KEYS}
    for node in NODES[:4]:
        ring.remove_node(node)
    assert get_node("key") is None and get("key") is None


@both_kinds
def test_copies_of_a_ring(hash_fn: Any) -> None:
    ring = HashRing(NODES[:3], hash_fn=hash_fn)
    expected = owners(ring)
    apart = [copy.deepcopy(ring), pickle.loads(pickle.dumps(ring))]
    # As in uhashring, a shallow copy is another name for the same nodes.
    same = copy.copy(ring)
    ring.add_node(NODES[3])
    assert owners(same) == owners(ring) != expected
    assert [owners(other) for other in apart] == [expected, expected]
    apart[0].remove_node(NODES[0])
    assert NODES[0] not in owners(apart[0])


class Own(HashRing):
    """What derives from a ring has its own methods."""

    def get_node(self, key: Any) -> Any:
        return f"own {super().get_node(key)}"


def test_a_derived_ring() -> None:
    assert Own(NODES[:1]).get_node("key") == f"own {NODES[0]}"


class Lowered(HashRing, ABC):
    """A look-up in terms of the ring's own."""

    def get_node(self, key: Any) -> Any:
        return super().get_node(key.lower())


@both_kinds
def test_mocks(hash_fn: Any) -> None:
    before = HashRing(NODES, hash_fn=hash_fn)
    kept, derived, expected = before.get_node, Lowered(NODES, hash_fn=hash_fn), owners(before)
    with mock.patch.object(HashRing, "get_node", return_value="mock"):
        assert before.get_node("key") == HashRing(NODES).get_node("key") == "mock"
        assert derived.get_node("key") == "mock" and before.get("key") is not None
        within = HashRing(NODES, hash_fn=hash_fn)
    with mock.patch.object(HashRing, "get_node", autospec=True, return_value="mock") as mocked:
        assert before.get_node("key") == "mock"
        mocked.assert_called_once_with(before, "key")
    with mock.patch.object(HashRing, "get", return_value={"port": 1, "instance": "i"}):
        assert before.get("key") == {"port": 1, "instance": "i"}
        assert (before.get_node_port("key"), before["key"]) == (1, "i")
    with mock.patch.object(before, "get_node", return_value="mock"):
        assert before.get_node("key") == "mock" and within.get_node("key") != "mock"
    for ring in (before, within, pickle.loads(pickle.dumps(before)), copy.deepcopy(before)):
        assert owners(ring) == expected
        # As fast as ever.
        assert ring.get_node == ring.runtime.node_of.find
    assert [kept(key) for key in KEYS] == expected
    assert [derived.get_node(key.upper()) for key in KEYS] == expected


@both_kinds
def test_another_hash_of_keys(hash_fn: Any) -> None:
    """As in uhashring, where the labels keep theirs."""
    ring = HashRing(NODES, hash_fn=hash_fn)
    expected, points = owners(ring), ring.get_points()
    ring.hashi = lambda key: 0
    assert set(owners(ring)) == {points[0][1]} and ring.get_key("key") == 0
    assert ring.get("key")["nodename"] == points[0][1]  # type: ignore[index]
    ring.add_node("one more")
    first = ring.get_points()[0][1]
    assert set(owners(ring)) == {first} and len(ring.get_points()) > len(points)
    ring.remove_node("one more")
    del ring.hashi
    assert owners(ring) == expected
    with mock.patch.object(ring, "hashi", return_value=points[-1][0]):
        assert set(owners(ring)) == {points[0][1]}
    assert owners(ring) == expected


def test_nodes_are_seen_as_they_are() -> None:
    ring = HashRing(["a", "b"])
    nodes = ring.get_nodes()
    ring.add_node("z")
    assert list(nodes) == ["a", "b", "z"] and nodes == {"a", "b", "z"} and len(nodes) == 3
    assert nodes & {"z", "y"} == {"z"} and "y" not in nodes
    assert repr(nodes) == repr(dict.fromkeys("abz").keys())
    # uhashring's own tests want this type.
    assert isinstance(nodes, type({}.keys()))
    ring.remove_node("a")
    with pytest.raises(KeyError):
        ring.remove_node("y")
    assert list(nodes) == ["b", "z"]
    for other in (copy.deepcopy(ring), pickle.loads(pickle.dumps(ring))):
        other.add_node("c")
        assert list(other.get_nodes()) == ["b", "z", "c"] and list(nodes) == ["b", "z"]


@pytest.mark.parametrize("key", [b"bytes", 7, None, ("a", 1), 3.5, ""])
def test_keys_of_other_types_are_their_texts(key: Any) -> None:
    ring = HashRing(NODES)
    assert ring.get_node(key) == ring.get_node(str(key))
    assert ring.get(key) == ring.get(str(key))
    raw = HashRing(NODES, bytes_keys="raw")
    assert raw.get_node(b"bytes") == ring.get_node("bytes")


@both_kinds
def test_a_node_without_a_text(hash_fn: Any) -> None:
    ring = HashRing(["a", ""], hash_fn=hash_fn)
    expected = [ring.get_server(key)[1] for key in KEYS]  # type: ignore[index]
    assert owners(ring) == expected and set(expected) == {"a", ""}
    later = HashRing(["a"], hash_fn=hash_fn)
    later.add_node("")
    assert owners(later) == expected
    later.remove_node("")
    assert set(owners(later)) == {"a"}


@both_kinds
def test_no_labels_at_all(hash_fn: Any) -> None:
    ring = HashRing(NODES, vnodes=0, hash_fn=hash_fn)
    assert ring.get_node("key") is None and ring.get("key") is None
    assert (len(ring), ring.size) == (5, 0)


@both_kinds
@pytest.mark.parametrize("conf", [{"weight": "x"}, {"vnodes": "x"}, "2", None], ids=repr)
def test_a_refused_node_changes_nothing(hash_fn: Any, conf: Any) -> None:
    ring = HashRing(dict.fromkeys(NODES, 2), hash_fn=hash_fn)
    before, points, counts = owners(ring), ring.get_points(), dict(ring.distribution)
    with pytest.raises((TypeError, ValueError)):
        ring.add_node("c", conf)
    assert owners(ring) == before and ring.get_points() == points
    assert list(ring) == NODES and ring.distribution == counts
    ring.add_node("c")
    assert "c" in owners(ring)


def test_a_text_without_bytes_is_refused() -> None:
    with pytest.raises(UnicodeEncodeError):
        HashRing(NODES).get_node("\ud800")


@both_kinds
def test_positions_and_owners_belong_together(hash_fn: Any) -> None:
    ring: Any = HashRing(NODES, hash_fn=hash_fn)
    for key in KEYS[:50]:
        point, node = ring.get_server(key)
        assert ring.ring[point] == node == ring.get_node(key)
        assert ring.get_points()[ring.get_node_pos(key)] == (point, node)
        assert next(ring.range(key))["nodename"] == node


def test_threads_look_up_while_one_changes() -> None:
    ring = HashRing(NODES[:4])
    without = owners(ring)
    ring.add_node(NODES[4])
    with_it = owners(ring)
    stop, wrong = threading.Event(), []

    def churn() -> None:
        while not stop.is_set():
            ring.remove_node(NODES[4])
            ring.add_node(NODES[4])

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        for _ in range(20):
            found = owners(ring)
            wrong += [
                node for node, *either in zip(found, without, with_it) if node not in either
            ]
            assert all(ring.get(key) is not None for key in KEYS[:50])
    finally:
        stop.set()
        thread.join()
    assert not wrong


def test_look_ups_do_not_warn() -> None:
    """Whatever the core would advise of these nodes: the original said nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        lopsided = {node: 10**9 if node == NODES[0] else 1 for node in NODES}
        assert owners(HashRing(lopsided, hash_fn="ketama"))
        assert owners(OldRing(NODES, lopsided))
        assert owners(RendezvousHash(NODES))
        assert Clandestined(NODES).find_node("key") in NODES
        cluster = Cluster({node: {"zone": "one"} for node in NODES}, replicas=3)
        assert len(cluster.find_nodes("key")) == 3


def test_both_names_of_jump() -> None:
    assert jump.c_hash is jump.hash
    assert jump.py_hash(key=5, num_buckets=10) == jump.py_hash(5, num_buckets=10) == 4
    assert jump.py_hash(5, 10) == jump.c_hash(5, 10) == 4
    with pytest.raises(TypeError):
        jump.c_hash(key=5, num_buckets=10)  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="'num_buckets' must be a positive number, got 0"):
        jump.py_hash(5, 0)
    assert jump.hash(2**40, 1000) == jump.hash(2**40 + 2**64, 1000) == 145


@pytest.mark.parametrize(
    "name",
    [
        *("compat.clandestined", "compat.hash_ring", "compat.jump", "compat.pymemcache"),
        *("compat.uhashring", "compat.uhashring.ring", "pymemcache"),
    ],
)
def test_examples_in_docstrings(name: str) -> None:
    failed, tried = doctest.testmod(importlib.import_module(f"continuum.{name}"))
    assert (failed, tried > 0) == (0, True)


def test_uhashring_is_not_replaced_behind_its_back(monkeypatch: pytest.MonkeyPatch) -> None:
    from continuum.compat import uhashring

    monkeypatch.setitem(sys.modules, "uhashring", sys)
    with pytest.raises(RuntimeError, match="imported already"):
        uhashring.install()
