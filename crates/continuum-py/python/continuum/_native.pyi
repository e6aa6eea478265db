"""The native half of the package. Its names are not promised."""

from collections.abc import Iterable
from os import PathLike
from typing import Any, Self, TypeAlias, final

from continuum._continuum import Key
from continuum._load import PoolRow
from continuum._server import Fields, Server
from typing_extensions import disjoint_base

__all__ = [
    "ContinuumError",
    "Difference",
    "Identified",
    "Resolver",
    "check_server",
    "identified",
    "identity",
    "parse_server",
    "read_config",
    "schemes",
]

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
    def resolve(self, key: Key, /) -> Server:
        """The server that owns a key.

        A str stands for its UTF-8 bytes, an int from 0 to 2**64 - 1 for its
        eight little-endian bytes. Raises IndexError('empty continuum') when
        nothing owns anything.
        """

    def resolve_all(self, keys: Iterable[Key], /) -> list[Server]:
        """The owners of many keys, in their order: the answers of resolve(), faster."""

    def resolve_indices(self, keys: Iterable[Key], /) -> list[int]:
        """The numbers of the owners of many keys: 0 for the first server in the
        list as it stood when the continuum was generated."""

    def candidates(self, key: Key, /) -> list[Server]:
        """Every server in the key's order of preference, each once, the owner first."""

    def copies(self, key: Key, n: int) -> list[Server]:
        """The first n candidates: where copies of a key go."""

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
    def _built(self) -> tuple[list[Server], list[Fields]]: ...
    def _build(self, scheme: str, objects: list[Server], fields: list[Fields]) -> None: ...
    def _adopt(self, other: Resolver) -> None: ...
    def _same(self, other: Resolver) -> bool: ...

@final
class Difference:
    """What two continuums differ in, and the two as they were compared."""

    @staticmethod
    def between(old: Resolver, new: Resolver, /) -> Difference: ...
    @staticmethod
    def over_keys(
        old: Resolver, new: Resolver, keys: Iterable[Key], sizes: list[int] | None, /
    ) -> Difference: ...
    def moved(self) -> float: ...
    def least(self) -> float: ...
    def needless(self) -> float: ...
    def peaks(self) -> tuple[float, float]: ...
    def basis(self) -> tuple[str, float | None]: ...
    def counts(self) -> tuple[int, int, int, int] | None: ...
    def servers(self) -> list[tuple[str, _Part | None, _Part | None]]: ...
    def flows(self) -> list[tuple[str | None, str | None, float]]: ...
    def examples(self, count: int, /) -> list[tuple[str, str | None, str | None]]: ...

@final
class Identified:
    """What was found."""

    def candidates(self) -> list[tuple[str, str, int, int, _Wrong | None]]: ...
    def tried(self) -> int: ...
    def pairs(self) -> int: ...
    def pairs_to_tell_apart(self) -> int | None: ...
    def servers(self, rank: int, /) -> list[Fields] | None: ...

def identified(
    keys: list[Key], seen: list[str], servers: list[Fields], threads: int, /
) -> Identified: ...
def read_config(
    path: str | PathLike[str],
    pool: str | None,
    format: str | None,
    scheme: str | None,
    port: str | None,
    haproxy_dialect: str | None,
    /,
) -> list[PoolRow]: ...
def parse_server(text: str, /) -> Fields: ...
def check_server(fields: Fields, /) -> None: ...
def identity(fields: Fields, /) -> str: ...
def schemes() -> list[
    tuple[str, list[str], str, str, str, list[_Option], str, int]
]: ...
