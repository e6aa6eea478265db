"""A hasher for pymemcache's `HashClient`: any scheme, servers that come back.

    >>> from continuum.pymemcache import hasher
    >>> ketama = hasher("libmemcached:distribution=ketama")
    >>> nodes = ketama()
    >>> for node in "10.0.0.1:11211", "10.0.0.2:11211":
    ...     nodes.add_node(node)
    >>> nodes.get_node("my-key")
    '10.0.0.2:11211'

In a program it is one argument, ``HashClient(servers, hasher=ketama)``. Django takes
it as ``"OPTIONS": {"hasher": ketama}`` of `PyMemcacheCache`, Celery (with two servers
or more; it passes the options to another client for one) as
``cache_backend_options={"hasher": ketama}``.

Needs no pymemcache itself: that package calls what stands here.
"""

from __future__ import annotations

import contextlib
import warnings
import weakref
from collections.abc import Iterable
from os import PathLike
from typing import Literal, Self

from continuum import _native
from continuum._continuum import Continuum, ContinuumWarning, warn_caller
from continuum._load import load
from continuum._lock import ForkLock
from continuum._memcached_node import Node, Texts, by_text, node_of, node_of_server, text_of
from continuum._server import Fields

__all__ = ["Nodes", "hasher"]

#: Every map in use, by its scheme and servers: threads that each have a client of
#: the same servers share one.
_MAPS: weakref.WeakValueDictionary[tuple[str, tuple[tuple[str, Fields], ...]], Continuum] = (
    weakref.WeakValueDictionary()
)
_BUILDING = ForkLock()


class hasher:
    """Makes the hashers of `HashClient`s: one object for each call, as a class would.

    `scheme` is the text of a scheme. `capacities` maps nodes to weights; nodes that it
    does not name weigh 1. `names` maps nodes to the names that are hashed in their
    place. A node is written as the client is given it, or as it writes it itself:
    ``10.0.0.1:11211``, ``("10.0.0.1", 11211)``, ``[::1]:11211``, ``unix:/run/a.sock``.

    `on_dead` says what happens while the client has removed a node. "rebuild" is a
    map without it, as pymemcache's own hasher, libmemcached's ejection and
    twemproxy's `auto_eject_hosts` have it. "next" leaves the map as it is and sends
    the node's keys, and no others, to the next of their candidates.

    A node that comes back takes its old place, so that a scheme which numbers
    servers by their place gives it its old keys.

    An unknown scheme, a weight that the scheme cannot hold and two nodes of one name
    raise a `ContinuumError` here; weights that the scheme ignores warn, here or where
    the client's other nodes are known, at its first look-up. It can be pickled and
    copied.
    """

    _servers: tuple[Node, ...]

    def __init__(
        self,
        scheme: str = "pymemcache",
        *,
        capacities: Texts[float] | None = None,
        names: Texts[str] | None = None,
        on_dead: Literal["rebuild", "next"] = "rebuild",
    ) -> None:
        if not isinstance(scheme, str):
            raise TypeError(f"scheme is the text of a scheme, not {type(scheme).__name__}")
        if on_dead not in ("rebuild", "next"):
            raise ValueError(f"on_dead is 'rebuild' or 'next', not {on_dead!r}")
        self.scheme = scheme
        self.on_dead: Literal["rebuild", "next"] = on_dead
        #: By the texts by which the client names its nodes, as `names` is.
        self.capacities = by_text(capacities or {}, "capacities")
        self.names = by_text(names or {}, "names")
        self._fixed = False
        self._servers = tuple(
            node_of(node, scheme, self.capacities, self.names)
            for node in dict.fromkeys([*self.capacities, *self.names])
        )
        # Refuses what cannot be, and warns of what makes no difference.
        built = Continuum(scheme=scheme, servers=self._servers)
        self._warned = any(advice.topic == "capacity" for advice in built.advice())

    @classmethod
    def from_config(
        cls,
        file: str | PathLike[str],
        pool: str | None = None,
        *,
        on_dead: Literal["rebuild", "next"] = "rebuild",
    ) -> Self:
        """The map of a pool of a configuration that `continuum.load` reads: its
        scheme, and its servers' order, weights and names.

        Nodes are found by ``host:port``. A client's node that the pool does not name
        is refused with a `ContinuumError` when it is added.
        """
        return cls.from_continuum(load(file, pool), on_dead=on_dead)

    @classmethod
    def from_continuum(cls, continuum: Continuum, *, on_dead: Literal["rebuild", "next"] = "rebuild") -> Self:
        """The map of a continuum: its scheme, and its servers' order, weights and names."""
        made = cls(continuum.scheme, on_dead=on_dead)
        made._fixed = True
        made._servers = tuple(node_of_server(server) for server in continuum)
        made.capacities = {server.node: server.capacity for server in made._servers}
        return made

    def __call__(self) -> Nodes:
        return Nodes(self)

    def __repr__(self) -> str:
        return f"<hasher {self.scheme!r}, on_dead={self.on_dead!r}>"


