"""hash_ring's and hashring's `HashRing` and `MemcacheRing`, with their answers.

    >>> from continuum.compat.hash_ring import HashRing
    >>> ring = HashRing(["10.0.0.1:11211", "10.0.0.2:11211"], {"10.0.0.2:11211": 3})
    >>> ring.get_node("my-key")
    '10.0.0.1:11211'
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator, Mapping, Sequence
from hashlib import md5
from math import floor
from struct import Struct
from typing import TYPE_CHECKING, Any

from continuum import Continuum, ContinuumError, Server
from continuum.compat._quiet import quiet_continuum

if TYPE_CHECKING:
    from continuum.compat._memcache_ring import MemcacheRing

__all__ = ["HashRing", "MemcacheRing"]

_WORDS = Struct("<3I4x").unpack


class _Node(Server):
    """A server that knows which node it stands for."""

    __slots__ = ("node",)

    node: Any


class HashRing:
    """A ring of three MD5 words a label, 40 labels a node on average.

    `nodes` is a list of objects, whose texts are hashed; `weights` maps nodes to
    weights, 1 where there is none. A key is a text, or bytes, which are hashed as they
    are.
    """

    def __init__(
        self, nodes: Sequence[Any] | None = None, weights: Mapping[Any, Any] | None = None
    ) -> None:
        self.nodes: Sequence[Any] = [] if nodes is None else nodes
        self.weights: Mapping[Any, Any] = weights or {}
        self._generate_circle()

    def _generate_circle(self) -> None:
        """Lays the points of the nodes and weights as they are now."""
        weights = [self.weights.get(node, 1) for node in self.nodes]
        total = sum(weights)
        # Divided and then rounded, as there: of fractions `//` may give one less.
        self._labels = [
            max(0, floor((40 * len(weights) * weight) / total)) for weight in weights
        ]
        self._points: tuple[list[int], dict[int, Any]] | None = None
        self._native = self._build(weights)

    def _build(self, weights: list[Any]) -> Continuum | None:
        texts = {str(node) for node in self.nodes}
        whole = all(isinstance(weight, int) and weight >= 0 for weight in weights)
        # An empty text is hashed here; to the core it is no name.
        if not whole or "" in texts or len(texts) < len(self.nodes):
            return None
        servers = []
        for node, weight in zip(self.nodes, weights):
            server = _Node(str(node), capacity=weight, name=str(node))
            server.node = node
            servers.append(server)
        try:
            return quiet_continuum("hash-ring", servers)
        except ContinuumError:
            return None

    def _circle(self) -> tuple[list[int], dict[int, Any]]:
        if self._points is None:
            ring: dict[int, Any] = {}
            keys: list[int] = []
            for node, labels in zip(self.nodes, self._labels):
                for number in range(labels):
                    for word in _WORDS(md5(f"{node}-{number}".encode()).digest()):
                        ring[word] = node
                        keys.append(word)
            self._points = sorted(keys), ring
        return self._points

    @property
    def ring(self) -> dict[int, Any]:
        """Every point's node."""
        return self._circle()[1]

    @property
    def _sorted_keys(self) -> list[int]:
        return self._circle()[0]

    def get_node(self, string_key: str | bytes) -> Any:
        """The node of a key, or None from an empty ring."""
        if self._native is not None:
            try:
                owner = self._native.resolve(_bytes(string_key))
            except IndexError:
                return None
            return owner.node  # type: ignore[attr-defined]
        at = self.get_node_pos(string_key)
        keys, ring = self._circle()
        return None if at is None else ring[keys[at]]

    def get_node_pos(self, string_key: str | bytes) -> int | None:
        """The place of a key's point among the points in ascending order."""
        keys, _ = self._circle()
        if not keys:
            return None
        at = bisect(keys, self.gen_key(string_key))
        return 0 if at == len(keys) else at

    def iterate_nodes(self, string_key: str | bytes, distinct: bool = True) -> Iterator[Any]:
        """The nodes from a key's point on, around the ring, each once whatever
        `distinct` says, as in hash_ring. ``(None, None)`` from an empty ring."""
        keys, ring = self._circle()
        at = self.get_node_pos(string_key)
        if at is None:
            yield None, None
            return
        seen: set[str] = set()
        for point in keys[at:] + keys[:at]:
            node = ring[point]
            if str(node) not in seen:
                seen.add(str(node))
                yield node

    def gen_key(self, key: str | bytes) -> int:
        """Where a key lies on the ring."""
        return _WORDS(md5(_bytes(key)).digest())[0]  # type: ignore[no-any-return]


def _bytes(key: str | bytes) -> bytes:
    return key if isinstance(key, bytes) else key.encode("utf-8")


def __getattr__(name: str) -> Any:
    # Derives from a class of python-memcached, which is imported for it alone.
    if name == "MemcacheRing":
        from continuum.compat._memcache_ring import MemcacheRing

        return MemcacheRing
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
