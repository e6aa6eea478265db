"""The native half of the package. Its names are not promised."""

from collections.abc import Callable
from os import PathLike
from typing import Any, Literal, Self, TypeAlias, final

from continuum._assignment import ChangeRow
from continuum._columns import Answer, ArrowArray, ArrowStream, Integers, Nulls
from continuum._continuum import Key, Keys
from continuum._load import PoolRow
from continuum._server import Fields, Record, Server
from numpy import uint32
from numpy.typing import NDArray
from typing_extensions import disjoint_base

__all__ = [
    "Bounded",
    "Column",
    "ColumnReader",
    "Columns",
    "ContinuumError",
    "Difference",
    "Guard",
    "Identified",
    "InFlight",
    "Lookup",
    "Resolver",
    "Slots",
    "Transition",
    "VERSION",
    "check_capacities",
    "check_server",
    "copies_column",
    "difference",
    "identified",
    "identity",
    "jump_hash",
    "moved_column",
    "order_is_free",
    "owner_column",
    "parse_server",
    "position_column",
    "ramp",
    "read_config",
    "schemes",
]

VERSION: str

_Option: TypeAlias = tuple[str, str, str, list[str] | None, str]

_Part: TypeAlias = tuple[float, float, float]
_Wrong: TypeAlias = tuple[bytes, str, str | None]

class ContinuumError(ValueError):
    """A server, a set of servers, a scheme or a change was refused. The text names
    the offending thing and what would be accepted."""

@disjoint_base
class Resolver:
    """Resolves keys by the snapshot that was built last."""

    def __new__(cls, *_args: Any, **_options: Any) -> Self: ...
    def resolve(self, key: Key) -> Server:
        """The server that owns a key.

        A str stands for its UTF-8 bytes. Under schemes that take numbers, an int from 0
        to 2**64 - 1 stands for its eight little-endian bytes. Raises
        IndexError('empty continuum') when nothing owns anything.
        """

    def resolve_all(self, keys: Keys, /) -> list[Server]:
        """The owners of many keys, in their order: the answers of resolve(), faster.

        Takes a list, a tuple or any other iterable of keys; a NumPy array of text,
        bytes, integers or objects; an Arrow array or stream of strings, binaries or
        integers, dictionaries of them included, of whichever library. Other threads
        run while a large batch is resolved. Nobody owns a missing key: None and nulls
        are a TypeError.
        """

    def resolve_indices(self, keys: Keys, /) -> list[int | None]:
        """The numbers of the owners of many keys: 0 for the first server in the
        list as it stood when the continuum was generated; None for a key that nobody
        owns, as nginx's split_clients leaves some."""

    def resolve_array(self, keys: Keys, /) -> NDArray[uint32]:
        """As resolve_indices(), in a NumPy array of uint32: without an object a key.
        Where there is no NumPy, in an array.array('I')."""

    def resolve_numbers(self, keys: Keys, /) -> NDArray[uint32]:
        """The older name of resolve_array()."""

    def candidates(self, key: Key) -> list[Server]:
        """Every server in the key's order of preference, each once, the owner first."""

    def copies(self, key: Key, n: int) -> list[Server]:
        """The first n candidates: where copies of a key go."""

    def copies_in_zones(self, key: Key, n: int) -> list[Server]:
        """Where n copies of a key go so that they share zones as little as can be."""

    def resolve_where(self, key: Key, healthy: Callable[[Server], object]) -> Server | None:
        """The first candidate of a key that passes: the owner while it is healthy, else
        who stands in for it. None when nobody passes."""

    def position(self, key: Key, /) -> int | None:
        """Where a key lies in the space of the scheme's hash, if it has one."""

    def fingerprint(self) -> int:
        """A 64-bit digest of the scheme, its options and the servers."""

    @property
    def scheme(self) -> str:
        """The scheme that resolves keys now, as text. Defaults are left out."""

    def _owner_at(self, position: int, /) -> Server | None: ...
    def _advice(self) -> list[tuple[str, str]]: ...
    def _ownership(
        self,
    ) -> tuple[list[Server], list[float], list[float], str, float | None]: ...
    def _copy_ownership(
        self, n: int
    ) -> tuple[
        list[tuple[Server, float]],
        list[tuple[str | None, int, float, float, float, int]],
        float,
        float | None,
    ]: ...
    def _built(self) -> tuple[list[Server], list[Record]]: ...
    def _build(self, scheme: str, objects: list[Server], fields: list[Fields]) -> None: ...
    def _defer(self, build: Callable[[], None]) -> None: ...
    def _pending(self) -> bool: ...
    def _ranges(self) -> list[tuple[int, int, Server | None]] | None: ...
    def _adopt(self, other: Resolver) -> None: ...
    def _same(self, other: Resolver) -> bool: ...

