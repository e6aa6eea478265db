"""The two rings of uhashring: which points a node has, and who owns a key.

A ring is kept as the numbers of labels of its nodes. A key is looked up in a
`Continuum` of the scheme `uhashring` as long as the ring is one that a set of nodes
alone decides. What is not (a hash function of the caller's, points of several
numbers, nodes of one text, points left behind by old releases) is looked up in the
points themselves, which are also what `points`, positions and `range` are read from.
Whatever changes a ring holds its lock.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from hashlib import md5
from struct import Struct
from typing import Any, NamedTuple

from continuum import Continuum, ContinuumError, Server, _native
from continuum._lock import ForkLock
from continuum.compat._quiet import quiet_continuum

#: A node's hostname, instance, nodename, port, vnodes and weight.
Conf = dict[str, Any]


class Member(Server):
    """A server that knows which node it stands for."""

    __slots__ = ("node", "conf")

    node: Hashable
    conf: Conf


class Laid(NamedTuple):
    """What the points of a node were laid by."""

    text: str
    vnodes: Any
    weight: Any
    #: How many labels it was given.
    labels: int


class Points:
    """A ring as it is read: keys go to the first point strictly above."""

    __slots__ = ("keys", "owners", "nodes")

    def __init__(self, keys: list[Any], owners: dict[Any, Hashable], nodes: dict[Hashable, Conf]):
        self.keys = keys
        self.owners = owners
        self.nodes = nodes

    def index(self, hashed: Any) -> int:
        at = bisect(self.keys, hashed)
        return 0 if at == len(self.keys) else at


class Runtime(ABC):
    """What both rings have: nodes, points on demand, a native look-up where it may be."""

    #: The value of the scheme's option `mode`.
    mode: str
    #: The number of labels of weight 1 under which the native look-up is the ring.
    usual_vnodes: int
    #: What hashes keys in place of `hashi`, which hashes labels all the same.
    key_hash: Callable[[Any], Any] | None = None

    def __init__(self, raw: bool) -> None:
        #: Whether bytes are hashed as they are, and not as their literals.
        self._raw = raw
        self._nodes: dict[Hashable, Conf] = {}
        #: What each node's points were laid by: later changes of its fields or its text
        #: change nothing until they are laid again.
        self._laid: dict[Hashable, Laid] = {}
        self._distribution: Counter[Hashable] = Counter()
        #: The points, where the nodes alone do not decide them; else None.
        self._kept: Points | None = None
        self._begin()

    def _begin(self) -> None:
        self.lock = ForkLock()
        #: The nodes in a dict that stays the same one, for those who hold its keys.
        self.shown = dict(self._nodes)
        self._points: Points | None = None
        self._native: Continuum | None = None
        #: A text's node and its fields without a frame of Python: the core's look-up,
        #: as long as it is the ring's.
        self.node_of = _native.Lookup(self._find_node)
        self.conf_of = _native.Lookup(self._find_conf)

    def _find_node(self, key: Any) -> Any:
        """The node of a key: the object that was added. None from an empty ring."""
        member = self._member(key)
        if member is not None:
            return member.node
        points = self.read()
        return points.owners[points.keys[points.index(self.hashed(key))]] if points.keys else None

    def _find_conf(self, key: Any) -> Conf | None:
        """The fields of the node of a key."""
        member = self._member(key)
        if member is not None:
            return member.conf
        points = self.read()
        if not points.keys:
            return None
        return points.nodes[points.owners[points.keys[points.index(self.hashed(key))]]]

    def _member(self, key: Any) -> Member | None:
        """The server that stands for a key's node, where the core looks keys up."""
        native = None if self.key_hash is not None else self.native()
        if native is None:
            return None
        try:
            return native.resolve(self._bytes(key))  # type: ignore[return-value]
        except IndexError:
            return None

    def _bytes(self, key: Any) -> bytes:
        return key if self._raw and isinstance(key, bytes) else str(key).encode("utf-8")

    def hashed(self, key: Any) -> Any:
        """Where a key lies on the ring."""
        if self.key_hash is not None:
            return self.key_hash(key)
        native = self._native
        if native is not None:
            return native.position(self._bytes(key))
        if self._raw and isinstance(key, bytes):
            return self.hash_bytes(key)
        return self.hashi(key)

    def hash_keys_by(self, function: Callable[[Any], Any] | None) -> None:
        """Puts a function in the place of the one that hashes keys."""
        with self.changing():
            self.key_hash = function
            self._changed()

    def hashi(self, key: Any) -> Any:
        """What a key or a label hashes to: its text does."""
        return self.hash_bytes(str(key).encode("utf-8"))

    @abstractmethod
    def hash_bytes(self, data: bytes) -> Any:
        """What bytes hash to."""

    @abstractmethod
    def _build(self) -> Points:
        """The points of all nodes, as the nodes are."""

    @abstractmethod
    def _create_ring(self, nodes: Iterable[tuple[Hashable, Conf]]) -> None:
        """Lays the points of some nodes, whose fields are taken over already."""

    @abstractmethod
    def _remove_node(self, node: Hashable) -> None:
        """Takes a node and its points out. Raises KeyError for one that is not in."""

    def native(self) -> Continuum | None:
        """What looks keys up, or None where the points have to."""
        native = self._native
        if native is None and self._kept is None and self._nodes:
            with self.lock:
                native = self._native
                if native is None and self._kept is None and self._nodes:
                    native, members = self._native_of()
                    self.node_of.serve(native, [member.node for member in members])
                    self.conf_of.serve(native, [member.conf for member in members])
                    self._native = native
        return native

    def read(self) -> Points:
        """The points as they are now, for who does not hold the lock."""
        points = self._kept or self._points
        if points is None:
            with self.lock:
                points = self.points()
        return points

    def points(self) -> Points:
        """The points as they are now, in ascending order."""
        if self._kept is not None:
            return self._kept
        if self._points is None:
            self._points = self._build()
        return self._points

    def _changed(self) -> None:
        self.node_of.stop()
        self.conf_of.stop()
        self._points = None
        self._native = None
        for node in self.shown.keys() - self._nodes.keys():
            del self.shown[node]
        self.shown.update(self._nodes)

    def __getstate__(self) -> dict[str, Any]:
        with self.lock:
            state = self.__dict__.copy()
        for built in ("lock", "node_of", "conf_of", "shown", "_native", "_points"):
            del state[built]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._begin()

    @contextmanager
    def changing(self) -> Iterator[None]:
        """The lock, for a change that is made whole or not at all."""
        with self.lock:
            before = self.__dict__.copy()
            try:
                yield
            except BaseException:
                self.__dict__.update(before)
                self._changed()
                raise

    def _fits(self) -> bool:
        """Whether the scheme gives this ring's answers for these nodes."""
        texts = {laid.text for laid in self._laid.values()}
        # An empty text is hashed here; to the core it is no name.
        if "" in texts or len(texts) < len(self._laid):
            return False
        usual = self.usual_vnodes
        return type(usual) is int and usual > 0 and all(
            type(laid.weight) in (int, bool)
            and 0 <= laid.weight <= 0xFFFF_FFFF
            and laid.vnodes == usual
            for laid in self._laid.values()
        )

    def _native_of(self) -> tuple[Continuum, list[Member]]:
        members = []
        for node, conf in self._nodes.items():
            laid = self._laid[node]
            member = Member(laid.text, capacity=laid.weight, name=laid.text)
            member.node, member.conf = node, conf
            members.append(member)
        vnodes = "" if self.usual_vnodes == _USUAL[self.mode] else f",vnodes={self.usual_vnodes}"
        return quiet_continuum(f"uhashring:mode={self.mode}{vnodes}", members), members

    @property
    def _ring(self) -> dict[Any, Hashable]:
        return self.points().owners

    @property
    def _keys(self) -> list[Any]:
        return self.points().keys


