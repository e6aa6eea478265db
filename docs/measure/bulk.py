"""Measures owners as columns in each engine, beside the engine's own hash of the same column
and a plain loop of Python.

    python3 docs/measure/bulk.py [keys] [engine...]

Needs the package and the engines that it names (polars, duckdb, datafusion, spark); one that
is absent is left out by name. Keys are strings of 20 bytes, servers ten. All ways of one
engine take turns. Engines within this process are measured by its processor time, Spark by the
clock; the figure is the least of all rounds, in nanoseconds a key.
"""

from __future__ import annotations

import importlib
import os
import sys
import time
from bisect import bisect
from collections.abc import Callable
from hashlib import md5
from struct import unpack
from typing import Any

import pyarrow as pa

from continuum import Continuum

ROUNDS = 5
SERVERS = [f"10.0.0.{number}:11211" for number in range(10)]
SLOTS = Continuum(scheme="slots-1", servers=SERVERS)
#: MD5, 160 points a server: the ring of the loop below.
RING = Continuum(totaldots=1600, servers=SERVERS)
#: A loop is asked for so many keys, and its time is scaled.
LOOPED = 100_000

Ways = dict[str, Callable[[], Any]]


def loop() -> Callable[[str], int]:
    """The owner of a key, by hashlib and bisect."""
    ring = sorted(
        (position, owner)
        for owner, name in enumerate(SERVERS)
        for number in range(40)
        for position in unpack("<4I", md5(f"{name.replace(':', '-')}-{number}".encode()).digest())
    )
    points = [position for position, _ in ring]
    owners = [owner for _, owner in ring] + [ring[0][1]]
    return lambda key: owners[bisect(points, int.from_bytes(md5(key.encode()).digest()[:4], "little"))]


def python(keys: Any) -> Ways:
    listed, owner = keys.to_pylist(), loop()
    assert [owner(key) for key in listed[:1000]] == RING.resolve_indices(listed[:1000])
    return {
        "resolve_arrow, slots-1": lambda: SLOTS.resolve_arrow(keys),
        "resolve_arrow, MD5 ring": lambda: RING.resolve_arrow(keys),
        "resolve_numbers of a list, MD5 ring": lambda: RING.resolve_numbers(listed),
        "a loop": lambda: [owner(key) for key in listed[:LOOPED]],
    }


def polars(keys: Any) -> Ways:
    pl = importlib.import_module("polars")
    importlib.import_module("continuum.polars")
    frame, key, owner = pl.DataFrame({"key": pl.Series(keys)}), pl.col("key"), loop()
    return {
        "owner, slots-1": lambda: frame.select(key.continuum.owner(SLOTS)),
        "owner, MD5 ring": lambda: frame.select(key.continuum.owner(RING)),
        "its own hash": lambda: frame.select(key.hash()),
        "a loop": lambda: frame[:LOOPED].select(key.map_elements(owner, return_dtype=pl.UInt32)),
    }


def duckdb(keys: Any) -> Ways:
    module = importlib.import_module("duckdb")
    ours, owner = importlib.import_module("continuum.duckdb"), loop()
    connection = module.connect(config={"threads": 1})
    connection.register("arrow_keys", pa.table({"key": keys}))
    connection.execute("CREATE TABLE keys AS SELECT * FROM arrow_keys")
    ours.register(connection, SLOTS)
    ours.register(connection, RING, "ring")
    connection.create_function("loop", owner, ["VARCHAR"], "UINTEGER")

    def ask(query: str) -> Callable[[], Any]:
        return lambda: connection.execute(query).fetchall()

    return {
        "owner, slots-1": ask("SELECT sum(owner(key)) FROM keys"),
        "owner, MD5 ring": ask("SELECT sum(ring(key)) FROM keys"),
        "its own hash": ask("SELECT bit_xor(hash(key)) FROM keys"),
        "its own MD5": ask("SELECT bit_xor(md5_number_lower(key)) FROM keys"),
        "a loop": ask(f"SELECT sum(loop(key)) FROM (SELECT key FROM keys LIMIT {LOOPED})"),
    }