@final
class Lookup:
    """A function from keys to objects, without a frame of Python where it can be."""

    def __new__(cls, otherwise: Callable[[Any], Any], /) -> Self: ...
    def find(self, key: Any) -> Any:
        """The object of a text's owner; what the function says of all else."""

    def serve(self, resolver: Resolver, objects: list[Any], /) -> None: ...
    def stop(self) -> None: ...

@final
class Difference:
    """What two continuums differ in, and the two as they were compared."""

    @staticmethod
    def between(old: Resolver, new: Resolver, /) -> Difference: ...
    @staticmethod
    def over_keys(
        old: Resolver, new: Resolver, keys: Keys, sizes: list[int] | None, /
    ) -> Difference: ...
    def moved(self) -> float: ...
    def least(self) -> float: ...
    def needless(self) -> float: ...
    def peaks(self) -> tuple[float, float]: ...
    def basis(self) -> tuple[str, float | None]: ...
    def counts(self) -> tuple[int, int, int | None, int | None] | None: ...
    def servers(self) -> list[tuple[str, _Part | None, _Part | None]]: ...
    def flows(self) -> list[tuple[str | None, str | None, float]]: ...
    def moved_ranges(self) -> tuple[int, int | None] | None: ...
    def moved_range(self, index: int, /) -> tuple[int, int, str | None, str | None] | None: ...
    def examples(self, count: int, /) -> list[tuple[str, str | None, str | None]]: ...

@disjoint_base
class Bounded:
    """A rule that caps the load of servers."""

    def __new__(
        cls,
        factor: float,
        *,
        min_cap: int = 1,
        overflow: Literal["rendezvous", "scheme"] = "rendezvous",
    ) -> Self: ...
    @property
    def factor(self) -> float: ...
    @property
    def min_cap(self) -> int: ...
    @property
    def overflow(self) -> Literal["rendezvous", "scheme"]: ...
    def cap(self, total: int, fair_share: float) -> int:
        """The most requests that a server of this fair share may have."""

    def _pick(
        self, continuum: Resolver, key: Key, load: Callable[[Server], int], total: int | None, /
    ) -> Server: ...

@disjoint_base
class InFlight:
    """Counts the requests in flight at each server of a continuum."""

    def __new__(
        cls, continuum: Resolver, bounded: Bounded, *, _before: InFlight | None = None
    ) -> Self: ...
    def acquire(self, key: Key, /) -> Guard:
        """A server for a request, which is in flight until the guard is released."""

    def load(self, server: Server | str, /) -> int:
        """Requests in flight at a server, a `Server` or its identity."""

    def total(self) -> int:
        """Requests in flight in all."""

