"""hash_ring's and hashring's `HashRing` and `MemcacheRing`, with their answers.

    >>> from continuum.compat.hash_ring import HashRing
    >>> ring = HashRing(["10.0.0.1:11211", "10.0.0.2:11211"], {"10.0.0.2:11211": 3})
    >>> ring.get_node("my-key")
    '10.0.0.1:11211'
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Iterator, Mapping, Sequence
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

#: A node, its text at that time, and its number of labels.
_Labels = tuple[Any, str, int]


class _Node(Server):
    """A server that knows which node it stands for."""

    __slots__ = ("node",)

    node: Any


class _Circle:
    """A ring's points, laid when they are first asked for, of the nodes as they were before.

    Copies of a ring share it, as they share the dict and the list in the originals.
    """

    __slots__ = ("_labels", "_laid", "native")

    def __init__(self, *laid: tuple[dict[int, Any], list[int]]) -> None:
        self._labels: list[_Labels] = []
        self._laid = [*laid]
        #: The same map in the core, as long as nobody may have changed the points.
        self.native: Continuum | None = None

    def is_new(self) -> bool:
        return not (self._labels or self._laid)

    def lay(self, labels: list[_Labels], weights: list[Any]) -> None:
        """Has the points of these labels, where there are none yet."""
        self._labels, self.native = labels, _native(labels, weights)

    def points(self) -> tuple[dict[int, Any], list[int]]:
        """Every point's node, and the points in ascending order, to be read."""
        if not self._laid:
            ring: dict[int, Any] = {}
            keys: list[int] = []
            for node, text, labels in self._labels:
                for number in range(labels):
                    for word in _WORDS(md5(f"{text}-{number}".encode()).digest()):
                        ring[word] = node
                        keys.append(word)
            keys.sort()
            # Of two threads that laid them the first one's are everybody's.
            self._laid.append((ring, keys))
        return self._laid[0]

    def taken(self) -> tuple[dict[int, Any], list[int]]:
        """The same, for those who may change them: from now on keys are looked up there."""
        points = self.points()
        self.native = None
        return points


