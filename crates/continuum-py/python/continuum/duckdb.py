"""Owners as a function of DuckDB's SQL.

    >>> import duckdb
    >>> import continuum.duckdb
    >>> connection = duckdb.connect()
    >>> servers = Continuum(scheme="slots-1", servers=["a:80", "b:80"])
    >>> continuum.duckdb.register(connection, servers, answer="name")
    >>> connection.sql("SELECT owner(key) FROM (VALUES ('my-key'), (NULL)) AS t(key)").fetchall()
    [('a:80',), (None,)]

The function takes a VARCHAR, a BLOB or an integer, which are hashed as such: nothing is
turned into text. Needs pyarrow too, in which DuckDB hands its columns over.
"""

from __future__ import annotations

from typing import Any

from continuum._columns import Answer, Integers, Nulls
from continuum._continuum import Continuum
from continuum._engine import Owners, need, texts

__all__ = ["register"]


def register(
    connection: Any,
    continuum: Continuum,
    name: str = "owner",
    *,
    answer: Answer = "index",
    nulls: Nulls = "null",
    integers: Integers = "bytes",
) -> None:
    """Makes `name(key)` a function of a connection.

    It keeps the servers that the continuum has now; to register others, remove it first
    (`connection.remove_function(name)`). The answer is a UINTEGER, or with a text an ENUM
    of all servers. NULL gives NULL, unless nulls="error".
    """
    need("duckdb", "duckdb")
    pyarrow = need("pyarrow", "duckdb")
    owners = Owners(continuum, answer=answer, nulls=nulls, integers=integers)
    if answer == "index":
        kind = "UINTEGER"
    else:
        quoted = ("'" + text.replace("'", "''") + "'" for text in texts(continuum, answer))
        kind = f"ENUM({', '.join(quoted)})"

    def resolve(*columns: Any) -> Any:
        # Without a signature DuckDB takes any number of arguments, of any type.
        if len(columns) != 1:
            raise TypeError(f"{name} takes one key, not {len(columns)}")
        # A table of one column stands for it elsewhere; a STRUCT is a value.
        if pyarrow.types.is_struct(columns[0].type):
            raise TypeError(f"{name} takes a VARCHAR, a BLOB or an integer, not a STRUCT")
        return pyarrow.chunked_array(owners(columns[0]))

    connection.create_function(
        name,
        resolve,
        None,
        kind,
        type="arrow",
        # By itself DuckDB leaves NULLs out of what it hands over.
        null_handling="special" if nulls == "error" else "default",
    )
