"""Owners as expressions of polars: lazy, streaming, beside any others.

    >>> import polars
    >>> import continuum.polars
    >>> servers = Continuum(scheme="slots-1", servers=["a:80", "b:80"])
    >>> sessions = polars.LazyFrame({"session": ["my-key", None, "third-key"]})
    >>> owned = sessions.with_columns(
    ...     polars.col("session").continuum.owner(servers, answer="name").alias("server")
    ... )
    >>> owned.collect()["server"].to_list()
    ['a:80', None, 'b:80']

`owner`, `copies` and `moved` do the same as functions, for who wants types. An expression
keeps the servers that the continuum had when it was made. A null key has a null answer,
unless nulls="error". Texts of servers are an `Enum`, whose categories are all servers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from continuum._columns import Answer, Integers, Nulls, moved_arrow
from continuum._continuum import Continuum
from continuum._engine import need, texts

pl: Any = need("polars", "polars")

__all__ = ["Expressions", "copies", "moved", "owner"]


def owner(
    keys: Any,
    continuum: Continuum,
    *,
    answer: Answer = "index",
    nulls: Nulls = "null",
    integers: Integers = "bytes",
) -> Any:
    """Who owns each key of an expression or a column's name."""
    now = continuum.snapshot()
    kind = _kind(now, answer)

    def resolve(series: Any) -> Any:
        return pl.Series(
            now.resolve_arrow(series, answer=answer, nulls=nulls, integers=integers)
        ).cast(kind)

    return _asked(keys, resolve, kind)


def copies(
    keys: Any,
    continuum: Continuum,
    n: int,
    *,
    zones: bool = False,
    answer: Answer = "index",
    nulls: Nulls = "null",
    integers: Integers = "bytes",
) -> Any:
    """Where n copies of each key go: lists."""
    now = continuum.snapshot()
    kind = pl.List(_kind(now, answer))

    def resolve(series: Any) -> Any:
        return pl.Series(
            now.copies_arrow(
                series, n, zones=zones, answer=answer, nulls=nulls, integers=integers
            )
        ).cast(kind)

    return _asked(keys, resolve, kind)


def moved(
    keys: Any,
    old: Continuum,
    new: Continuum,
    *,
    answer: Answer = "index",
    nulls: Nulls = "null",
    integers: Integers = "bytes",
) -> Any:
    """Which keys a change moves: structs of `moved`, `from` and `to`."""
    before, after = old.snapshot(), new.snapshot()
    kind = pl.Struct(
        {"moved": pl.Boolean, "from": _kind(before, answer), "to": _kind(after, answer)}
    )

    def resolve(series: Any) -> Any:
        return pl.Series(
            moved_arrow(before, after, series, answer=answer, nulls=nulls, integers=integers)
        ).cast(kind)

    return _asked(keys, resolve, kind)


def _kind(continuum: Continuum, answer: Answer) -> Any:
    return pl.UInt32 if answer == "index" else pl.Enum(texts(continuum, answer))


def _asked(keys: Any, resolve: Callable[[Any], Any], kind: Any) -> Any:
    expression = pl.col(keys) if isinstance(keys, str) else keys

    def resolve_series(series: Any) -> Any:
        # What polars exports of a column of nulls alone is no array to other libraries.
        return resolve(series.cast(pl.String) if series.dtype == pl.Null else series)

    # The answer to a row does not depend on other rows, so that polars may stream.
    return expression.map_batches(resolve_series, return_dtype=kind, is_elementwise=True)


class Expressions:
    """What `polars.col("key").continuum` has: the functions of this module."""

    def __init__(self, expression: Any) -> None:
        self._expression = expression

    def owner(self, continuum: Continuum, **options: Any) -> Any:
        """See `continuum.polars.owner`."""
        return owner(self._expression, continuum, **options)

    def copies(self, continuum: Continuum, n: int, **options: Any) -> Any:
        """See `continuum.polars.copies`."""
        return copies(self._expression, continuum, n, **options)

    def moved(self, old: Continuum, new: Continuum, **options: Any) -> Any:
        """See `continuum.polars.moved`."""
        return moved(self._expression, old, new, **options)


pl.api.register_expr_namespace("continuum")(Expressions)
