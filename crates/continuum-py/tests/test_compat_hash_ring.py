"""What the drop-in for hash_ring does beside placing keys. What is expected was read off hashring
1.5.1; tests/live compares more of it."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from hashlib import sha1
from typing import Any
from unittest import mock

import pytest
from continuum.compat.hash_ring import HashRing

KEYS = [f"key-{number}" for number in range(300)]
NODES = [f"10.0.0.{number}:11211" for number in range(5)]


def owners(ring: Any) -> list[Any]:
    return [ring.get_node(key) for key in KEYS]


def answers(ring: Any) -> list[Any]:
    return [
        (ring.get_node(key), ring.get_node_pos(key), list(ring.iterate_nodes(key))) for key in KEYS
    ]


@pytest.mark.parametrize(
    "change",
    [
        lambda nodes: nodes.remove("a"),
        lambda nodes: nodes.insert(0, "d"),
        lambda nodes: nodes.__setitem__(1, "d"),
        lambda nodes: nodes.clear(),
    ],
)
@pytest.mark.parametrize("weights", [{}, {"a": 0.5}])
def test_a_ring_reads_its_nodes_once(
    change: Callable[[list[str]], None], weights: dict[str, float]
) -> None:
    expected = HashRing(["a", "b", "c"], weights)
    nodes = ["a", "b", "c"]
    ring = HashRing(nodes, weights)
    change(nodes)
    assert ring.nodes is nodes
    assert answers(ring) == answers(expected)
    assert list(ring.iterate_nodes("0")) == list(expected.iterate_nodes("0"))
    assert (ring.ring, ring._sorted_keys) == (expected.ring, expected._sorted_keys)


class Named:
    """A node whose text changes."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __str__(self) -> str:
        return self.name


def test_a_ring_reads_the_texts_of_its_nodes_once() -> None:
    nodes = [Named("a"), Named("b"), Named("c")]
    ring, expected = HashRing(nodes), HashRing(["a", "b", "c"])
    for node in nodes:
        node.name *= 2
    assert [node.name for node in owners(ring)] == [node * 2 for node in owners(expected)]
    assert ring._sorted_keys == expected._sorted_keys


class Halved(HashRing):
    def gen_key(self, key: str | bytes) -> int:
        return super().gen_key(key) // 2


class Sha1(HashRing):
    def _hash_digest(self, key: str | bytes) -> Any:
        return bytearray(sha1(key if isinstance(key, bytes) else key.encode()).digest())


class Short(HashRing):
    def _hash_val(self, b_key: Any, entry_fn: Callable[[int], int]) -> int:
        value: int = b_key[entry_fn(1)] << 8 | b_key[entry_fn(0)]
        return value


class First(HashRing):
    def get_node_pos(self, string_key: str | bytes) -> int | None:
        return 0


@pytest.mark.parametrize(
    "kind, some, first, length, point",
    [
        (HashRing, "cbcacbbbbb", "cba", 360, 500562),
        (Halved, "bbbaabacba", "bca", 360, 500562),
        (Sha1, "babaaabacc", "bac", 360, 3030584),
        (Short, "abaaaacbab", "abc", 360, 321),
        (First, "cccccccccc", "cab", 360, 500562),
    ],
)
def test_steps_of_a_derived_ring(
    kind: type[HashRing], some: str, first: str, length: int, point: int
) -> None:
    ring = kind(["a", "b", "c"])
    assert "".join(owners(ring)[:10]) == some
    assert "".join(ring.iterate_nodes(KEYS[0])) == first
    assert (len(ring.ring), ring._sorted_keys[0]) == (length, point)


@pytest.mark.parametrize("kind", [Halved, Sha1, Short, First])
def test_steps_of_an_instance(kind: type[HashRing]) -> None:
    """The points stay; keys are looked up by the step, until it is taken away."""
    ring, other = HashRing(["a", "b", "c"]), kind(["a", "b", "c"])
    expected = owners(ring)
    (name,) = {"gen_key", "_hash_digest", "_hash_val", "get_node_pos"} & vars(kind).keys()
    other.ring, other._sorted_keys = HashRing(ring.nodes).ring, HashRing(ring.nodes)._sorted_keys
    with mock.patch.object(ring, name, getattr(other, name)):
        assert answers(ring) == answers(other) and owners(ring) != expected
    assert owners(ring) == expected
    with mock.patch.object(HashRing, name, vars(kind)[name]):
        if kind is not Halved:
            assert owners(HashRing(ring.nodes)) == owners(kind(ring.nodes))
    assert owners(HashRing(ring.nodes)) == expected