def datafusion(keys: Any) -> Ways:
    module = importlib.import_module("datafusion")
    ours, owner = importlib.import_module("continuum.datafusion"), loop()
    context = module.SessionContext(module.SessionConfig().with_target_partitions(1))
    context.from_arrow(pa.table({"key": keys.cast(pa.string_view())}), name="keys")
    context.register_udf(ours.udf(SLOTS))
    context.register_udf(ours.udf(RING, "ring"))

    def looped(column: Any) -> Any:
        return pa.array([owner(key) for key in column.to_pylist()], pa.uint32())

    context.register_udf(module.udf(looped, [pa.string_view()], pa.uint32(), "immutable", "loop"))

    def ask(query: str) -> Callable[[], Any]:
        return lambda: context.sql(query).collect()

    return {
        "owner, slots-1": ask("SELECT sum(owner(key)) FROM keys"),
        "owner, MD5 ring": ask("SELECT sum(ring(key)) FROM keys"),
        "its own MD5": ask("SELECT max(md5(key)) FROM keys"),
        "a loop": ask(f"SELECT sum(loop(key)) FROM (SELECT key FROM keys LIMIT {LOOPED})"),
    }


def spark(keys: Any) -> Ways:
    sql = importlib.import_module("pyspark.sql")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    functions = importlib.import_module("pyspark.sql.functions")
    ours, owner = importlib.import_module("continuum.spark"), loop()
    builder = sql.SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.driver.host", "127.0.0.1")
    session = builder.config("spark.driver.bindAddress", "127.0.0.1").getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    key = functions.format_string("session:%012d", functions.col("id"))
    frame = session.range(len(keys), numPartitions=4).select(key.alias("key")).cache()
    frame.count()

    def same(column: Any) -> Any:
        return column

    def looped(key: str) -> int:
        return owner(key)

    identity = functions.arrow_udf(same, "string", functions.ArrowUDFType.SCALAR)
    plain = functions.udf(looped, "int")
    some = frame.limit(LOOPED).cache()
    some.count()

    def ask(rows: Any, column: Any) -> Callable[[], Any]:
        return lambda: rows.select(functions.count(column)).collect()

    return {
        "owner, slots-1": ask(frame, ours.owner(SLOTS)("key")),
        "owner, MD5 ring": ask(frame, ours.owner(RING)("key")),
        "an arrow_udf that gives back its column": ask(frame, identity("key")),
        "its own hash": ask(frame, functions.xxhash64("key")),
        "a loop": ask(some, plain("key")),
    }


def race(ways: Ways, clock: Callable[[], int]) -> dict[str, int]:
    """The least time of each; the first round is not counted."""
    least: dict[str, int] = {}
    for turn in range(ROUNDS + 1):
        for name, way in ways.items():
            begun = clock()
            way()
            taken = clock() - begun
            if turn:
                least[name] = min(taken, least.get(name, taken))
    return least


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    wanted = sys.argv[2:] or ["python", "polars", "duckdb", "datafusion", "spark"]
    keys = pa.array([f"session:{number:012d}" for number in range(count)])
    print("| engine | | ns a key | beside slots-1 |\n|---|---|---:|---:|")
    for engine in wanted:
        try:
            ways = globals()[engine](keys)
        except ImportError as error:
            print(f"| {engine} | absent: {error} | | |")
            continue
        clock = time.perf_counter_ns if engine == "spark" else time.process_time_ns
        first = None
        for name, taken in race(ways, clock).items():
            each = taken / (min(LOOPED, count) if name == "a loop" else count)
            first = first or each
            print(f"| {engine} | {name} | {each:.1f} | {each / first:.2f} |", flush=True)


main()