#: Of a node. The original makes an object of each, and never ends with many more.
_MOST_LABELS = 1 << 27
_USUAL = {"default": 160, "ketama": 40}
_WORDS = Struct("<4I").unpack


class KetamaRing(Runtime):
    """Four 32-bit points a label; the number of labels depends on all nodes."""

    mode = "ketama"

    def __init__(self, replicas: int = 4, vnodes: int = 40, raw: bool = False) -> None:
        super().__init__(raw)
        self._replicas = replicas
        self.usual_vnodes = vnodes

    def hashi(self, key: Any, replica: int = 0) -> int:
        """A word of the MD5 of a key's or a label's text."""
        return self.hash_bytes(str(key).encode("utf-8"), replica)

    def hash_bytes(self, data: bytes, replica: int = 0) -> int:
        """A little-endian word of an MD5, which has four: IndexError for a fifth."""
        words: tuple[int, ...] = _WORDS(md5(data).digest())
        return words[replica]

    def _of_label(self, label: str) -> Iterator[int]:
        return (self.hashi(label, replica) for replica in range(self._replicas))

    def _build(self) -> Points:
        keys: list[int] = []
        owners: dict[int, Hashable] = {}
        for node, laid in self._laid.items():
            for number in range(laid.labels):
                for point in self._of_label(f"{laid.text}-{number}"):
                    owners[point] = node
                    keys.append(point)
        keys.sort()
        return Points(keys, owners, dict(self._nodes))

    def _create_ring(self, nodes: Iterable[tuple[Hashable, Conf]] = ()) -> None:
        total = sum(conf["weight"] for conf in self._nodes.values())

        def laid(node: Hashable, conf: Conf) -> Laid:
            vnodes, weight = conf["vnodes"], conf["weight"]
            labels = (vnodes * len(self._nodes) * weight) // total
            return Laid(_text(node), vnodes, weight, max(0, labels))

        self._laid = {node: laid(node, conf) for node, conf in self._nodes.items()}
        self._distribution = Counter(
            {
                node: laid.labels * self._replicas
                for node, laid in self._laid.items()
                if laid.labels
            }
        )
        self._changed()
        self._kept = None
        if self._replicas != 4 or not self._fits():
            self._kept = self._build()

    def _remove_node(self, node: Hashable) -> None:
        _known(self._nodes, node)
        del self._nodes[node]
        if self._nodes:
            self._create_ring()
        else:
            self._laid = {}
            self._distribution = Counter()
            self._kept = None
            self._changed()