@final
class Guard:
    """A request in flight at a server."""

    @property
    def server(self) -> Server:
        """The server."""

    @property
    def load(self) -> int:
        """Requests that the server had when this one was admitted, it included."""

    @property
    def cap(self) -> int:
        """The server's cap when this request was admitted: never below the load."""

    @property
    def released(self) -> bool:
        """Whether the request has ended."""

    def release(self) -> None:
        """The request has ended. To be told once or more often."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *_exception: object) -> None: ...

@final
class Transition:
    """Two continuums while keys move from the one to the other."""

    @staticmethod
    def between(old: Resolver, new: Resolver, /) -> Transition: ...
    def write(self, key: Key, /) -> Server: ...
    def old_owner(self, key: Key, /) -> Server | None: ...
    def finish(self, first: int, last: int, /) -> None: ...
    def finish_all(self) -> None: ...
    def is_finished(self) -> bool: ...
    def progress(self) -> tuple[float, float, str, float | None]: ...
    def fingerprints(self) -> tuple[int, int]: ...
    def plan(self) -> Difference: ...

@final
class Slots:
    """A stored table of slots."""

    @staticmethod
    def from_continuum(continuum: Resolver, slots: int, copies: int, /) -> Slots: ...
    @staticmethod
    def from_bytes(data: bytes, /) -> Slots: ...
    @staticmethod
    def from_json(data: bytes, /) -> Slots: ...
    def to_bytes(self) -> bytes: ...
    def to_json(self) -> str: ...
    def checksum(self) -> int: ...
    def size(self) -> tuple[int, int]: ...
    def servers(self) -> list[Server]: ...
    def slot_of(self, key: Key, /) -> int: ...
    def owner(self, slot: int, /) -> Server | None: ...
    def holders(self, slot: int, /) -> list[Server]: ...
    def resolve(self, key: Key, /) -> Server | None: ...
    def resolve_copies(self, key: Key, /) -> list[Server]: ...
    def add_server(self, fields: Server, /) -> None: ...
    def remove_server(self, identity: str, /) -> None: ...
    def set_capacity(self, identity: str, capacity: float, /) -> None: ...
    def set_servers(self, fields: list[Server], /) -> None: ...
    def pin(self, slot: int, identity: str, /) -> None: ...
    def unpin(self, slot: int, /) -> None: ...
    def pins(self) -> list[tuple[int, Server]]: ...
    def holdings(self) -> list[tuple[Server, tuple[int, float, int, int, bool]]]: ...
    def next_change(self, limit: int | None, /) -> ChangeRow: ...
    def change(self, limit: int | None, /) -> ChangeRow: ...
    def same(self, other: Slots, /) -> bool: ...

@final
class Identified:
    """What was found."""

    def candidates(self) -> list[tuple[str, str, int, int, _Wrong | None]]: ...
    def tried(self) -> int: ...
    def untried(self) -> int: ...
    def unlisted(self) -> int: ...
    def pairs(self) -> int: ...
    def pairs_to_tell_apart(self) -> int | None: ...
    def servers(self, rank: int, /) -> list[Record] | None: ...

@final
class Column:
    """The answers to one array."""

    def __arrow_c_array__(self, requested_schema: Any = None) -> tuple[object, object]: ...
    def __arrow_c_stream__(self, requested_schema: Any = None) -> object: ...
    def __arrow_c_schema__(self) -> object: ...
    def __len__(self) -> int: ...

@final
class Columns:
    """The answers to several arrays, an array for each."""

    def __arrow_c_stream__(self, requested_schema: Any = None) -> object: ...
    def __arrow_c_schema__(self) -> object: ...
    def __len__(self) -> int: ...

@final
class ColumnReader:
    """Answers that are given as their keys are read: once."""

    def __arrow_c_stream__(self, requested_schema: Any = None) -> object: ...
    def __arrow_c_schema__(self) -> object: ...

def owner_column(
    continuum: Resolver,
    keys: ArrowArray | ArrowStream,
    answer: Answer,
    nulls: Nulls,
    integers: Integers,
    /,
) -> Column | Columns | ColumnReader: ...
def copies_column(
    continuum: Resolver,
    keys: ArrowArray | ArrowStream,
    n: int,
    zones: bool,
    answer: Answer,
    nulls: Nulls,
    integers: Integers,
    /,
) -> Column | Columns | ColumnReader: ...
def position_column(
    continuum: Resolver,
    keys: ArrowArray | ArrowStream,
    nulls: Nulls,
    integers: Integers,
    /,
) -> Column | Columns | ColumnReader: ...
def moved_column(
    old: Resolver,
    new: Resolver,
    keys: ArrowArray | ArrowStream,
    answer: Answer,
    nulls: Nulls,
    integers: Integers,
    /,
) -> Column | Columns | ColumnReader: ...
def identified(
    keys: list[Key], seen: list[str], servers: list[Server], threads: int, /
) -> Identified: ...
def difference(old: Slots, new: Slots, /) -> ChangeRow: ...
def ramp(old: Resolver, new: Resolver, steps: int, /) -> list[list[Record]]: ...
def read_config(
    path: str | PathLike[str],
    pool: str | None,
    format: str | None,
    scheme: str | None,
    port: str | None,
    partitions: int | None,
    haproxy_dialect: str | None,
    /,
) -> list[PoolRow]: ...
def parse_server(text: str, /) -> Record: ...
def check_capacities(scheme: str, fields: list[Server], /) -> None: ...
def order_is_free(scheme: str, /) -> bool: ...
def jump_hash(key: int, num_buckets: int, /) -> int: ...
def check_server(fields: Server | Fields, /) -> None: ...
def identity(fields: Server, /) -> str: ...
def schemes() -> list[
    tuple[str, list[str], str, str, str, list[_Option], str, int, bool]
]: ...
