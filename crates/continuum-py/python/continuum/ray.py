"""Owners as a column of a Ray dataset.

    from continuum.ray import Owner

    dataset.map_batches(
        Owner, fn_constructor_args=(servers, "session"), batch_format="pyarrow", concurrency=4
    )

Each actor builds the map once. Needs pyarrow too, in which Ray keeps its blocks.
"""

from __future__ import annotations

from typing import Any

from continuum._columns import Answer, Integers, Nulls
from continuum._continuum import Continuum
from continuum._engine import Owners, need

__all__ = ["Owner"]


class Owner:
    """Appends a column of owners to tables: a class for `map_batches`.

    `key` names the column of keys and `name` the new one: numbers in the list of servers,
    or with answer="name" or "address" texts. A null gives a null, unless nulls="error".
    """

    def __init__(
        self,
        continuum: Continuum,
        key: str = "key",
        name: str = "owner",
        *,
        answer: Answer = "index",
        nulls: Nulls = "null",
        integers: Integers = "bytes",
    ) -> None:
        need("ray", "ray")
        self._owners = Owners(continuum, answer=answer, nulls=nulls, integers=integers)
        self._key = key
        self._name = name

    def __call__(self, table: Any) -> Any:
        pyarrow = need("pyarrow", "ray")
        owners = pyarrow.chunked_array(self._owners(table.column(self._key)))
        return table.append_column(self._name, owners)