class MetaRing(Runtime):
    """One point a label: by default all 128 bits of its MD5."""

    mode = "default"

    def __init__(
        self,
        hash_fn: Callable[[Any], Any] | None = None,
        vnodes: int = 160,
        leaves: bool = False,
        raw: bool = False,
    ) -> None:
        super().__init__(raw)
        if hash_fn and not callable(hash_fn):
            raise TypeError("hash_fn should be a callable function")
        self._hash_fn = hash_fn
        self.usual_vnodes = vnodes
        #: Up to 2.4 a node that loses weight leaves its surplus points behind.
        self._leaves = leaves

    def hashi(self, key: Any) -> Any:
        """The number that a key or a label hashes to."""
        return self._hash_fn(key) if self._hash_fn else super().hashi(key)

    def hash_bytes(self, data: bytes) -> Any:
        """An MD5 as one number, or what the caller's function says."""
        if self._hash_fn:
            return self._hash_fn(data)
        return int.from_bytes(md5(data).digest(), "big")

    def _lays(self, node: Hashable, conf: Conf) -> Laid:
        vnodes, weight = conf["vnodes"], conf["weight"]
        text = f"{node}" if self._hash_fn else _text(node)
        count = len(range(0, vnodes * weight))
        if count > _MOST_LABELS:
            raise ContinuumError(
                f"the weight of {text!r} asks for {count} labels, but at most {_MOST_LABELS} fit"
            )
        return Laid(text, vnodes, weight, count)

    def _build(self) -> Points:
        owners = self._owners(self._laid)
        return Points(sorted(owners), owners, dict(self._nodes))

    def _owners(self, lays: dict[Hashable, Laid]) -> dict[Any, Hashable]:
        return {
            self.hashi(f"{laid.text}-{number}"): node
            for node, laid in lays.items()
            for number in range(laid.labels)
        }

    def _create_ring(self, nodes: Iterable[tuple[Hashable, Conf]]) -> None:
        lays = {node: self._lays(node, conf) for node, conf in nodes}
        was, self._laid = self._laid, {**self._laid, **lays}
        shrinks = any(node in was and laid.labels < was[node].labels for node, laid in lays.items())
        plain = self._kept is None and not self._hash_fn and self._fits()
        if not plain or (self._leaves and shrinks):
            self._lay(lays, was)
        for node, laid in lays.items():
            count = laid.labels
            before = self._distribution.pop(node, 0) if self._leaves else 0
            self._distribution.pop(node, None)
            if before + count:
                self._distribution[node] = before + count
        self._changed()

    def _lay(self, lays: dict[Hashable, Laid], was: dict[Hashable, Laid]) -> None:
        """Writes the points of some nodes over those that are there, as they do."""
        owners = dict(self._kept.owners) if self._kept else self._owners(was)
        for node, laid in lays.items():
            if not self._leaves and node in was:
                self._drop(owners, node, was[node].text, was[node].labels)
            for number in range(laid.labels):
                owners[self.hashi(f"{laid.text}-{number}")] = node
        self._kept = Points(sorted(owners), owners, dict(self._nodes))

    def _drop(self, owners: dict[Any, Hashable], node: Hashable, text: str, count: int) -> None:
        """Old releases take a point away whosever it is by now."""
        for number in range(count):
            point = self.hashi(f"{text}-{number}")
            if self._leaves or owners.get(point) == node:
                owners.pop(point, None)

    def _remove_node(self, node: Hashable) -> None:
        _known(self._nodes, node)
        conf = self._nodes.pop(node)
        laid = self._laid[node]
        now = self._lays(node, conf) if self._leaves else laid
        if now.labels != laid.labels:
            # Old releases take away what the fields say now, whatever was laid.
            if self._kept is None:
                self._kept = self.points()
            laid = now
        self._laid = dict(self._laid)
        del self._laid[node]
        self._distribution.pop(node, None)
        if self._kept is not None:
            owners = dict(self._kept.owners)
            self._drop(owners, node, laid.text, laid.labels)
            self._kept = Points(sorted(owners), owners, dict(self._nodes))
        self._changed()


def _text(node: Hashable) -> str:
    """What is hashed of a node, which must have bytes."""
    text = f"{node}"
    text.encode("utf-8")
    return text


def _known(nodes: dict[Hashable, Conf], node: Hashable) -> None:
    if node not in nodes:
        raise KeyError(f"node '{node}' not found, available nodes: {nodes.keys()}")
