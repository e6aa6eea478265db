"""Engines that are too large for every run: Spark, Ray, Dask and pandas give the answers of lists.

Spark needs Java; all run in processes of this machine alone.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from .cases import ALL
from .conftest import Live

pytestmark = pytest.mark.skipif(not ALL, reason="heavy engines: scripts/test-live --all")

SERVERS = [f"10.0.0.{number}:11211" for number in range(10)]
SCHEMES = ["slots-1", "libmemcached:distribution=ketama", "rendezvous-1"]
COUNT = 200_000
TEXTS: list[str | None] = ["", None, "grün 鍵 🔑", "x" * 300]
TEXTS += [f"session:{number:012d}" if number % 9 else None for number in range(COUNT)]
BYTES = [None if text is None else b"\xff" + text.encode() for text in TEXTS]
NUMBERS = [None if text is None else number for number, text in enumerate(TEXTS)]
COLUMNS: dict[str, list[Any]] = {"text": TEXTS, "bytes": BYTES, "number": NUMBERS}


def built(scheme: str) -> Any:
    from continuum import Continuum

    return Continuum(scheme=scheme, servers=SERVERS)


def want(scheme: str, keys: list[Any]) -> list[int | None]:
    owners = iter(built(scheme).resolve_indices([key for key in keys if key is not None]))
    return [None if key is None else next(owners) for key in keys]


def names(owners: list[int | None]) -> list[str | None]:
    return [None if owner is None else SERVERS[owner] for owner in owners]


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    sql = pytest.importorskip("pyspark.sql")
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    # Workers need the package as well: by itself Spark starts the system's Python.
    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = (
        sql.SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.warehouse.dir", str(tmp_path_factory.mktemp("warehouse")))
        .config("spark.sql.execution.arrow.pyspark.enabled", "true")
        .getOrCreate()
    )
    yield session
    session.stop()


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder of Parquet files of all columns."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder = tmp_path_factory.mktemp("rows")
    table = pa.table(
        {
            "row": pa.array(range(len(TEXTS)), pa.int64()),
            "text": pa.array(TEXTS),
            "bytes": pa.array(BYTES, pa.binary()),
            "number": pa.array(NUMBERS, pa.int64()),
        }
    )
    half = table.num_rows // 2
    pq.write_table(table[:half], folder / "a.parquet", row_group_size=30_000)
    pq.write_table(table[half:], folder / "b.parquet", row_group_size=30_000)
    return str(folder)


@pytest.mark.parametrize("column", COLUMNS)
def test_spark(spark: Any, rows: str, column: str) -> None:
    from continuum.spark import owner

    frame = spark.read.parquet(rows)
    for scheme in SCHEMES:
        if column == "number" and scheme.startswith("libmemcached"):
            # Whose keys are text.
            continue
        owners = want(scheme, COLUMNS[column])
        asked = frame.select(
            "row",
            owner(built(scheme))(column).alias("owner"),
            owner(built(scheme), answer="name")(column).alias("server"),
        )
        found = asked.orderBy("row").toPandas()
        assert [None if one != one else int(one) for one in found["owner"]] == owners
        assert [one if isinstance(one, str) else None for one in found["server"]] == names(owners)
    assert frame.filter("row < 0").select(owner(built("slots-1"))(column)).count() == 0


def test_spark_before_4_1(spark: Any, rows: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from pyspark.sql import functions

    from continuum.spark import owner

    monkeypatch.delattr(functions, "arrow_udf")
    owners = want("slots-1", TEXTS)
    found = (
        spark.read.parquet(rows)
        .select("row", owner(built("slots-1"), answer="name")("text").alias("server"))
        .orderBy("row")
        .toPandas()
    )
    assert [one if isinstance(one, str) else None for one in found["server"]] == names(owners)
    found = (
        spark.read.parquet(rows)
        .select("row", owner(built("slots-1"))("text").alias("owner"))
        .orderBy("row")
        .toPandas()
    )
    assert [None if one != one else int(one) for one in found["owner"]] == owners


def test_spark_writes_a_server_s_file_in_one_task(spark: Any, rows: str, tmp_path: Any) -> None:
    from continuum.spark import owner

    owned = spark.read.parquet(rows).withColumn("owner", owner(built("slots-1"))("text"))
    out = str(tmp_path / "out")
    parted = owned.filter("owner IS NOT NULL").repartitionById(len(SERVERS), "owner")
    parted.write.partitionBy("owner").parquet(out)
    for number in range(len(SERVERS)):
        files = [f for f in os.listdir(f"{out}/owner={number}") if f.endswith(".parquet")]
        assert len(files) == 1


def test_ray(live: Live) -> None:
    # By itself Ray has its workers wait for everybody else.
    os.environ.setdefault("RAY_worker_niceness", "0")
    ray = live.module("ray")
    data = live.module("ray.data")
    import pyarrow as pa

    from continuum.ray import Owner

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        keys = TEXTS[:20_000]
        table = pa.table({"row": pa.array(range(len(keys))), "text": pa.array(keys)})
        for answer in ("index", "name"):
            found = data.from_arrow(table).map_batches(
                Owner,
                fn_constructor_args=(built("slots-1"), "text"),
                fn_constructor_kwargs={"answer": answer},
                batch_format="pyarrow",
                concurrency=1,
            )
            owners = {row["row"]: row["owner"] for row in found.take_all()}
            expected = want("slots-1", keys)
            listed = expected if answer == "index" else names(expected)
            assert [owners[row] for row in range(len(keys))] == listed
    finally:
        ray.shutdown()


def test_pandas_and_dask(live: Live) -> None:
    pd = live.module("pandas")
    dd = live.module("dask.dataframe")
    import pyarrow as pa

    from continuum import Owners

    expected = want("slots-1", TEXTS)
    resolve = Owners(built("slots-1"))
    series = pd.Series(TEXTS, dtype="str")

    def owner(keys: Any) -> Any:
        found = pa.chunked_array(resolve(keys)).to_pandas()
        return found.set_axis(keys.index)

    def listed(found: Any) -> list[int | None]:
        return [None if one != one else int(one) for one in found]

    assert listed(owner(series)) == expected
    frame = dd.from_pandas(pd.DataFrame({"text": series}), npartitions=3)
    found = frame["text"].map_partitions(owner, meta=("owner", "float64")).compute()
    assert listed(found) == expected
