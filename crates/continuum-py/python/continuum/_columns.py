"""Columns of keys in, columns of answers out: Arrow arrays and streams of any library."""

from __future__ import annotations

from typing import Any, Literal, Protocol, TypeAlias, overload, runtime_checkable

from continuum import _native


@runtime_checkable
class ArrowArray(Protocol):
    """An array of an Arrow library, such as a `pyarrow.Array`."""

    def __arrow_c_array__(self, requested_schema: Any = None) -> tuple[object, object]: ...


@runtime_checkable
class ArrowStream(Protocol):
    """Arrays of an Arrow library, such as a `polars.Series` or a `pyarrow.ChunkedArray`."""

    def __arrow_c_stream__(self, requested_schema: Any = None) -> object: ...


#: What stands in a column of servers: numbers in the list of servers (uint32), their
#: identities, or the addresses where they are dialled (both dictionary<uint32, utf8>).
Answer: TypeAlias = Literal["index", "name", "address"]

#: What a null among the keys does: it is refused, or its answer is null.
Nulls: TypeAlias = Literal["error", "null"]

#: What an integer key stands for: its eight little-endian bytes, as everywhere in this
#: package, or its decimal digits, as in the program `continuum`.
Integers: TypeAlias = Literal["bytes", "decimal"]


def only_column(keys: Any) -> Any:
    """The column of a table that has one: who iterates a table may get the columns' names.

    Raises TypeError for more columns."""
    shape = getattr(keys, "shape", None)
    if not hasattr(keys, "columns") or not isinstance(shape, tuple) or len(shape) != 2:
        return keys
    if shape[1] != 1:
        raise TypeError(f"a table of {shape[1]} columns is no list of keys: give one of them")
    # Of polars, pandas and pyarrow.
    if hasattr(keys, "to_series"):
        return keys.to_series()
    return keys.iloc[:, 0] if hasattr(keys, "iloc") else keys.column(0)


