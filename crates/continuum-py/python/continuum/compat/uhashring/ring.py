"""`HashRing`: nodes of any kind, found by keys of any kind."""

from __future__ import annotations

from abc import ABCMeta
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, KeysView, Mapping
from typing import Any, Literal
from weakref import WeakValueDictionary

from continuum.compat.uhashring.runtime import Conf, KetamaRing, MetaRing, Points, Runtime

__all__ = ["HashRing"]

_DEFAULTS: Conf = {"weight": 1}

#: The look-ups that a ring keeps a faster form of, and their methods as they stand here.
_LOOK_UPS: dict[str, Any] = {}
#: By number, as rings that derive from `HashRing` may have no hash.
_RINGS: WeakValueDictionary[int, HashRing] = WeakValueDictionary()

_NO_NODES: list[Any] = []


class _Watched(ABCMeta):
    """Sees that somebody puts another look-up into the class, as mocks do for a while."""

    def __setattr__(cls, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        _told(name)

    def __delattr__(cls, name: str) -> None:
        super().__delattr__(name)
        _told(name)


def _told(name: str) -> None:
    if name in _LOOK_UPS:
        for ring in list(_RINGS.values()):
            ring._bind()


class HashRing(metaclass=_Watched):
    """uhashring's ring of nodes.

    `nodes` is a name, a list of nodes, or a mapping of nodes to weights or to
    mappings of `hostname`, `instance`, `nodename`, `port`, `vnodes` and `weight`. A
    node is any hashable object; its text is hashed and the object comes back.

    `hash_fn` is None for the ring of 128 bits, "ketama", or a function of the
    caller's. `vnodes` is the number of labels of a node of weight 1 (160, ketama
    40), `replicas` ketama's number of points a label (4), `weight_fn` a function
    that gives a node's weight from its fields. Other keywords are ignored, as
    uhashring ignores them, but for two of our own:

    * `version`: "2.1" and "2.3" keep the surplus points of a node whose weight
      was lowered, as these releases do; "2.5" drops them.
    * `bytes_keys`: "repr" hashes a bytes key as its literal, ``b'key'``, as
      uhashring does; "raw" hashes the bytes themselves.

    Threads may look keys up while one changes the ring, and a ring can be pickled
    where its functions can.

    >>> ring = HashRing([1, 2, 3, 4], hash_fn="ketama", replicas=3)
    >>> ring.get_node("foo")
    4
    """

    runtime: Runtime

    def __init__(self, nodes: Any = _NO_NODES, **kwargs: Any) -> None:
        hash_fn = kwargs.get("hash_fn")
        vnodes = kwargs.get("vnodes")
        weight_fn = kwargs.get("weight_fn")
        version = kwargs.get("version", "2.5")
        if version not in ("2.1", "2.3", "2.5"):
            raise ValueError(f"version is 2.1, 2.3 or 2.5, not {version!r}")
        bytes_keys: Literal["repr", "raw"] = kwargs.get("bytes_keys", "repr")
        if bytes_keys not in ("repr", "raw"):
            raise ValueError(f"bytes_keys is 'repr' or 'raw', not {bytes_keys!r}")
        if weight_fn and not callable(weight_fn):
            raise TypeError("weight_fn should be a callable function")
        raw = bytes_keys == "raw"
        self._version = version
        self._weight_fn: Callable[..., Any] | None = weight_fn
        if hash_fn == "ketama":
            self._default_vnodes = 40 if vnodes is None else vnodes
            self.runtime = KetamaRing(kwargs.get("replicas", 4), self._default_vnodes, raw)
        else:
            self._default_vnodes = 160 if vnodes is None else vnodes
            self.runtime = MetaRing(hash_fn, self._default_vnodes, version != "2.5", raw)
        self._begin()
        with self.runtime.lock:
            if self._configure_nodes(nodes):
                self.runtime._create_ring(self.runtime._nodes.items())

    def _begin(self) -> None:
        _RINGS[id(self)] = self
        self._bind()

    def _bind(self) -> None:
        """Keeps the look-ups of the runtime for those of the class: that saves a frame.
        Whoever keeps such a method sees all changes: they are made to what it reads."""
        finds = {"get_node": self.runtime.node_of.find, "get": self.runtime.conf_of.find}
        for name, find in finds.items():
            if getattr(type(self), name) is _LOOK_UPS[name]:
                self.__dict__.setdefault(name, find)
            elif self.__dict__.get(name) == find:
                del self.__dict__[name]

    @property
    def hashi(self) -> Callable[..., Any]:
        """What hashes a key: the ring's own function, or what somebody put in its place."""
        return self.runtime.key_hash or self.runtime.hashi

    @hashi.setter
    def hashi(self, function: Callable[[Any], Any]) -> None:
        self.runtime.hash_keys_by(function)

    @hashi.deleter
    def hashi(self) -> None:
        self.runtime.hash_keys_by(None)

    def _configure_nodes(self, nodes: Any) -> bool:
        """Takes the nodes' fields over; whether the points change."""
        if isinstance(nodes, str):
            nodes = [nodes]
        elif not isinstance(nodes, (dict, list)):
            raise ValueError(
                f"nodes configuration should be a list or a dict, got {type(nodes)}"
            )
        # Readers hold the mapping that was: a change is a new one.
        known = dict(self.runtime._nodes)
        changed = False
        for node in nodes:
            conf: Conf = {
                "hostname": node,
                "instance": None,
                "nodename": node,
                "port": None,
                "vnodes": self._default_vnodes,
                "weight": 1,
            }
            current = known.get(node, {})
            changed |= not current
            if isinstance(nodes, dict):
                given = nodes[node]
                if isinstance(given, int):
                    conf["weight"] = given
                elif isinstance(given, dict):
                    conf.update((name, given[name]) for name in given if name in conf)
                    changed |= any(
                        current.get(name) != conf[name]
                        for name in ("nodename", "vnodes", "weight")
                        if name in given
                    )
                else:
                    raise ValueError(
                        f"node configuration should be a dict or an int, got {type(given)}"
                    )
            if self._weight_fn:
                conf["weight"] = self._weight_fn(**conf)
            changed |= current.get("weight") != conf["weight"]
            known[node] = conf
        self.runtime._nodes = known
        if not changed:
            # Ports and instances are read from what was built.
            self.runtime._changed()
            kept = self.runtime._kept
            if kept is not None:
                self.runtime._kept = Points(kept.keys, kept.owners, known)
        return changed

    def __setitem__(self, nodename: Hashable, conf: Any = _DEFAULTS) -> None:
        """Adds a node, or gives it other fields."""
        with self.runtime.changing():
            if self._configure_nodes({nodename: conf}):
                self.runtime._create_ring([(nodename, self.runtime._nodes[nodename])])

    add_node = __setitem__

    def __delitem__(self, nodename: Hashable) -> None:
        """Removes a node. Raises KeyError for one that is not in."""
        with self.runtime.changing():
            self.runtime._nodes = dict(self.runtime._nodes)
            self.runtime._remove_node(nodename)

    remove_node = __delitem__

    def __getitem__(self, key: Any) -> Any:
        """The instance of the node of a key."""
        conf = self.get(key)
        return None if conf is None else conf["instance"]

    get_node_instance = __getitem__

    def __contains__(self, node: object) -> bool:
        return node in self.runtime._nodes

    def __iter__(self) -> Iterator[Hashable]:
        return iter(list(self.runtime._nodes))

    def __len__(self) -> int:
        return len(self.runtime._nodes)

    def __bool__(self) -> bool:
        """Always: uhashring's ring has no length, and `given or HashRing()` takes an empty one."""
        return True

    def get(self, key: Any) -> Conf | None:
        """The fields of the node of a key."""
        return self.runtime.conf_of.find(key)  # type: ignore[no-any-return]

    def get_node(self, key: Any) -> Any:
        """The node of a key: the object that was added. None from an empty ring."""
        return self.runtime.node_of.find(key)

    def get_node_hostname(self, key: Any) -> Any:
        """The host name of the node of a key."""
        conf = self.get(key)
        return None if conf is None else conf["hostname"]

    def get_node_port(self, key: Any) -> Any:
        """The port of the node of a key."""
        conf = self.get(key)
        return None if conf is None else conf["port"]

    def get_node_weight(self, key: Any) -> Any:
        """The weight of the node of a key."""
        conf = self.get(key)
        return None if conf is None else conf["weight"]

    def get_node_pos(self, key: Any) -> int | None:
        """The place of a key's point among the points in ascending order."""
        points = self.runtime.read()
        return points.index(self.runtime.hashed(key)) if points.keys else None

    _get_pos = get_node_pos

    def _get(self, key: Any, what: str) -> Any:
        """Of the node of a key a field, or its place, name, fields or point."""
        if what in ("hostname", "instance", "port", "weight", "dict"):
            conf = self.get(key)
            return conf if conf is None or what == "dict" else conf[what]
        asks = {"pos": self.get_node_pos, "nodename": self.get_node, "tuple": self.get_server}
        return asks[what](key) if what in asks else None

    def get_server(self, key: Any) -> tuple[Any, Any] | None:
        """A key's point and its node."""
        points = self.runtime.read()
        if not points.keys:
            return None
        point = points.keys[points.index(self.runtime.hashed(key))]
        return point, points.owners[point]

    def get_key(self, key: Any) -> Any:
        """What a key hashes to."""
        return self.runtime.hashed(key)

    def get_instances(self) -> list[Any]:
        """The instances of all nodes that have one."""
        return [conf["instance"] for conf in self.runtime._nodes.values() if conf["instance"]]

    def get_nodes(self) -> KeysView[Hashable]:
        """The nodes, as they are when somebody looks: the keys of a dict."""
        return self.runtime.shown.keys()

    def get_points(self) -> list[tuple[Any, Any]]:
        """Every point and its node, in ascending order."""
        points = self.runtime.read()
        return [(point, points.owners[point]) for point in points.keys]

    def iterate_nodes(self, key: Any, distinct: bool = True) -> Iterator[Any]:
        """The nodes from a key's point on, around the ring; None from an empty ring."""
        if not self.runtime.read().keys:
            yield None
            return
        for conf in self.range(key, unique=distinct):
            yield conf["nodename"]

    def range(self, key: Any, size: int | None = None, unique: bool = True) -> Iterator[Conf]:
        """The fields of the nodes from a key's point on, at most `size` of them."""
        points = self.runtime.read()
        if not points.keys:
            return
        start = points.index(self.runtime.hashed(key))
        size = size or (len(points.nodes) if unique else None)
        seen: set[Hashable] = set()
        count = 0
        for point in points.keys[start:] + points.keys[:start]:
            node = points.owners[point]
            if unique and node in seen:
                continue
            seen.add(node)
            yield points.nodes[node]
            count += 1
            if count == size:
                return

    def regenerate(self) -> None:
        """Lays all points anew: for a `weight_fn` that gives other weights by now."""
        with self.runtime.changing():
            if self._version == "2.5":
                self._configure_nodes(dict(self.runtime._nodes))
            self.runtime._create_ring(self.runtime._nodes.items())

    def print_continuum(self) -> None:
        """Prints every point and its node."""
        points = self.get_points()
        print(f"Numpoints in continuum: {len(points)}" if points else "Continuum empty")
        for point, node in points:
            print(f"{node} ({point})")

    @property
    def nodes(self) -> Mapping[Hashable, Conf]:
        """Every node and its fields."""
        return self.runtime._nodes

    conf = nodes
    _nodes = nodes

    @property
    def ring(self) -> Mapping[Any, Hashable]:
        """Every point's node."""
        return self.runtime.read().owners

    continuum = ring
    _ring = ring

    @property
    def _keys(self) -> list[Any]:
        return self.runtime.read().keys

    @property
    def distribution(self) -> Counter[Hashable]:
        """How many points each node was given."""
        return self.runtime._distribution

    @property
    def size(self) -> int:
        """The number of points, those at one position counted once."""
        return len(self.runtime.read().owners)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name not in _LOOK_UPS}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._begin()


_LOOK_UPS.update(get_node=HashRing.get_node, get=HashRing.get)
