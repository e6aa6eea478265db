"""Owners as a function of DataFusion: in SQL, and on its data frames.

    >>> import datafusion
    >>> import continuum.datafusion
    >>> servers = Continuum(scheme="slots-1", servers=["a:80", "b:80"])
    >>> context = datafusion.SessionContext()
    >>> context.register_udf(continuum.datafusion.udf(servers, answer="name"))
    >>> frame = context.sql("SELECT owner(key) AS server FROM (VALUES ('my-key'), (NULL)) AS t(key)")
    >>> frame.to_pydict()
    {'server': ['a:80', None]}

Needs pyarrow too, which DataFusion itself needs.
"""

from __future__ import annotations

from typing import Any

from continuum._columns import Answer, Integers, Nulls
from continuum._continuum import Continuum
from continuum._engine import Owners, need

__all__ = ["udf"]


def udf(
    continuum: Continuum,
    name: str = "owner",
    *,
    keys: Any = None,
    answer: Answer = "index",
    nulls: Nulls = "null",
    integers: Integers = "bytes",
) -> Any:
    """A function of one column, for `SessionContext.register_udf` or to be called on
    expressions.

    `keys` is the Arrow type of the keys, by default `pyarrow.string_view()`. DataFusion
    turns what it is given into that type, so for binaries say `pyarrow.binary_view()`, and
    for integers `pyarrow.int64()`: their digits would be hashed otherwise. The answer is a
    uint32, or a dictionary of texts. A null gives a null, unless nulls="error".
    """
    datafusion, pyarrow = need("datafusion", "datafusion"), need("pyarrow", "datafusion")
    kind = pyarrow.uint32()
    return datafusion.udf(
        Owners(continuum, answer=answer, nulls=nulls, integers=integers),
        [pyarrow.string_view() if keys is None else keys],
        kind if answer == "index" else pyarrow.dictionary(kind, pyarrow.string()),
        "immutable",
        name,
    )
