"""The continuum: servers under a scheme, ready to resolve keys."""

from __future__ import annotations

import copy
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, Self, TypeAlias, overload

from continuum import _native
from continuum._columns import ArrowArray, ArrowStream, ColumnCalls
from continuum._lock import ForkLock
from continuum._many import Many
from continuum._server import Fields, Server, ServerLike, server_of, servers_of

#: The points of all servers together, unless a continuum is given another number.
DEFAULT_TOTAL_DOTS = 1000

#: What can be resolved: text (its UTF-8 bytes), bytes and, under schemes that take
#: numbers (`SchemeInfo.takes_ints`), an int from 0 to 2**64 - 1 (its eight
#: little-endian bytes).
Key: TypeAlias = str | bytes | bytearray | memoryview | int


#: Many keys: collections and iterators, NumPy arrays among them, or Arrow arrays. Not a
#: text: that is one key.
Keys: TypeAlias = Many[Key] | ArrowArray | ArrowStream

#: The format of pickles, raised when an older release could not read them.
_PICKLE_FORMAT = 1

_HERE = os.path.dirname(__file__) + os.sep


class ContinuumWarning(UserWarning):
    """A continuum works as asked but not as hoped: see `Continuum.advice()`."""


class Advice(NamedTuple):
    """One thing to know about a continuum: a word for programs and a sentence."""

    topic: str
    message: str

    def __str__(self) -> str:
        return self.message


def warn_caller(message: str) -> None:
    """Warns where the caller's own code stands."""
    level, frame = 1, sys._getframe()
    while frame.f_back and frame.f_code.co_filename.startswith(_HERE):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, ContinuumWarning, stacklevel=level)


class Ownership(dict[Server, float]):
    """The share of the key space that each server owns, 0 to 1."""

    #: Each server's fair share: its capacity over the sum of all.
    fair: dict[Server, float]
    #: How the shares were found: "exact" from the whole map, "expected" from the
    #: scheme's formula, "sampled" by counting generated keys.
    basis: str
    #: Within how much of the true share a sampled one is, with 95 % probability.
    bound: float | None

    @property
    def peak(self) -> float:
        """The largest share over its fair one: 1 is perfect, 1.25 means that the
        busiest server gets a quarter too much."""
        return max((self[server] / fair for server, fair in self.fair.items() if fair), default=0)


class ZoneShare(NamedTuple):
    """A zone's part of all copies."""

    #: The zone; None for that of the servers without one.
    zone: str | None
    #: Servers in it.
    servers: int
    #: Its part of all copies, 0 to 1.
    share: float
    #: Its part of the capacity.
    fair: float
    #: The part of all keys that have a copy here: what a loss of the zone touches.
    keys: float
    #: The most copies of one key here.
    most: int


class CopyOwnership(NamedTuple):
    """What servers and zones hold when keys have copies."""

    #: Each server's part of all copies.
    shares: dict[Server, float]
    #: The zones, in the order in which the servers name them first.
    zones: list[ZoneShare]
    #: The part of all keys that have two copies in one zone.
    crowded: float
    #: Within how much of the true ones these counted shares are, with 95 % probability.
    bound: float | None


def _identity(server: object) -> str | None:
    return server.identity if isinstance(server, Server) else None


def _fields(servers: list[Server]) -> list[Fields]:
    """The fields of servers, which stand in a list that is anybody's to change."""
    for place, server in enumerate(servers):
        if not isinstance(server, Server):
            raise TypeError(
                f"servers[{place}] is no Server but {server!r}: say add_server({server!r})"
            )
    return [server._fields() for server in servers]