class ColumnCalls:
    """The calls of `Continuum` on columns.

    They take arrays and streams of strings, binaries (large, of fixed size, as views) and
    integers, and dictionaries of them, of which the values are hashed and never the codes;
    not run-end encoded ones. A table or struct of one column stands for the column. An array gives
    an array, and a stream gives a stream, chunk for chunk and row for row; of what has no
    length, such as a reader, the answers are made as somebody reads them. Nothing needs
    pyarrow, and other threads run meanwhile.
    """

    @overload
    def resolve_arrow(
        self,
        keys: ArrowArray,
        *,
        answer: Answer = "index",
        nulls: Nulls = "error",
        integers: Integers = "bytes",
    ) -> ArrowArray: ...
    @overload
    def resolve_arrow(
        self,
        keys: ArrowStream,
        *,
        answer: Answer = "index",
        nulls: Nulls = "error",
        integers: Integers = "bytes",
    ) -> ArrowStream: ...
    def resolve_arrow(
        self,
        keys: ArrowArray | ArrowStream,
        *,
        answer: Answer = "index",
        nulls: Nulls = "error",
        integers: Integers = "bytes",
    ) -> ArrowArray | ArrowStream:
        """The owners of a column of keys, as a column: the answers of resolve_indices().

        >>> import pyarrow
        >>> continuum = Continuum(scheme="slots-1", servers=["a:80", "b:80"])
        >>> keys = pyarrow.array(["my-key", None, "third-key"])
        >>> pyarrow.array(continuum.resolve_arrow(keys, nulls="null")).to_pylist()
        [0, None, 1]
        >>> names = pyarrow.array(continuum.resolve_arrow(keys, answer="name", nulls="null"))
        >>> names.type, names.to_pylist()
        (DictionaryType(dictionary<values=string, indices=uint32, ordered=0>), ['a:80', None, 'b:80'])

        A null is a TypeError that names the row, unless nulls="null". A key that nobody
        owns, as nginx's split_clients leaves some, is null. Raises IndexError('empty
        continuum') when nothing owns anything.
        """
        return _native.owner_column(self, keys, answer, nulls, integers)  # type: ignore[arg-type]

    @overload
    def copies_arrow(
        self,
        keys: ArrowArray,
        n: int,
        *,
        zones: bool = False,
        answer: Answer = "index",
        nulls: Nulls = "error",
        integers: Integers = "bytes",
    ) -> ArrowArray: ...
    @overload
    def copies_arrow(
        self,
        keys: ArrowStream,
        n: int,
        *,
        zones: bool = False,
        answer: Answer = "index",
        nulls: Nulls = "error",
        integers: Integers = "bytes",
    ) -> ArrowStream: ...
    def copies_arrow(
        self,
        keys: ArrowArray | ArrowStream,
        n: int,
        *,
        zones: bool = False,
        answer: Answer = "index",
        nulls: Nulls = "error",
        integers: Integers = "bytes",
    ) -> ArrowArray | ArrowStream:
        """Where n copies of each key go, as a column of lists: copies(), or with `zones`
        copies_in_zones().

        >>> import pyarrow
        >>> continuum = Continuum(scheme="slots-1", servers=["a:80", "b:80", "c:80"])
        >>> keys = pyarrow.array(["my-key", "third-key"])
        >>> pyarrow.array(continuum.copies_arrow(keys, 2)).to_pylist()
        [[0, 2], [1, 2]]
        """
        return _native.copies_column(self, keys, n, zones, answer, nulls, integers)  # type: ignore[arg-type]

    @overload
    def position_arrow(
        self, keys: ArrowArray, *, nulls: Nulls = "error", integers: Integers = "bytes"
    ) -> ArrowArray: ...
    @overload
    def position_arrow(
        self, keys: ArrowStream, *, nulls: Nulls = "error", integers: Integers = "bytes"
    ) -> ArrowStream: ...
    def position_arrow(
        self,
        keys: ArrowArray | ArrowStream,
        *,
        nulls: Nulls = "error",
        integers: Integers = "bytes",
    ) -> ArrowArray | ArrowStream:
        """Where each key lies in the space of the scheme's hash, as a column of uint64;
        under a hash of 128 bits of sixteen big-endian bytes, which have the order of the
        numbers. To sort or to split by it is to keep together what lies together.

        >>> import pyarrow
        >>> continuum = Continuum(scheme="nginx", servers=["a:80", "b:80"])
        >>> pyarrow.array(continuum.position_arrow(pyarrow.array(["my-key"]))).to_pylist()
        [3605215937]

        Raises ValueError under a scheme that hashes key and server together.
        """
        return _native.position_column(self, keys, nulls, integers)  # type: ignore[arg-type]


@overload
def moved_arrow(
    old: _native.Resolver,
    new: _native.Resolver,
    keys: ArrowArray,
    *,
    answer: Answer = "index",
    nulls: Nulls = "error",
    integers: Integers = "bytes",
) -> ArrowArray: ...
@overload
def moved_arrow(
    old: _native.Resolver,
    new: _native.Resolver,
    keys: ArrowStream,
    *,
    answer: Answer = "index",
    nulls: Nulls = "error",
    integers: Integers = "bytes",
) -> ArrowStream: ...
def moved_arrow(
    old: _native.Resolver,
    new: _native.Resolver,
    keys: ArrowArray | ArrowStream,
    *,
    answer: Answer = "index",
    nulls: Nulls = "error",
    integers: Integers = "bytes",
) -> ArrowArray | ArrowStream:
    """Which keys a change moves, from where and to where: a column of structs, which
    Arrow libraries also take as a table.

    >>> import pyarrow
    >>> old = Continuum(scheme="slots-1", servers=["a:80", "b:80"])
    >>> new = Continuum(scheme="slots-1", servers=["a:80", "b:80", "c:80"])
    >>> keys = pyarrow.array(["user:6", "my-key"])
    >>> table = pyarrow.record_batch(moved_arrow(old, new, keys, answer="name"))
    >>> table.column_names, table.to_pylist()[0]
    (['moved', 'from', 'to'], {'moved': True, 'from': 'b:80', 'to': 'c:80'})

    Servers are the same where their identities are. With answer="index" a number is one in
    the list of the continuum that it belongs to. All three are null for a null key; a side
    is null where nobody owns the key.
    """
    return _native.moved_column(old, new, keys, answer, nulls, integers)
