"""A continuum that follows its members, and passes over those that fail."""

from __future__ import annotations

import copy
import logging
import math
import os
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

from continuum import sources
from continuum._continuum import Continuum, Key
from continuum._lock import ForkLock
from continuum._native import ContinuumError
from continuum._plan import Plan
from continuum._server import Fields, Server, servers_of
from continuum._standing import prometheus

_LOG = logging.getLogger("continuum.members")


class Refusal(NamedTuple):
    """A set of servers that did not become the map."""

    #: "empty", "unbuilt" (the scheme cannot hold them) or "move".
    reason: str
    #: The sentence for people.
    message: str
    #: The fingerprint of the refused set, where a map of it could be built.
    fingerprint: int | None
    #: When it was judged, in seconds since 1970.
    at: float


@dataclass
class _Answer:
    """What a source said: compared by what it means, built when it has stood."""

    scheme: str | None
    fields: tuple[Fields, ...]
    servers: list[Server] = field(compare=False)
    ordered: bool = True


class Members:
    """A continuum that is swapped whole when its source says so.

    `source` is called without arguments and gives all servers, or a `Continuum`; a path
    stands for `sources.File`, ``elasticache://host:port`` (``elasticaches://`` over TLS) for
    `sources.ElastiCache`. `scheme` is for sources that name none. What the source says
    becomes the map where it is whole and not empty, has been the same for `settle` seconds,
    and moves no more than `max_move` of the keys. Else the map stays, and why is told once,
    to the logger ``continuum.members``.

    Nothing happens by itself: call `refresh()` as often as you like, or `watch()` for a thread
    that does.

    >>> servers = ["a:11211", "b:11211", "c:11211"]
    >>> members = Members(lambda: servers, scheme="rendezvous-1", settle=0)
    >>> members.refresh()
    True
    >>> members.resolve("my-key")
    <Server "c:11211", capacity=1>
    >>> servers = []
    >>> members.refresh(), len(members.continuum), members.last_refusal.message
    (False, 3, 'there is no server in the answer')

    A server that fails is passed over, the map untouched: nobody else's keys move, and
    its own come back when it does.

    >>> members.mark_failed("c:11211")
    >>> members.resolve("my-key")
    <Server "b:11211", capacity=1>
    >>> members.mark_ok("c:11211")
    >>> members.resolve("my-key")
    <Server "c:11211", capacity=1>

    It may be used by many threads. The continuum that it gives is everybody's: do not
    change it.
    """

    def __init__(
        self,
        source: sources.Source | str | os.PathLike[str],
        *,
        scheme: str | None = None,
        max_move: float = 0.34,
        settle: float = 3.0,
        continuum: Continuum | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not 0 <= max_move <= 1:
            raise ContinuumError(f"max_move is a share from 0 to 1, not {max_move!r}")
        if not 0 <= settle < math.inf:
            raise ContinuumError(f"settle is a number of seconds, not {settle!r}")
        self.max_move, self.settle = max_move, settle
        self._source = _source(source, scheme)
        self._scheme, self._clock = scheme, clock
        # Asking is one at a time, and may last; what was found is held for moments.
        self._asking, self._lock = ForkLock(), ForkLock()
        self._map = continuum.snapshot() if continuum is not None else None
        self._failed: dict[str, float] = {}
        self._pending: tuple[_Answer, float] | None = None
        self._judged: _Answer | None = None
        self._approved: int | None = None
        self._approvals = 0
        self._told: set[tuple[str, object]] = set()
        self._counts = dict.fromkeys(
            ("answers", "faults", "changes", "empty", "unbuilt", "move"), 0
        )
        #: The shares of a map, and whose they are.
        self._shares: tuple[Continuum, dict[str, float]] | None = None
        self._refused = self._failing = False
        self._stop: threading.Event | None = None
        self._thread: threading.Thread | None = None
        #: What was refused last.
        self.last_refusal: Refusal | None = None
        #: How the source failed last.
        self.last_fault: str | None = None
        #: When the map changed, in seconds since 1970.
        self.changed_at: float | None = None

    @property
    def continuum(self) -> Continuum:
        """The map in force; `ContinuumError` while there is none yet."""
        if self._map is None:
            raise ContinuumError(f"{self._source}: no servers yet: call refresh() or wait()")
        return self._map

    @property
    def fingerprint(self) -> int | None:
        """The fingerprint of the map in force: equal in all processes that have the same."""
        return None if self._map is None else self._map.fingerprint()

    def resolve(self, key: Key) -> Server | None:
        """The owner of a key, or the next candidate that has not failed. None where all
        have. Takes no lock."""
        found, failed = self.continuum, self._failed
        if not failed:
            return found.resolve(key)
        return found.resolve_where(key, _up(failed, self._clock()))

    def candidates(self, key: Key) -> list[Server]:
        """The servers of a key in its order of preference, without those that failed."""
        up = _up(self._failed, self._clock())
        return [server for server in self.continuum.candidates(key) if up(server)]

    def mark_failed(self, server: Server | str, seconds: float = math.inf) -> None:
        """Passes over a server until `mark_ok`, or for so long. One that leaves the set, or
        comes to another address under its name, is forgotten, and a `Server` that did so is
        passed over already; a text that names no member raises `ContinuumError`."""
        if not isinstance(seconds, (int, float)) or not seconds >= 0:
            raise ContinuumError(f"seconds is a number from 0 up, not {seconds!r}")
        with self._lock:
            name = self._named(server)
            if name is not None:
                self._failed = {**self._failed, name: self._clock() + seconds}
            elif isinstance(server, str):
                raise ContinuumError(
                    f"no member is {server!r}: give the identity of one of members.continuum"
                )

    def mark_ok(self, server: Server | str) -> None:
        """Passes over a server no longer: its keys are where they were."""
        with self._lock:
            name = self._named(server)
            self._failed = {key: end for key, end in self._failed.items() if key != name}

    @property
    def failed(self) -> list[str]:
        """The identities of the servers that are passed over now."""
        now = self._clock()
        return sorted(name for name, end in self._failed.items() if end > now)

    def refresh(self) -> bool:
        """Asks the source once. Whether the map changed.

        In asyncio: ``await asyncio.to_thread(members.refresh)``.
        """
        return self._refresh(None)

    def _refresh(self, stop: threading.Event | None) -> bool:
        """The same, for a thread that ends with an event: what comes after it is nothing."""
        with self._asking:
            try:
                answer = self._ask()
                if stop is not None and stop.is_set():
                    return False
                changed = self._hear(answer)
                self._failing = False
                return changed
            except KeyboardInterrupt:
                raise
            # Whatever a source raises says that there is no answer. But a signal may end the
            # program wherever its main thread is, which is no thread of ours.
            except BaseException as error:
                if stop is None and isinstance(error, SystemExit):
                    raise
                if stop is None or not stop.is_set():
                    self._fail(f"{error}" or type(error).__name__)
                return False

    def wait(self, seconds: float = 10.0) -> Continuum:
        """The map; where there is none yet, asks for it again and again, at most so long.
        `ContinuumError` if none came."""
        end = time.monotonic() + seconds
        while self._map is None and time.monotonic() < end:
            self.refresh()
            if self._map is None:
                time.sleep(min(0.5, max(self.settle / 4, 0.01)))
        if self._map is None and self.last_fault is not None:
            raise ContinuumError(f"no servers in {seconds} s: {self.last_fault}")
        return self.continuum

    def watch(self, interval: float = 1.0) -> Self:
        """Starts a thread that refreshes every `interval` seconds until `close()`, or the end
        of a ``with``. A child of a fork has no thread: it calls this again."""
        if not isinstance(interval, (int, float)) or not 0 < interval <= threading.TIMEOUT_MAX:
            raise ContinuumError(f"interval is a number of seconds above 0, not {interval!r}")
        self.close()
        stop = threading.Event()

        def work() -> None:
            while not stop.is_set():
                self._refresh(stop)
                stop.wait(interval)

        self._stop = stop
        self._thread = threading.Thread(target=work, name="continuum-members", daemon=True)
        self._thread.start()
        return self

    def close(self, seconds: float = 2.0) -> None:
        """Ends the thread, if there is one; the map stays. A source that is being asked is
        waited for so long at most: then the thread ends when it comes back, and what it says
        changes nothing any more."""
        if self._stop is not None and self._thread is not None:
            self._stop.set()
            if self._thread is not threading.current_thread():
                self._thread.join(seconds)
        self._stop = self._thread = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def approve(self, fingerprint: int) -> None:
        """Lets the refused set of this fingerprint through, however much it moves: the next
        change only."""
        with self._lock:
            self._approved, self._judged = fingerprint, None
            self._approvals += 1

    def metrics(self) -> dict[str, Any]:
        """The figures for a dashboard, of one moment. A source that is being asked, or hangs,
        is not waited for."""
        while True:
            found = self._map
            shares = self._shares_of(found)
            with self._lock:
                # Shares take their time, and the map may have changed meanwhile.
                if found is not self._map:
                    continue
                counts, refusal = self._counts, self.last_refusal
                return {
                    "fingerprint": self.fingerprint,
                    "scheme": None if found is None else found.scheme,
                    "servers": 0 if found is None else len(found),
                    "shares": shares,
                    "changes": counts["changes"],
                    "refusals": {reason: counts[reason] for reason in ("empty", "unbuilt", "move")},
                    "answers": counts["answers"],
                    "faults": counts["faults"],
                    "refused": self._refused,
                    "failing": self._failing,
                    "waiting": self._pending is not None,
                    "failed": self.failed,
                    "changed_at": self.changed_at,
                    "refused_at": None if refusal is None else refusal.at,
                    "last_refusal": None if refusal is None else refusal.message,
                    "last_fault": self.last_fault,
                }

    def prometheus(self, map: str) -> str:
        """The figures in Prometheus's text format, all with the label `map` of this value."""
        return prometheus(map, self.metrics())

    def __repr__(self) -> str:
        return f"<Members of {self._source}: {self._map!r}>"

    def _shares_of(self, found: Continuum | None) -> dict[str, float]:
        if found is None:
            return {}
        known = self._shares
        if known is None or known[0] is not found:
            owned = found.ownership().items()
            self._shares = known = found, {server.identity: share for server, share in owned}
        return dict(known[1])

    def _ask(self) -> _Answer:
        answer = self._source()
        if isinstance(answer, Continuum):
            answer = answer.snapshot()
            return _Answer(answer.scheme, tuple(map(Server._fields, answer)), list(answer))
        servers = [copy.copy(server) for server in servers_of(answer)]
        ordered = not isinstance(answer, (set, frozenset))
        if not ordered:
            servers.sort()
        fields = tuple(server._fields() for server in servers)
        return _Answer(self._scheme, fields, servers, ordered)

    def _named(self, server: Server | str) -> str | None:
        """The identity of the member that is meant."""
        if not isinstance(server, (Server, str)):
            raise TypeError(f"a member is a Server or its text, not {type(server).__name__}")
        text = server.identity if isinstance(server, Server) else server
        found = None if self._map is None else self._map._index(text)
        if self._map is None or found is None:
            return None
        member = self._map.servers[found]
        gone = isinstance(server, Server) and server.address != member.address
        return None if gone else member.identity

    def _hear(self, answer: _Answer) -> bool:
        now = self._clock()
        with self._lock:
            self._counts["answers"] += 1
            if answer == self._judged:
                self._pending = None
                return False
            if self._pending is None or self._pending[0] != answer:
                self._pending = answer, now
            if now - self._pending[1] < self.settle:
                return False
            self._pending = None
            approved, approvals = self._approved, self._approvals
        changed = self._judge(answer, approved)
        with self._lock:
            # What is approved meanwhile is for the next look.
            if self._approvals == approvals:
                self._judged = answer
                if changed:
                    self._approved = None
        return changed

    def _fail(self, message: str) -> None:
        with self._lock:
            # What was said before may not hold any more.
            self._pending = None
            self._counts["faults"] += 1
            told = self._failing and self.last_fault == message
            self.last_fault, self._failing = message, True
        if not told:
            _LOG.warning("%s", message)

    def _judge(self, answer: _Answer, approved: int | None) -> bool:
        if not any(fields.capacity for fields in answer.fields):
            empty = "every server has capacity 0"
            return self._refuse("empty", empty if answer.fields else "there is no server in the answer")
        try:
            if not answer.ordered:
                Continuum(scheme=answer.scheme)._refuse_unordered(frozenset())
            new = Continuum(scheme=answer.scheme, servers=answer.servers)
        # A field of another type, or a warning that somebody turned into an error.
        except (ContinuumError, TypeError, ValueError, Warning) as error:
            return self._refuse("unbuilt", str(error))
        for advice in new.advice():
            if advice.topic == "unresolvable":
                return self._refuse("unbuilt", advice.message)
        old = self._map
        # As sets: what the order decides is part of the fingerprint.
        if old is not None and new.fingerprint() == old.fingerprint():
            if {server._fields() for server in old} == set(answer.fields):
                self._refused = False
                return False
        if old is not None:
            moved = min(Plan.between(old, new).moved, 1.0)
            if moved > self.max_move and approved != new.fingerprint():
                message = (
                    f"{len(new)} servers instead of {len(old)} would move {moved:.1%} of the "
                    f"keys, which is over the limit of {self.max_move:.1%}: the map stays as it is"
                )
                return self._refuse("move", message, new.fingerprint())
        with self._lock:
            # A name may get another machine, which did not fail.
            stay = _addresses(old or ()).items() & _addresses(new).items()
            names = {name for name, _ in stay}
            self._failed = {name: end for name, end in self._failed.items() if name in names}
            self._map, self._refused = new, False
            self._told.clear()
            self._counts["changes"] += 1
            self.changed_at = time.time()
        return True

    def _refuse(self, reason: str, message: str, fingerprint: int | None = None) -> bool:
        with self._lock:
            self._counts[reason] += 1
            self._refused = True
            self.last_refusal = Refusal(reason, message, fingerprint, time.time())
        what = (reason, message if fingerprint is None else fingerprint)
        if what not in self._told:
            # A source that gives ever new sets is reported ever again.
            if len(self._told) >= 64:
                self._told.clear()
            self._told.add(what)
            _LOG.warning("%s: %s", self._source, message)
        return False


def _addresses(servers: Iterable[Server]) -> dict[str, str]:
    return {server.identity: server.address for server in servers}


def _up(failed: dict[str, float], now: float) -> Callable[[Server], bool]:
    return lambda server: failed.get(server.identity, -math.inf) <= now


def _source(source: sources.Source | str | os.PathLike[str], scheme: str | None) -> sources.Source:
    if callable(source):
        return source
    if isinstance(source, str) and "://" in source:
        kind, _, address = source.partition("://")
        if kind not in ("elasticache", "elasticaches"):
            raise ContinuumError(f"no source is called {kind!r}: give a callable")
        return sources.ElastiCache(address, tls=kind == "elasticaches")
    if isinstance(source, str | os.PathLike):
        return sources.File(source, scheme=scheme)
    raise TypeError(f"a source is a callable, a path or a text, not {type(source).__name__}")