class HashRing:
    """A ring of three MD5 words a label, 40 labels a node on average.

    `nodes` is a list of objects, whose texts are hashed; `weights` maps nodes to
    weights, 1 where there is none. A key is a text, or bytes, which are hashed as they
    are.

    As in the originals the nodes are read when the ring is made and by
    `_generate_circle`, which adds points to `ring` and `_sorted_keys`, and a derived
    class or an instance may have its own steps of a look-up (`get_node_pos`,
    `gen_key`, `_hash_digest`, `_hash_val`). Look-ups are fastest where nobody has
    such a step or has asked for `ring` or `_sorted_keys`.
    """

    _circle: _Circle
    #: Whether all steps are those that stand here.
    _plain = False

    def __init__(
        self, nodes: Sequence[Any] | None = None, weights: Mapping[Any, Any] | None = None
    ) -> None:
        self.nodes: Sequence[Any] = [] if nodes is None else nodes
        self.weights: Mapping[Any, Any] = weights or {}
        self._circle = _Circle()
        self._generate_circle()

    def _generate_circle(self) -> None:
        """Adds the points of the nodes and weights as they are now."""
        self._plain = self._has_no_own_steps()
        weights = [self.weights.get(node, 1) for node in self.nodes]
        total: Any = 0
        # Since Python 3.12 `sum` rounds fractions better than one by one.
        for weight in weights:
            total += weight
        # Divided and then rounded, as there: of fractions `//` may give one less.
        counts = [floor((40 * len(weights) * weight) / total) for weight in weights]
        labels = [(node, str(node), count) for node, count in zip(self.nodes, counts)]
        if self._plain and self._circle.is_new():
            self._circle.lay(labels, weights)
            return
        ring, keys = self.ring, self._sorted_keys
        for node, text, count in labels:
            for number in range(count):
                digest = bytearray(self._hash_digest(f"{text}-{number}"))
                for start in (0, 4, 8):
                    key = self._hash_val(digest, start.__add__)
                    ring[key] = node
                    keys.append(key)
        keys.sort()

    @property
    def ring(self) -> dict[int, Any]:
        """Every point's node. Whoever asks may change it."""
        return self._taken()[0]

    @ring.setter
    def ring(self, ring: dict[int, Any]) -> None:
        self._circle = _Circle((ring, self._taken()[1]))

    @property
    def _sorted_keys(self) -> list[int]:
        return self._taken()[1]

    @_sorted_keys.setter
    def _sorted_keys(self, keys: list[int]) -> None:
        self._circle = _Circle((self._taken()[0], keys))

    def _taken(self) -> tuple[dict[int, Any], list[int]]:
        if not hasattr(self, "_circle"):
            # A derived class may lay points before it calls our constructor, or without it.
            self._circle = _Circle()
        return self._circle.taken()

    def get_node(self, string_key: str | bytes) -> Any:
        """The node of a key, or None from an empty ring."""
        native = self._circle.native
        if native is not None and self._plain:
            key = string_key if type(string_key) is str else _bytes(string_key)
            return native.resolve(key).node  # type: ignore[attr-defined]
        at = self.get_node_pos(string_key)
        ring, keys = self._circle.points()
        return None if at is None else ring[keys[at]]

    def get_node_pos(self, string_key: str | bytes) -> int | None:
        """The place of a key's point among the points in ascending order."""
        ring, keys = self._circle.points()
        if not ring:
            return None
        at = bisect(keys, self.gen_key(string_key))
        return 0 if at == len(keys) else at

    def iterate_nodes(self, string_key: str | bytes, distinct: bool = True) -> Iterator[Any]:
        """The nodes from a key's point on, around the ring, each once whatever
        `distinct` says, and none that is false (0, an empty text), as in hash_ring.
        ``(None, None)`` from an empty ring."""
        ring, keys = self._circle.points()
        if not ring:
            yield None, None
            return
        at = self.get_node_pos(string_key)
        seen: set[str] = set()
        for point in keys[at:] + keys[:at]:
            node = ring[point]
            text = str(node)
            if text not in seen:
                seen.add(text)
                if node:
                    yield node

    def gen_key(self, key: str | bytes) -> int:
        """Where a key lies on the ring."""
        if self._plain:
            return _WORDS(md5(_bytes(key)).digest())[0]  # type: ignore[no-any-return]
        return self._hash_val(self._hash_digest(key), lambda at: at)

    def _hash_val(self, b_key: Any, entry_fn: Callable[[int], int]) -> int:
        """Four bytes of a digest, the last one foremost."""
        return (  # type: ignore[no-any-return]
            b_key[entry_fn(3)] << 24
            | b_key[entry_fn(2)] << 16
            | b_key[entry_fn(1)] << 8
            | b_key[entry_fn(0)]
        )

    def _hash_digest(self, key: str | bytes) -> Any:
        """What a key or a label is hashed to."""
        return bytearray(md5(_bytes(key)).digest())

    def _has_no_own_steps(self) -> bool:
        # Without `__dict__`: attributes are slower once somebody has asked for that.
        return all(
            getattr(getattr(self, name), "__func__", None) is step
            for name, step in _STEPS.items()
        )

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name in _STEPS:
            self._plain = False

    def __delattr__(self, name: str) -> None:
        super().__delattr__(name)
        if name in _STEPS:
            self._plain = self._has_no_own_steps()


#: What a look-up is made of, where the core does not do all of it.
_STEPS = {
    name: vars(HashRing)[name] for name in ("get_node_pos", "gen_key", "_hash_digest", "_hash_val")
}


def _native(labels: list[_Labels], weights: list[Any]) -> Continuum | None:
    """The map in the core, if it holds such nodes and weights."""
    texts = {text for _, text, _ in labels}
    whole = all(isinstance(weight, int) and weight >= 0 for weight in weights)
    # An empty text is hashed here; to the core it is no name.
    if not labels or not whole or "" in texts or len(texts) < len(labels):
        return None
    servers = []
    for (node, text, _), weight in zip(labels, weights):
        server = _Node(text, capacity=weight, name=text)
        server.node = node
        servers.append(server)
    try:
        return quiet_continuum("hash-ring", servers)
    except ContinuumError:
        return None


def _bytes(key: str | bytes) -> bytes:
    return key if isinstance(key, bytes) else key.encode("utf-8")


def __getattr__(name: str) -> Any:
    # Derives from a class of python-memcached, which is imported for it alone.
    if name == "MemcacheRing":
        from continuum.compat._memcache_ring import MemcacheRing

        return MemcacheRing
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
