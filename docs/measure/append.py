"""Rows of Parquet to a file for each of eight servers: `continuum resolve --append --partition-by
server`, beside DuckDB's own `COPY … (PARTITION_BY)` of a column that is computed already.

    python docs/measure/append.py PROGRAM FOLDER [MILLIONS]

Needs pyarrow and duckdb. Keys are strings of 20 bytes, ten files of them. Each way is a process
of its own; the peak of its memory is the kernel's figure.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

FILES = 10
SERVERS = [f"10.0.0.{number}:11211" for number in range(1, 9)]

DUCKDB = """
import duckdb, sys
duckdb.execute("SET threads = 2")
duckdb.execute(
    f"COPY (SELECT * FROM '{sys.argv[1]}') TO '{sys.argv[2]}' (FORMAT parquet, PARTITION_BY (server))"
)
"""


def write(folder: Path, rows: int) -> None:
    folder.mkdir(parents=True)
    for number in range(FILES):
        ids = pa.array(range(number * rows, (number + 1) * rows), pa.int64())
        digits = pc.utf8_lpad(pc.cast(ids, pa.string()), 15, "0")
        keys = pc.binary_join_element_wise("user:", digits, "")
        pq.write_table(pa.table({"id": ids, "key": keys}), folder / f"in-{number}.parquet")


def run(args: list[str]) -> tuple[float, float]:
    """Seconds, and the peak in MiB."""
    child = [
        sys.executable, "-c",
        "import resource, subprocess, sys\n"
        "done = subprocess.run(sys.argv[1:])\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
        "sys.exit(done.returncode)",
    ]  # fmt: skip
    begun = time.monotonic()
    done = subprocess.run([*child, *args], capture_output=True, text=True, check=True)
    return time.monotonic() - begun, int(done.stdout.split()[-1]) / 1024


def rows_of(folder: Path) -> int:
    return sum(pq.read_metadata(file).num_rows for file in folder.rglob("*.parquet"))


def main() -> None:
    program, folder = sys.argv[1], Path(sys.argv[2])
    millions = int(sys.argv[3]) if len(sys.argv) > 3 else 100
    source, whole, ours, theirs = (folder / name for name in ("in", "whole", "ours", "theirs"))
    write(source, millions * 1_000_000 // FILES)
    servers = [word for server in SERVERS for word in ("-s", server)]
    command = [program, "resolve", *servers, "--scheme", "slots-1", "--quiet", "--append"]
    files = [str(file) for file in sorted(source.iterdir())]
    whole.mkdir()
    plain = run([*command, *files, "-o", str(whole / "owned.parquet")])
    figures = {
        "one file": plain,
        "a file for each server": run(
            [*command, *files, "--partition-by", "server", "-o", str(ours)]
        ),
        "DuckDB, of the column": run(
            [sys.executable, "-c", DUCKDB, str(whole / "owned.parquet"), str(theirs)]
        ),
    }
    assert rows_of(whole) == rows_of(ours) == rows_of(theirs) == millions * 1_000_000
    print(f"{millions:,} million rows, keys of 20 bytes, 8 servers, 2 processors")
    for name, (seconds, peak) in figures.items():
        print(f"{name:24} {seconds:7.1f} s  {peak:7.0f} MiB")
    for each in (whole, ours, theirs, source):
        shutil.rmtree(each)


if __name__ == "__main__":
    main()
