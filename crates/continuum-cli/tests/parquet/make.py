"""Writes the Parquet files of this folder, as the programs that people use do.

Made by pyarrow 26.0.1 and polars 2.1.0 (pip install pyarrow polars):

    python3 crates/continuum-cli/tests/parquet/make.py
"""
from pathlib import Path

import polars
import pyarrow as pa
import pyarrow.parquet as pq

here = Path(__file__).parent
docs = here / "../../../../docs/commands/resolve.in"
users = [f"user:{n}" for n in range(300)]
table = pa.table({
    "user": users,
    "bytes": pa.array([b"\xff" + user.encode() for user in users], pa.binary()),
    "fixed": pa.array([f"{n:04d}".encode() for n in range(300)], pa.binary(4)),
    "small": pa.array([n - 150 for n in range(300)], pa.int16()),
    "signed": pa.array([n * 10**15 - 10**17 for n in range(300)], pa.int64()),
    "unsigned": pa.array([2**64 - 1 - n for n in range(300)], pa.uint64()),
    "nullable": [None if n == 260 else user for n, user in enumerate(users)],
    "nested": [{"name": user, "tags": [user]} for user in users],
    "float": [n / 2 for n in range(300)],
    "day": pa.array(range(300), pa.date32()),
    "dictionary": pa.array(users).dictionary_encode(),
})
for compression in ["none", "snappy", "gzip", "lz4", "zstd", "brotli"]:
    small = table.select(["user"]) if compression != "snappy" else table
    file = here / f"pyarrow-{compression}.parquet"
    pq.write_table(small, file, compression=compression, row_group_size=128)
encodings = {"user": "DELTA_BYTE_ARRAY", "signed": "DELTA_BINARY_PACKED"}
pq.write_table(table.select([*encodings]), here / "pyarrow-v2.parquet", data_page_version="2.0",
               column_encoding=encodings, use_dictionary=False)
polars.DataFrame({"user": users, "n": range(300)}).write_parquet(here / "polars.parquet")
pq.write_table(
    pa.table({"user": ["ada", "grace", "edsger"], "order": [17, 18, 19],
              "address": [{"city": "London"}, {"city": "New York"}, {"city": "Austin"}]}),
    docs / "orders.parquet")
