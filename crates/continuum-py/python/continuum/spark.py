"""Owners as a column of Spark.

    from continuum.spark import owner

    frame.withColumn("server", owner(servers, answer="name")("session"))

From Spark 4.1 on, columns come as Arrow arrays (`arrow_udf`); before it through pandas
(`pandas_udf`). Spark sends the function to its workers by pickle, as servers and scheme;
a worker builds the map once, however many tasks it runs. The workers need this package.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from continuum._columns import Answer, Integers, Nulls
from continuum._continuum import Continuum
from continuum._engine import Owners, need

__all__ = ["owner"]


def owner(
    continuum: Continuum,
    *,
    answer: Answer = "index",
    nulls: Nulls = "null",
    integers: Integers = "bytes",
) -> Callable[[Any], Any]:
    """A function of a column of strings, binaries or integers.

    The answer is an int, as Spark has no numbers without a sign, or a string. It keeps the
    servers that the continuum has now. A null gives a null, unless nulls="error".
    """
    functions = need("pyspark.sql.functions", "spark")
    need("pyarrow", "spark")
    owners = Owners(continuum, answer=answer, nulls=nulls, integers=integers)
    kind = "int" if answer == "index" else "string"
    made: Callable[[Any], Any]
    # Its kind by number: a worker reads no annotations.
    if hasattr(functions, "arrow_udf"):
        made = functions.arrow_udf(Arrays(owners), kind, functions.ArrowUDFType.SCALAR)
    else:
        made = functions.pandas_udf(Series(owners), kind, functions.PandasUDFType.SCALAR)
    return made


class Arrays:
    """Answers arrays of Arrow, in types that Spark has."""

    def __init__(self, owners: Owners) -> None:
        self._owners = owners

    def __call__(self, keys: Any) -> Any:
        pyarrow = need("pyarrow", "spark")
        owners = pyarrow.array(self._owners(keys))
        if pyarrow.types.is_dictionary(owners.type):
            return owners.dictionary_decode()
        # There are fewer than 2**31 servers.
        return owners.view(pyarrow.int32())


class Series(Arrays):
    """The same of pandas."""

    def __call__(self, keys: Any) -> Any:
        pandas, pyarrow = need("pandas", "spark"), need("pyarrow", "spark")
        owners = super().__call__(pyarrow.array(keys, from_pandas=True))
        return owners.to_pandas(types_mapper={pyarrow.int32(): pandas.Int32Dtype()}.get)
