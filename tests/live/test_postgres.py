"""PostgreSQL: `PARTITION BY HASH`, every set a table of one private server; rows say in which
partition they are."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Iterator
from random import Random

from .cases import SAMPLE, SETS, Case
from .conftest import Live
from .keys import Carrier, random_keys
from .postgres import postgres

KEYS = 5 * SAMPLE
"""Asking is quick; equal values count once."""
_TYPES = ("text", "bytea", "int4", "int8", "uuid", "char(40)", "date", "int2")


def test_postgres(live: Live) -> None:
    with postgres(live) as psql:
        live.compare(_cases(live.rng, psql), SAMPLE)


def _cases(rng: Random, psql: list[str]) -> Iterator[Case]:
    for number in range(max(SETS, len(_TYPES))):
        kind = _TYPES[number % len(_TYPES)]
        # Some sets are small, so that they can be named.
        partitions = rng.randint(3, 12) if kind == "text" else rng.randint(1, 64)
        keys = _values(rng, kind)
        answers = _ask(psql, f"t{number}", kind, partitions, keys)
        servers = [{"host": f"n{at}"} for at in range(partitions)]
        yield Case(f"postgres:type={kind.split('(')[0]}", servers, keys, answers)


def _values(rng: Random, kind: str) -> list[bytes]:
    if kind == "bytea":
        return random_keys(rng, KEYS, Carrier.ANY, empty=True)
    if kind in ("text", "char(40)"):
        keys = random_keys(rng, KEYS, Carrier.TEXT, empty=True)
        cut = 40 if kind != "text" else 250
        texts = (key.decode()[:cut].replace("\0", "x").encode() for key in keys)
        return list(dict.fromkeys(texts))
    if kind == "uuid":
        return [str(uuid.UUID(int=rng.getrandbits(128))).encode() for _ in range(KEYS)]
    if kind == "date":
        return [
            b"%04d-%02d-%02d" % (rng.randint(1, 3000), rng.randint(1, 12), rng.randint(1, 28))
            for _ in range(KEYS)
        ]
    bits = {"int2": 15, "int4": 31, "int8": 63}[kind]
    ends = [0, 1, -1, (1 << bits) - 1, -(1 << bits)]
    draws = [rng.getrandbits(rng.randint(1, bits)) * rng.choice((1, -1)) for _ in range(KEYS)]
    return [b"%d" % value for value in dict.fromkeys(ends + draws)]


def _ask(psql: list[str], table: str, kind: str, partitions: int, keys: list[bytes]) -> list[int]:
    value = "decode(h, 'hex')"
    if kind != "bytea":
        value = f"convert_from({value}, 'UTF8')::{kind}"
    script = [
        f"CREATE TABLE {table} (id int, k {kind}) PARTITION BY HASH (k);",
        *(
            f"CREATE TABLE {table}_{at} PARTITION OF {table}"
            f" FOR VALUES WITH (MODULUS {partitions}, REMAINDER {at});"
            for at in range(partitions)
        ),
        "CREATE TEMPORARY TABLE given (id int, h text);",
        "COPY given FROM stdin;",
        *(f"{at}\t{key.hex()}" for at, key in enumerate(keys)),
        "\\.",
        f"INSERT INTO {table} SELECT id, {value} FROM given;",
        f"SELECT split_part(tableoid::regclass::text, '_', 2) FROM {table} ORDER BY id;",
    ]
    told = subprocess.run(
        psql, input="\n".join(script).encode() + b"\n", check=True, capture_output=True
    )
    return [int(line) for line in told.stdout.split()]