class Nodes:
    """The nodes of one client, and who of them owns a key."""

    def __init__(self, made_by: hasher) -> None:
        self._hasher = made_by
        self._lock = ForkLock()
        #: Every node that was ever added, in the order of their first time.
        self._known: dict[str, Node] = {}
        if made_by._fixed:
            self._known = {server.node: server for server in made_by._servers}
        self._alive: frozenset[str] = frozenset()
        self._map: Continuum | None = None
        self._all_alive = True
        self._warned: set[str] = set()

    @property
    def nodes(self) -> list[str]:
        """The nodes that are in, in the order in which the map counts them."""
        return [node for node in self._known if node in self._alive]

    def add_node(self, node: str) -> None:
        """Adds a node, or takes one back. One that is in stays as it is."""
        with self._lock:
            if node not in self._known:
                if self._hasher._fixed:
                    raise _native.ContinuumError(
                        f"node {node!r} is none of the servers of the configuration: "
                        + ", ".join(self._known)
                    )
                made_by = self._hasher
                self._known[node] = node_of(
                    node, made_by.scheme, made_by.capacities, made_by.names
                )
            if node not in self._alive:
                self._alive |= {node}
                self._map = None

    def remove_node(self, node: str) -> None:
        """Takes a node out. Raises ValueError for one that is not in."""
        with self._lock:
            if node not in self._alive:
                raise ValueError(f"No such node {node} to remove")
            self._alive -= {node}
            self._map = None

    def get_node(self, key: str | bytes) -> str | None:
        """The node of a key, or None where no node is in. Raises nothing."""
        found = self._map
        if found is None:
            found = self._build()
            if found is None:
                return None
        if type(key) is not str:
            key = self._text(key)
        try:
            if self._all_alive:
                return found.resolve(key).node  # type: ignore[attr-defined,no-any-return]
            return self._next(found, key)
        except IndexError:
            # Every node that is in has a weight of 0.
            return None
        except UnicodeEncodeError:
            return self.get_node(key.encode("utf-8", "surrogatepass"))  # type: ignore[union-attr]

    def _next(self, found: Continuum, key: str | bytes) -> str | None:
        alive = self._alive
        up = found.resolve_where(key, lambda server: server.node in alive)  # type: ignore[attr-defined]
        return None if up is None else up.node  # type: ignore[attr-defined]

    def _text(self, key: object) -> str | bytes:
        own = self._hasher.scheme.partition(":")[0] == "pymemcache"
        if isinstance(key, str) and not own:
            # The client sends what such a text holds, whatever it shows itself as.
            return key
        if isinstance(key, (bytes, bytearray, memoryview)):
            data = bytes(key)
            if not own:
                return data
            # pymemcache formats the key into a text, b'…' and all.
            self._warn("under scheme 'pymemcache' b'key' and 'key' are two keys, as in pymemcache")
            return str(data)
        return f"{key}"

    def _build(self) -> Continuum | None:
        with self._lock:
            if self._map is not None:
                return self._map
            alive, known = self._alive, self._known
            if not alive:
                return None
            first = not self._warned
            self._warn_of_absent(alive)
            rebuild = self._hasher.on_dead == "rebuild"
            servers = [server for node, server in known.items() if not rebuild or node in alive]
            try:
                built = _shared(self._hasher.scheme, servers)
            except _native.ContinuumError as error:
                # A wrong owner would be worse than none, and nothing may be raised.
                self._warn(f"no node owns any key: {error}")
                return None
            if first and self._hasher.capacities and not (
                self._hasher._fixed or self._hasher._warned
            ):
                for advice in built.advice():
                    if advice.topic == "capacity":
                        self._warn(advice.message)
            self._all_alive = rebuild or len(alive) == len(known)
            self._map = built
            return built

    def _warn_of_absent(self, alive: frozenset[str]) -> None:
        """Told once, when the client has added what it has: these are no dead nodes."""
        if self._warned:
            return
        self._warned.add("")
        expected = self._known if self._hasher._fixed else dict.fromkeys(
            [*self._hasher.capacities, *self._hasher.names]
        )
        here = {*alive, *map(text_of, alive)}
        absent = [node for node in expected if node not in here]
        if absent:
            self._warn(f"the client has no node {', '.join(absent)}, which the hasher was told of")

    def _warn(self, message: str) -> None:
        if message in self._warned:
            return
        self._warned.add(message)
        # Where warnings are errors, a look-up is still no place to raise one.
        with contextlib.suppress(ContinuumWarning):
            warn_caller(message)

    def __getstate__(self) -> dict[str, object]:
        with self._lock:
            state = dict(self.__dict__)
        del state["_lock"]
        return {**state, "_map": None, "_warned": set(self._warned)}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        self._lock = ForkLock()


def _shared(scheme: str, servers: Iterable[Node]) -> Continuum:
    """The one map in this process of a scheme and servers."""
    servers = list(servers)
    key = scheme, tuple((server.node, server._fields()) for server in servers)
    with _BUILDING:
        built = _MAPS.get(key)
        if built is None:
            with warnings.catch_warnings():
                # The hasher warned when it was made.
                warnings.simplefilter("ignore", ContinuumWarning)
                built = Continuum(scheme=scheme, servers=servers)
            _MAPS[key] = built
        return built