def test_a_ring_that_is_generated_again_keeps_its_points() -> None:
    ring = HashRing(["a", "b", "c"])
    expected, points = owners(ring), dict(ring.ring)
    ring.nodes.remove("c")  # type: ignore[attr-defined]
    assert owners(ring) == expected
    ring._generate_circle()
    assert ring.ring == points and len(ring._sorted_keys) == 600
    assert owners(ring) == expected
    ring = HashRing(["a", "b"])
    assert owners(ring)
    ring.weights["a"] = 3  # type: ignore[index]
    ring._generate_circle()
    assert (len(ring.ring), len(ring._sorted_keys)) == (300, 480)
    assert ring.ring.items() > HashRing(["a", "b"]).ring.items()
    at = [ring._sorted_keys[ring.get_node_pos(key) or 0] for key in KEYS]
    assert owners(ring) == [ring.ring[point] for point in at]
    assert owners(ring) != owners(HashRing(["a", "b"]))


def test_a_ring_that_is_emptied_and_generated() -> None:
    ring = HashRing(["a", "b", "c"])
    ring.ring, ring._sorted_keys, ring.nodes = {}, [], ["a", "z"]
    assert ring.get_node("key") is None and list(ring.iterate_nodes("key")) == [(None, None)]
    ring._generate_circle()
    assert answers(ring) == answers(HashRing(["a", "z"]))
    ring.__init__(["b"])  # type: ignore[misc]
    assert set(owners(ring)) == {"b"} and len(ring.ring) == 120


def test_points_that_somebody_changed() -> None:
    ring = HashRing(["a", "b", "c"])
    expected = owners(HashRing(["a", "b"]))
    for point in [point for point, node in ring.ring.items() if node == "c"]:
        del ring.ring[point]
        ring._sorted_keys.remove(point)
    assert owners(ring) == expected
    ring.ring = dict.fromkeys(ring.ring, "other")
    assert set(owners(ring)) == {"other"} and len(ring._sorted_keys) == 240
    ring._sorted_keys = [5]
    ring.ring[5] = "five"
    assert set(owners(ring)) == {"five"} and ring.get_node_pos("key") == 0
    ring.ring.clear()
    assert ring.get_node("key") is None


def test_a_derived_ring_that_lays_its_own_points() -> None:
    class Own(HashRing):
        def __init__(self) -> None:
            self.ring = {}
            self._sorted_keys = []
            self.nodes, self.weights = ["a", "b", "c"], {}
            self._generate_circle()

    assert answers(Own()) == answers(HashRing(["a", "b", "c"]))


def test_copies_of_a_ring() -> None:
    ring = HashRing([Named("a"), Named("b")])
    texts = [str(node) for node in owners(ring)]
    for other in (copy.deepcopy(ring), pickle.loads(pickle.dumps(ring))):
        assert [str(node) for node in owners(other)] == texts
        assert set(owners(other)) == set(other.nodes) == set(other.ring.values())
    same = copy.copy(ring)
    same.nodes = ["other"]
    same._generate_circle()
    assert owners(ring) == owners(same) and "other" in owners(ring)


def test_nodes_that_are_false_are_passed_over() -> None:
    assert list(HashRing([0, 1, 2]).iterate_nodes("k")) == [1, 2]
    assert list(HashRing(["", None, "a"]).iterate_nodes("k")) == ["a"]
    assert list(HashRing([0]).iterate_nodes("k")) == []
    assert HashRing([0]).get_node("k") == 0


def test_a_node_without_a_text() -> None:
    ring = HashRing(["a", ""])
    expected = [ring.ring[ring._sorted_keys[ring.get_node_pos(key) or 0]] for key in KEYS]
    assert owners(HashRing(["a", ""])) == expected and "" in expected


def test_fractions_are_divided_and_then_rounded() -> None:
    """The numbers are hashring's: of 40 * 2 * 0.1 / 0.2 it makes 40, `//` makes 39."""
    assert len(HashRing(["a:1", "b:1"], {"a:1": 0.1, "b:1": 0.1}).ring) == 240
    assert len(HashRing(["a:1", "b:1", "c:1"], {"a:1": 0.1, "b:1": 0.1, "c:1": 0.2}).ring) == 360


def test_a_key_of_bytes() -> None:
    for weights in ({}, {NODES[0]: 0.5}):
        old = HashRing(NODES, weights)
        for key in (*KEYS[:50], "é"):
            assert old.get_node(key.encode()) == old.get_node(key)
            assert list(old.iterate_nodes(key.encode())) == list(old.iterate_nodes(key))