class Continuum(_native.Resolver, ColumnCalls):
    """Says which server owns a key.

    Without `scheme` it is the continuum of 2010, with its answers, its
    `totaldots` points, and its errors:

    >>> continuum = Continuum()
    >>> continuum.resolve("my-key")
    Traceback (most recent call last):
    ...
    IndexError: empty continuum
    >>> server = continuum.add_server("192.168.0.1", 8080)
    >>> continuum.add_server("192.168.0.2", 8080, capacity=2)
    <Server "192.168.0.2:8080", capacity=2>
    >>> continuum.resolve("my-key")
    <Server "192.168.0.2:8080", capacity=2>
    >>> continuum.resolve_indices(["my-key", b"any bytes \\xff", 17])
    [1, 0, 0]

    With `autogenerate=False` nothing changes until `generate()`.

    `scheme` names the rule, and its options after a colon; see
    `continuum.schemes()`. `servers` are `Server` objects, texts
    ``host:port=capacity`` or mappings:

    >>> continuum = Continuum(
    ...     scheme="python-continuum:points=320",
    ...     servers=["a:80", {"host": "b", "port": 80, "weight": 2}],
    ... )
    >>> continuum
    <Continuum "python-continuum:points=320", 2 servers>
    >>> continuum.candidates("my-key")
    [<Server "b:80", capacity=2>, <Server "a:80", capacity=1>]
    >>> continuum.position("my-key")
    1635800913

    A server that is down stays in the map: the first candidate that is up stands in.

    >>> continuum.resolve_where("my-key", lambda server: server.hostname != "b")
    <Server "a:80", capacity=1>

    Many keys at once, as an array of servers' numbers; `Keys` says what holds keys:

    >>> continuum.resolve_array(["my-key", "other-key"]).tolist()
    [1, 1]

    Any number of threads may resolve while one changes servers: each call
    answers from before the change or from after it.
    """

    #: The servers in the order added. What is changed here takes effect at the
    #: next `generate()`.
    servers: list[Server]
    #: The points of all servers together, where no scheme was given.
    totaldots: int
    #: Whether `add_server` and `remove_server` generate.
    autogenerate: bool
    #: Where `load()` read it: the name of the pool.
    name: str | None = None
    #: Where `load()` read it: what of a request is hashed, in the words of the
    #: configuration. None where the protocol's key is hashed as it stands.
    key_rule: str | None = None
    #: Where `load()` read it: identities of servers that are in the map and marked
    #: down. Their keys go to the next of the `candidates()`.
    down: tuple[str, ...] = ()
    #: Where `load()` read it: the factor of bounded loads in percent, if any.
    bounded: int | None = None

    _given: str | None
    _known: set[Server]
    _topics: frozenset[str]
    _lock: ForkLock

    def __init__(
        self,
        totaldots: int = DEFAULT_TOTAL_DOTS,
        autogenerate: bool = True,
        *,
        scheme: str | None = None,
        servers: Many[ServerLike] | Mapping[str, float | Mapping[str, Any]] = (),
    ) -> None:
        super().__init__()
        first: object = totaldots
        if isinstance(first, Iterable):
            call = "scheme=" if isinstance(first, str) else "servers="
            raise TypeError(
                f"the first argument is the number of points; say {call}{first!r}"
            )
        if scheme is not None and not isinstance(scheme, str):
            raise TypeError(f"scheme is the text of a scheme, not {type(scheme).__name__}")
        if scheme == "":
            raise _native.ContinuumError(
                "the scheme is empty: leave it out for python-continuum, or name one"
            )
        if scheme is not None and totaldots != DEFAULT_TOTAL_DOTS:
            raise TypeError("with scheme=, say python-continuum:points=… in place of totaldots")
        self._lock = ForkLock()
        self._topics = frozenset()
        self._known = set()
        self._given = scheme
        self.totaldots = totaldots
        self.autogenerate = autogenerate
        self.servers = []
        # An unknown scheme or an impossible total is told here.
        self._generate()
        self._refuse_unordered(servers)
        self.servers = servers_of(servers)
        if self.servers and autogenerate:
            self._generate()
            self._warn(self._topics)

    @overload
    def add_server(self, hostname: str, port: int, capacity: float = 1) -> Server: ...
    @overload
    def add_server(self, hostname: ServerLike, port: None = None) -> Server: ...
    def add_server(
        self, hostname: ServerLike, port: int | None = None, capacity: float = 1
    ) -> Server:
        """Adds a server and returns it.

        In place of host name, port and capacity it takes the text
        ``host:port=capacity``, a mapping, or a `Server`. Raises
        TypeError('server already added') for a server that is in.

        >>> continuum = Continuum()
        >>> continuum.add_server("192.168.0.1", 8080)
        <Server "192.168.0.1:8080", capacity=1>
        >>> continuum.add_server("192.168.0.2:8080=2")
        <Server "192.168.0.2:8080", capacity=2>
        >>> continuum.add_server("192.168.0.1", 8080)
        Traceback (most recent call last):
        ...
        TypeError: server already added
        """
        if port is not None:
            if not isinstance(hostname, str):
                raise TypeError("a port goes with a host name")
            server = Server(hostname, port, capacity)
        elif capacity != 1:
            raise TypeError("a capacity goes with a host name and a port")
        else:
            server = server_of(hostname)
        _native.check_server(server)
        with self._lock:
            if self._has(server):
                raise TypeError("server already added")
            self.servers.append(server)
            self._known.add(server)
            self._changed(lambda: self._known.discard(self.servers.pop()), [server])
        return server

    def add_servers(self, servers: Many[ServerLike] | Mapping[str, Any]) -> list[Server]:
        """Adds several servers, all of them or none, and returns them.

        >>> continuum = Continuum(scheme="ring-1")
        >>> continuum.add_servers(["a:80", {"host": "b", "port": 80, "weight": 2}])
        [<Server "a:80", capacity=1>, <Server "b:80", capacity=2>]
        """
        self._refuse_unordered(servers)
        added = servers_of(servers)
        for server in added:
            _native.check_server(server)
        with self._lock:
            before = len(self.servers)

            def undo() -> None:
                del self.servers[before:]
                self._known.clear()

            for server in added:
                if self._has(server):
                    undo()
                    raise TypeError(f"server already added: {server}")
                self.servers.append(server)
                self._known.add(server)
            self._changed(undo, added)
        return added

    def set_capacity(self, server: ServerLike, capacity: float) -> None:
        """Gives a server another capacity. Raises ValueError for one that is not in.

        >>> continuum = Continuum(scheme="ring-1", servers=["a:80", "b:80"])
        >>> continuum.set_capacity("b:80", 3)
        >>> round(continuum.ownership()[continuum.servers[1]], 1)
        0.8
        """
        with self._lock:
            index = self._index(server)
            if index is None:
                raise ValueError(f"{server!r} is not in the continuum")
            found = self.servers[index]
            before = found.capacity
            _native.check_server(found._fields()._replace(capacity=capacity))
            found.capacity = capacity
            self._changed(lambda: setattr(found, "capacity", before), [found])

    def snapshot(self) -> Self:
        """A copy that nobody else changes, whose `servers` are those that its map was
        built of: its numbers and its list belong together.

        >>> continuum = Continuum(scheme="ring-1", servers=["a:80", "b:80"])
        >>> now = continuum.snapshot()
        >>> [now.servers[owner].address for owner in now.resolve_indices(["my-key", "other"])]
        ['b:80', 'a:80']
        """
        with self._lock:
            twin = copy.copy(self)
            twin.servers = twin._built()[0]
        return twin

    def remove_server(self, server: ServerLike) -> None:
        """Removes a server: a `Server`, a mapping, or the text of its identity.

        Raises ValueError for one that is not in. With `autogenerate=False` its
        points stay until `generate()`, and resolve to it.

        >>> continuum = Continuum(servers=["a:80", "b:80"])
        >>> continuum.remove_server(Server("a", 80))
        >>> continuum.remove_server("b:80")
        >>> len(continuum)
        0
        """
        with self._lock:
            index = self._index(server)
            if index is None:
                raise ValueError(f"{server!r} is not in the continuum")
            removed = self.servers.pop(index)
            self._known.discard(removed)
            self._changed(lambda: self.servers.insert(index, removed))

    def generate(self) -> None:
        """Builds the map from the servers and their capacities as they are now.

        >>> continuum = Continuum(autogenerate=False)
        >>> server = continuum.add_server("192.168.0.1", 8080)
        >>> continuum.generate()
        >>> continuum.resolve("my-key")
        <Server "192.168.0.1:8080", capacity=1>

        Warns with a `ContinuumWarning` where there is `advice()`.
        """
        with self._lock:
            self._generate()
            self._warn(self._topics)

    def advice(self) -> list[Advice]:
        """What a person should know about this continuum. Empty is good news.

        >>> import warnings
        >>> with warnings.catch_warnings():
        ...     warnings.simplefilter("ignore", ContinuumWarning)
        ...     many = Continuum(servers=[f"10.0.0.{n}:80" for n in range(251)])
        >>> many.advice()[0].topic
        'starved'
        """
        return [Advice(*advice) for advice in self._advice()]

    def ownership(self) -> Ownership:
        """The share of the key space that each server owns.

        >>> continuum = Continuum(servers=["a:80", "b:80=3"])
        >>> for server, share in continuum.ownership().items():
        ...     print(server.hostname, round(share, 3))
        a 0.24
        b 0.76
        """
        servers, shares, fair, basis, bound = self._ownership()
        ownership = Ownership(zip(servers, shares))
        ownership.fair = dict(zip(servers, fair))
        ownership.basis = basis
        ownership.bound = bound
        return ownership

    def copy_ownership(self, n: int) -> CopyOwnership:
        """What servers and zones hold of n copies of every key, laid by
        `copies_in_zones`: counted over a hundred thousand generated keys.

        >>> servers = [Server("a", 80, zone="north"), Server("b", 80, zone="north"),
        ...            Server("c", 80, zone="south")]
        >>> continuum = Continuum(scheme="slots-1", servers=servers)
        >>> {server.zone for server in continuum.copies_in_zones("my-key", 2)} == {"north", "south"}
        True
        >>> held = continuum.copy_ownership(2)
        >>> held.shares[servers[2]], held.zones[0].share, held.crowded
        (0.5, 0.5, 0.0)
        """
        shares, zones, crowded, bound = self._copy_ownership(n)
        return CopyOwnership(dict(shares), [ZoneShare(*zone) for zone in zones], crowded, bound)

    def __len__(self) -> int:
        return len(self.servers)

    def __iter__(self) -> Iterator[Server]:
        # Over a copy: another thread may add servers meanwhile.
        return iter(self.servers.copy())

    def __contains__(self, server: object) -> bool:
        return self._index(server) is not None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Continuum):
            return NotImplemented
        return self._same(other) and self._now() == other._now()

    #: It changes, so it cannot be a key of a dict.
    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        count = len(self.servers)
        plural = "" if count == 1 else "s"
        return f'<{type(self).__name__} "{self.scheme}", {count} server{plural}>'

    def __copy__(self) -> Self:
        with self._lock:
            twin = type(self).__new__(type(self))
            twin.__dict__.update(self.__dict__)
            twin.servers = self.servers.copy()
            twin._known = set()
            twin._lock = ForkLock()
            twin._adopt(self)
        return twin

    def __getstate__(self) -> dict[str, Any]:
        """Servers, scheme and format: never the points."""
        with self._lock:
            objects, records = self._built()
            fields = [Fields(**record) for record in records]
            current = objects == self.servers and fields == self._now()
            attributes = {
                name: value
                for name, value in self.__dict__.items()
                if name not in ("_lock", "_topics", "_known", "_given", "servers")
            }
            return {
                "format": _PICKLE_FORMAT,
                "scheme": self._given,
                "servers": self.servers.copy(),
                # What resolves now, where that is not the list of servers.
                "built": None if current else (self.scheme, objects, fields),
                "attributes": attributes,
            }

    def __setstate__(self, state: dict[str, Any]) -> None:
        if state.get("format") != _PICKLE_FORMAT:
            raise _native.ContinuumError(
                f"a pickle of format {state.get('format')!r}; this release reads {_PICKLE_FORMAT}"
            )
        self.__dict__.update(state["attributes"])
        self._lock = ForkLock()
        self._known = set()
        self._given = state["scheme"]
        self.servers = state["servers"]
        if state["built"] is None:
            self._build(self._wanted(), self.servers, self._now())
        else:
            self._build(*state["built"])
        self._topics = frozenset(topic for topic, _ in self._advice())

    def _wanted(self) -> str:
        """The scheme of the next `generate()`."""
        return self._given or f"python-continuum:points={self.totaldots}"

    def _now(self) -> list[Fields]:
        return _fields(self.servers)

    def _has(self, server: Server) -> bool:
        """Whether a server is in, without a look at each: people add many.

        The list is theirs to change, so the set may lag behind it. What it then
        lets pass is refused when the map is built.
        """
        if len(self._known) != len(self.servers):
            self._known = set(self.servers)
        return server in self._known and server in self.servers

    def _index(self, wanted: object) -> int | None:
        """Where a server stands in the list."""
        # Strangers in the list keep their places, and are none of the servers.
        servers = self.servers.copy()
        if isinstance(wanted, str):
            text = wanted
            if not any(_identity(server) == text for server in servers):
                # The text by which it was added, capacity and all.
                try:
                    text = Server.parse(text).identity
                except _native.ContinuumError:
                    return None
            same = (_identity(server) == text for server in servers)
        else:
            if not isinstance(wanted, Server):
                try:
                    wanted = server_of(wanted)  # type: ignore[arg-type]
                except TypeError:
                    return None
            same = (server == wanted for server in servers)
        return next((index for index, found in enumerate(same) if found), None)

    def _refuse_unordered(self, servers: object) -> None:
        """A set has another order in every process."""
        if isinstance(servers, (set, frozenset)) and not _native.order_is_free(self._wanted()):
            raise TypeError(
                f"under scheme {self._wanted()!r} the order of the servers decides who owns a "
                "key, and a set has none: give a list"
            )

    def _generate(self) -> None:
        servers = self.servers.copy()
        fields = _fields(servers)
        if self._given is None and servers and not any(each.capacity for each in fields):
            # As in 2010, which divided by the sum of the capacities.
            raise ZeroDivisionError("float division by zero")
        self._build(self._wanted(), servers, fields)
        self._topics = frozenset(topic for topic, _ in self._advice())

    def _changed(self, undo: Callable[[], object], servers: Iterable[Server] = ()) -> None:
        """Generates after a change of the servers, and tells what became true with it."""
        if not self.autogenerate:
            return
        before = self._topics
        try:
            if self._given is not None:
                # Many are added one by one: the map is built when somebody looks.
                _native.check_capacities(self._given, list(servers))
                self._defer(self._generate_later)
                return
            self._generate()
        except ZeroDivisionError:
            # As in 2010: the change stays.
            raise
        except BaseException:
            undo()
            raise
        self._warn(self._topics - before)

    def points(self) -> list[tuple[int, Server]]:
        """The positions at which the owner changes, ascending, each with the server that
        owns the stretch that ends there: the points of a ring, neighbours of one server
        counted once. Raises ContinuumError under a scheme that has no ring.

        >>> continuum = Continuum(scheme="ring-1", servers=["a:80", "b:80"])
        >>> position, server = continuum.points()[0]
        >>> continuum._owner_at(position) == server
        True
        """
        ranges = self._ranges()
        if ranges is None:
            raise _native.ContinuumError(f"scheme {self.scheme!r} has no ring of points")
        return [(last, owner) for _, last, owner in ranges if owner is not None]

    def _generate_later(self) -> None:
        """Called by the first look after a change."""
        with self._lock:
            if self._pending():
                before = self._topics
                self._generate()
                self._warn(self._topics - before)

    def _warn(self, topics: frozenset[str]) -> None:
        for topic, message in self._advice() if topics else ():
            if topic in topics:
                warn_caller(message)
