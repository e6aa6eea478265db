"""Engines over columns: the answers of lists, whatever an engine makes of a column."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import datafusion
import duckdb
import polars as pl
import pyarrow as pa
import pytest

import continuum.datafusion
import continuum.duckdb
import continuum.polars
import continuum.ray
import continuum.spark
from continuum import Continuum, Owners

SERVERS = [f"10.0.0.{number}:11211" for number in range(10)]
BUILT = Continuum(scheme="slots-1", servers=SERVERS)
NEW = Continuum(scheme="slots-1", servers=SERVERS[1:])

#: More than an engine hands over at once, with nulls, empty texts and other letters.
TEXTS: list[str | None] = ["", None, "grün 鍵 🔑", "x" * 300]
TEXTS += [f"session:{number}" if number % 9 else None for number in range(9000)]
BYTES = [None if text is None else b"\xff" + text.encode() for text in TEXTS]
NUMBERS = [None if text is None else number for number, text in enumerate(TEXTS)]


def want(keys: list[Any], built: Continuum = BUILT) -> list[int | None]:
    owners = iter(built.resolve_indices([key for key in keys if key is not None]))
    return [None if key is None else next(owners) for key in keys]


def names(owners: list[int | None]) -> list[str | None]:
    return [None if owner is None else SERVERS[owner] for owner in owners]


TABLE = pa.table(
    {
        "row": pa.array(range(len(TEXTS))),
        "text": pa.array(TEXTS),
        "bytes": pa.array(BYTES, pa.binary()),
        "number": pa.array(NUMBERS, pa.int64()),
        "word": pa.array(TEXTS).dictionary_encode(),
    }
)
COLUMNS: dict[str, list[Any]] = {"text": TEXTS, "bytes": BYTES, "number": NUMBERS, "word": TEXTS}


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("engine", ["in-memory", "streaming"])
def test_polars(column: str, engine: Any) -> None:
    frame = pl.LazyFrame(pl.from_arrow(TABLE))
    owners = want(COLUMNS[column])
    asked = frame.select(
        pl.col(column).continuum.owner(BUILT).alias("index"),  # type: ignore[attr-defined]
        continuum.polars.owner(column, BUILT, answer="name").alias("name"),
        continuum.polars.owner(pl.col(column), BUILT, answer="address").alias("address"),
    )
    kinds = asked.collect_schema()
    assert kinds["index"] == pl.UInt32 and kinds["name"] == pl.Enum(SERVERS)
    found = asked.collect(engine=engine)
    assert found.schema == kinds
    assert found["index"].to_list() == owners
    assert found["name"].to_list() == found["address"].to_list() == names(owners)
    # Only what is asked for, in whatever order.
    some = frame.filter(pl.col("row") % 3 == 1).select(continuum.polars.owner(column, BUILT))
    assert some.collect(engine=engine)[column].to_list() == owners[1::3]
    assert frame.head(0).select(continuum.polars.owner(column, BUILT)).collect().height == 0


def test_polars_beside_other_expressions() -> None:
    frame = pl.DataFrame({"key": TEXTS})
    keys = pl.col("key").continuum  # type: ignore[attr-defined]
    found = frame.select(
        keys.moved(BUILT, NEW, answer="name").alias("move"),
        keys.copies(BUILT, 2).alias("copies"),
        keys.copies(BUILT, 1, answer="name").list.first().alias("first"),
    )
    before, after = want(TEXTS), want(TEXTS, NEW)
    moves = found["move"].struct.unnest()
    assert moves["from"].to_list() == names(before)
    there = [None if owner is None else SERVERS[owner + 1] for owner in after]
    assert moves["to"].to_list() == there
    assert moves["moved"].to_list() == [
        None if old is None else old != new for old, new in zip(names(before), there)
    ]
    assert found["first"].to_list() == names(before)
    assert [None if one is None else one[0] for one in found["copies"].to_list()] == before
    counts = frame.group_by(keys.owner(BUILT, answer="name").alias("server")).len()
    assert counts["len"].sum() == len(TEXTS) and counts.height == len(SERVERS) + 1
    with pytest.raises(TypeError, match="key 1 is null, which nobody owns"):
        frame.select(keys.owner(BUILT, nulls="error"))


def test_polars_column_of_nulls_alone() -> None:
    frame = pl.DataFrame({"key": [None, None]})
    found = frame.select(continuum.polars.owner("key", BUILT, answer="name"))
    assert found["key"].to_list() == [None, None] and found["key"].dtype == pl.Enum(SERVERS)


def test_polars_objects_are_no_keys() -> None:
    frame = pl.DataFrame({"key": pl.Series([object()] * 4, dtype=pl.Object)})
    for expression in (
        continuum.polars.owner("key", BUILT),
        continuum.polars.copies("key", BUILT, 2),
        continuum.polars.moved("key", BUILT, NEW),
    ):
        with pytest.raises(TypeError, match="Object gives out addresses"):
            frame.select(expression)


def test_polars_keeps_the_servers_of_its_making() -> None:
    changing = Continuum(scheme="slots-1", servers=SERVERS)
    owner = continuum.polars.owner("key", changing, answer="name")
    for server in SERVERS[1:]:
        changing.remove_server(server)
    found = pl.DataFrame({"key": TEXTS}).select(owner)
    assert found["key"].to_list() == names(want(TEXTS))


@pytest.mark.parametrize("column", COLUMNS)
def test_duckdb(column: str) -> None:
    connection = duckdb.connect()
    connection.register("keys", TABLE)
    continuum.duckdb.register(connection, BUILT)
    continuum.duckdb.register(connection, BUILT, "server", answer="name")
    continuum.duckdb.register(connection, BUILT, "address", answer="address")
    query = f'SELECT owner("{column}"), server("{column}"), address("{column}") FROM keys ORDER BY row'
    owners = want(COLUMNS[column])
    assert connection.sql(query).fetchall() == list(zip(owners, names(owners), names(owners)))
    none = f'SELECT owner("{column}") FROM keys WHERE row < 0'
    assert connection.sql(none).fetchall() == []


def test_duckdb_by_groups_and_refusals() -> None:
    connection = duckdb.connect()
    connection.register("keys", TABLE)
    continuum.duckdb.register(connection, BUILT, answer="name")
    counts = connection.sql("SELECT owner(text) AS server, count(*) FROM keys GROUP BY server")
    assert sum(count for _, count in counts.fetchall()) == len(TEXTS)
    with pytest.raises(duckdb.Error, match="owner takes one key, not 2"):
        connection.sql("SELECT owner('a', 'b')").fetchall()
    with pytest.raises(duckdb.Error, match="strings, binaries or integers, not Float"):
        connection.sql("SELECT owner(1.5::DOUBLE)").fetchall()
    for struct in ("{'a': 1}", "{'a': 'x'}", "{'a': 'x', 'b': 'y'}"):
        with pytest.raises(duckdb.Error, match="owner takes a VARCHAR, a BLOB or an integer, not"):
            connection.sql(f"SELECT owner({struct})").fetchall()
    continuum.duckdb.register(connection, BUILT, "strict", nulls="error")
    with pytest.raises(duckdb.Error, match="is null, which nobody owns"):
        connection.sql("SELECT strict(text) FROM keys").fetchall()
    continuum.duckdb.register(connection, BUILT, "digits", integers="decimal")
    assert connection.sql("SELECT digits(-17)").fetchall() == [(want(["-17"])[0],)]


def test_duckdb_names_with_quotes() -> None:
    odd = Continuum(scheme="slots-1", servers=[continuum.Server("a", 80, name="it's")])
    connection = duckdb.connect()
    continuum.duckdb.register(connection, odd, answer="name")
    assert connection.sql("SELECT owner('a')").fetchall() == [("it's",)]


@pytest.mark.parametrize("column", COLUMNS)
def test_datafusion(column: str) -> None:
    kinds = {"bytes": pa.binary_view(), "number": pa.int64()}
    context = datafusion.SessionContext()
    context.from_arrow(TABLE, name="keys")
    for name, answer in (("owner", "index"), ("server", "name"), ("address", "address")):
        function = continuum.datafusion.udf(BUILT, name, keys=kinds.get(column), answer=answer)  # type: ignore[arg-type]
        context.register_udf(function)
    found = context.sql(
        f'SELECT owner("{column}") AS o, server("{column}") AS s, address("{column}") AS a '
        "FROM keys ORDER BY row"
    ).to_pydict()
    owners = want(COLUMNS[column])
    assert found == {"o": owners, "s": names(owners), "a": names(owners)}
    none = context.sql(f'SELECT owner("{column}") AS o FROM keys WHERE row < 0')
    assert none.to_pydict() == {"o": []}


def test_datafusion_refusals() -> None:
    context = datafusion.SessionContext()
    context.from_arrow(TABLE, name="keys")
    context.register_udf(continuum.datafusion.udf(BUILT, nulls="error"))
    with pytest.raises(Exception, match="is null, which nobody owns"):
        context.sql("SELECT owner(text) FROM keys").collect()


def test_what_is_sent_to_workers_is_built_once() -> None:
    import pickle

    owners = Owners(BUILT)
    first, second = (pickle.loads(pickle.dumps(owners)) for _ in range(2))
    assert first._continuum is second._continuum
    assert pa.array(first(pa.array(TEXTS))).to_pylist() == want(TEXTS)
    # Sent on.
    third = pickle.loads(pickle.dumps(second))
    assert third._continuum is first._continuum
    # Of another order its numbers are others, though keys stay where they are.
    turned = Owners(Continuum(scheme="slots-1", servers=SERVERS[::-1]))
    other = pickle.loads(pickle.dumps(turned))
    assert other._continuum is not first._continuum
    assert pa.array(other(pa.array(["a"]))).to_pylist() == [9 - (want(["a"])[0] or 0)]


MISSING = """
import sys
sys.modules[sys.argv[1]] = None
import continuum, importlib
servers = continuum.Continuum(scheme="slots-1", servers=["a:80"])
try:
    module = importlib.import_module("continuum." + sys.argv[2])
    {
        "duckdb": lambda: module.register(None, servers),
        "datafusion": lambda: module.udf(servers),
        "spark": lambda: module.owner(servers),
        "ray": lambda: module.Owner(servers),
    }[sys.argv[2]]()
except ImportError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("missing", "extra"),
    [
        ("polars", "polars"),
        ("duckdb", "duckdb"),
        ("pyarrow", "duckdb"),
        ("datafusion", "datafusion"),
        ("pyspark", "spark"),
        ("ray", "ray"),
    ],
)
def test_a_missing_engine_is_named(missing: str, extra: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", MISSING, missing, extra], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(
        f"continuum.{extra} needs {missing}: pip install 'continuum-hash[{extra}]' ("
    )


def test_nothing_is_imported_before_it_is_used() -> None:
    engines = ("polars", "duckdb", "datafusion", "pyspark", "ray", "pyarrow", "pandas")
    program = f"import sys, continuum; print([one for one in {engines} if one in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
