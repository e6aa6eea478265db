"""Assignment: a stored table of slots, for data that is owned rather than cached."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple, TypeAlias

from continuum import _native
from continuum._continuum import Continuum, Key
from continuum._many import Many
from continuum._server import Server, ServerLike, server_of, servers_of

#: moves (slot, before, after), owners changed, copied, least, left
ChangeRow: TypeAlias = tuple[list[tuple[int, list[str], list[str]]], int, int, int, int]


class Holding(NamedTuple):
    """What one server of an assignment holds."""

    #: Slots that it owns.
    slots: int
    #: The slots that its capacity calls for: a fraction.
    fair: float
    #: Further copies that it holds.
    copies: int
    #: Slots pinned to it.
    pinned: int
    #: Whether it is to be removed as soon as it holds nothing.
    leaving: bool


class SlotMove(NamedTuple):
    """One slot before and after: identities of servers, the owner first."""

    slot: int
    before: list[str]
    after: list[str]


class Change(NamedTuple):
    """Slots that move: one step of a change, or the difference between two assignments."""

    #: The slots that move, ascending.
    moves: list[SlotMove]
    #: How many slots get another owner.
    owners_changed: int
    #: How many times a slot's data goes to a server that does not have it.
    copied: int
    #: The fewest slots that must get another owner until servers are balanced.
    least: int
    #: How many slots are left to move after this step.
    left: int

    @classmethod
    def between(cls, old: Assignment, new: Assignment) -> Change:
        """The slots whose holders differ. Servers are matched by identity. Raises
        ContinuumError if the two have not the same number of slots."""
        return _change(_native.difference(old._table, new._table))


class Assignment:
    """A table of slots, each with its owner and, if asked, further copies in other zones.

    Unlike a `Continuum` it is not a function of the set of servers: it is stored, and
    changes step by step with the fewest moves to an exact balance. A slot pinned to a
    server stays there. Servers to be removed keep what they have until a `change` has
    moved it.

    >>> continuum = Continuum(scheme="slots-1", servers=["a:80", "b:80", "c:80"])
    >>> assignment = Assignment.from_continuum(continuum, slots=1024)
    >>> assignment.resolve("my-key")
    <Server "b:80", capacity=1>
    >>> server = assignment.add_server("d:80")
    >>> change = assignment.change()
    >>> len(change.moves), change.least
    (256, 256)
    >>> assignment.holdings()[server].slots
    256
    >>> Assignment.from_bytes(assignment.to_bytes()) == assignment
    True

    Files are those of ``continuum assign``. Any number of threads may use one.
    """

    __slots__ = ("_table", "_lock")

    _table: _native.Slots
    _lock: threading.Lock

    def __new__(cls) -> Assignment:
        raise TypeError("Assignment.from_continuum(continuum, slots) makes one")

    @classmethod
    def _of(cls, table: _native.Slots) -> Assignment:
        assignment = object.__new__(cls)
        assignment._table, assignment._lock = table, threading.Lock()
        return assignment

    @classmethod
    def from_continuum(cls, continuum: Continuum, slots: int, *, copies: int = 1) -> Assignment:
        """A table in which each slot is first given to the server that owns it in the
        continuum, then balanced with the fewest moves."""
        return cls._of(_native.Slots.from_continuum(continuum, slots, copies))

    @classmethod
    def from_bytes(cls, data: bytes) -> Assignment:
        """Reads the binary form. A ContinuumError if it is damaged, to the last bit."""
        return cls._of(_native.Slots.from_bytes(data))

    @classmethod
    def from_json(cls, text: str | bytes) -> Assignment:
        """Reads the JSON form. A ContinuumError if it is damaged."""
        return cls._of(_native.Slots.from_json(text.encode() if isinstance(text, str) else text))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Assignment:
        """Reads a file of either form, whatever its name.

        >>> import pathlib, tempfile
        >>> file = pathlib.Path(tempfile.mkdtemp(), "assignment")
        >>> made = Assignment.from_continuum(Continuum(servers=["a:80", "b:80"]), 16)
        >>> made.save(file)
        >>> Assignment.load(file) == made
        True
        """
        with open(path, "rb") as file:
            data = file.read()
        try:
            if data[:1].isspace() or data.startswith(b"{"):
                return cls.from_json(data)
            return cls.from_bytes(data)
        except _native.ContinuumError as error:
            raise _native.ContinuumError(f"{os.fspath(path)}: {error}") from None

    def to_bytes(self) -> bytes:
        """The binary form, for storing: everything, with a version and a checksum."""
        return self._table.to_bytes()

    def to_json(self) -> str:
        """The JSON form, with the same checksum."""
        return self._table.to_json()

    def save(
        self, path: str | os.PathLike[str], *, format: Literal["json", "binary"] | None = None
    ) -> None:
        """Writes a file: JSON where its name ends in ``.json``, unless told. It is written
        beside, then takes its place: a crash leaves the old or the new table, never half
        of one."""
        if format is None:
            format = "json" if os.fspath(path).endswith(".json") else "binary"
        if format not in ("json", "binary"):
            raise ValueError(f"format is 'json' or 'binary', not {format!r}")
        data = self.to_json().encode() + b"\n" if format == "json" else self.to_bytes()
        beside = os.fspath(path) + ".new"
        try:
            with open(beside, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, path)
        except BaseException:
            # What could not be written shall not lie about.
            if os.path.exists(beside):
                os.remove(beside)
            raise

    @property
    def slots(self) -> int:
        """How many slots there are: it never changes."""
        return self._table.size()[0]

    @property
    def copies(self) -> int:
        """On how many servers each slot is to be, the owner among them."""
        return self._table.size()[1]

    @property
    def servers(self) -> list[Server]:
        """The servers, those to be removed among them. A changed capacity takes effect by
        `set_capacity`."""
        return self._table.servers()

    def slot_of(self, key: Key) -> int:
        """The slot of a key."""
        return self._table.slot_of(key)

    def resolve(self, key: Key) -> Server:
        """The server that owns a key."""
        owner = self._table.resolve(key)
        if owner is None:
            raise IndexError("empty assignment")
        return owner

    def resolve_copies(self, key: Key) -> list[Server]:
        """The servers that hold a key, the owner first."""
        return self._table.resolve_copies(key)

    def owner(self, slot: int) -> Server:
        """The owner of a slot."""
        return self.holders(slot)[0]

    def holders(self, slot: int) -> list[Server]:
        """The servers that hold a slot, the owner first: as many as `copies`, or fewer if
        there are fewer servers."""
        if not 0 <= slot < self.slots:
            raise IndexError(f"no slot {slot}: they are numbered from 0 to {self.slots - 1}")
        return self._table.holders(slot)

    def add_server(self, server: ServerLike) -> Server:
        """Takes a server in. It holds nothing until `change`. One that was to be removed
        stays instead."""
        added = server_of(server)
        with self._lock:
            self._table.add_server(added)
        return added

    def remove_server(self, server: Server | str) -> None:
        """Marks a server, or the one of an identity, to be removed: changes move everything
        off it, then it is dropped. A ContinuumError if slots are pinned to it."""
        with self._lock:
            self._table.remove_server(_identity(server))

    def set_capacity(self, server: Server | str, capacity: float) -> None:
        """Gives a server another capacity. 0 drains it: it stays and holds only what is
        pinned to it."""
        with self._lock:
            self._table.set_capacity(_identity(server), capacity)

    def set_servers(self, servers: Many[ServerLike]) -> None:
        """Makes the set of servers that of a list: takes in those that are new, marks those
        that are missing to be removed, takes over capacity, zone and address of the rest.
        All or nothing."""
        fields = servers_of(servers)
        with self._lock:
            self._table.set_servers(fields)

    def pin(self, slot: int, server: Server | str) -> None:
        """Pins a slot to a server: it will stay there, and if it is elsewhere, the next
        change moves it."""
        with self._lock:
            self._table.pin(slot, _identity(server))

    def unpin(self, slot: int) -> None:
        """Lets a slot move again."""
        with self._lock:
            self._table.unpin(slot)

    @property
    def pins(self) -> dict[int, Server]:
        """The pinned slots, ascending."""
        return dict(self._table.pins())

    def holdings(self) -> dict[Server, Holding]:
        """What each server holds."""
        return {server: Holding(*row) for server, row in self._table.holdings()}

    def next_change(self, limit: int | None = None) -> Change:
        """The step that `change` would make, without making it."""
        return _change(self._table.next_change(limit))

    def change(self, limit: int | None = None) -> Change:
        """Moves at most `limit` slots (all that must, without one) towards balance, and
        drops servers to be removed that hold nothing any more.

        Steps lead to the same balance with the same number of changes of owner as no limit.

        >>> assignment = Assignment.from_continuum(Continuum(servers=["a:80", "b:80"]), 64)
        >>> assignment.remove_server("b:80")
        >>> assignment.change(limit=20).left
        12
        >>> assignment.change().moves[0].after
        ['a:80']
        >>> assignment.servers
        [<Server "a:80", capacity=1>]
        """
        with self._lock:
            return _change(self._table.change(limit))

    def checksum(self) -> int:
        """The checksum of the content: equal ones mean equal assignments."""
        return self._table.checksum()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Assignment):
            return NotImplemented
        return self._table.same(other._table)

    #: It changes, so it cannot be a key of a dict.
    __hash__ = None  # type: ignore[assignment]

    def __copy__(self) -> Assignment:
        return type(self).from_bytes(self.to_bytes())

    def __deepcopy__(self, _memo: object) -> Assignment:
        return self.__copy__()

    def __reduce__(self) -> tuple[Callable[[bytes], Assignment], tuple[bytes]]:
        return type(self).from_bytes, (self.to_bytes(),)

    def __repr__(self) -> str:
        copies = "" if self.copies == 1 else f", {self.copies} copies"
        count = len(self.servers)
        return f"<Assignment {self.slots} slots{copies}, {count} server{'' if count == 1 else 's'}>"


def _identity(server: Server | str) -> str:
    return server if isinstance(server, str) else server.identity


def _change(row: ChangeRow) -> Change:
    moves, *counts = row
    return Change([SlotMove(*move) for move in moves], *counts)
