"""PL/Proxy: every set a cluster of one private PostgreSQL server, whose partitions are connections
with a setting of their own; the function that runs there tells it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from random import Random

from .cases import SAMPLE, SETS, Case
from .conftest import Live
from .keys import Carrier, random_keys
from .postgres import postgres

FUNCTIONS = {"hashtext": "text", "hashint4": "int4", "hashint8": "int8", "none": "int8"}
"""What RUN ON is given, and the type of the key."""
_TELL = """
    CREATE EXTENSION plproxy;
    CREATE FUNCTION tell(k {kind}) RETURNS int LANGUAGE sql
        AS $$ SELECT current_setting('live.partition')::int $$;
"""


def test_plproxy(live: Live) -> None:
    extensions = sorted(Path("/usr/share/postgresql").glob("*/extension/plproxy.control"))
    live.file(str(extensions[-1] if extensions else "plproxy.control"), "postgresql-15-plproxy")
    with postgres(live) as psql:
        live.compare(_cases(live.rng, psql), SAMPLE)


def _cases(rng: Random, psql: list[str]) -> Iterator[Case]:
    for number in range(max(SETS, 3 * len(FUNCTIONS))):
        function = list(FUNCTIONS)[number % len(FUNCTIONS)]
        # A power of two without and with modular mapping, and any number with it.
        modular = number // len(FUNCTIONS) != 0
        partitions = rng.randint(1, 16) if number % 3 == 1 and modular else 1 << rng.randint(0, 4)
        keys = values(rng, function, SAMPLE)
        answers = ask(psql, f"c{number}", function, partitions, keys, modular=modular)
        servers = [{"host": f"n{at}"} for at in range(partitions)]
        mapping = "on" if modular else "auto"
        yield Case(f"plproxy:hash={function},modular_mapping={mapping}", servers, keys, answers)


def values(rng: Random, function: str, count: int) -> list[bytes]:
    """Keys of the type that the function takes, its ends among them."""
    if FUNCTIONS[function] == "text":
        keys = random_keys(rng, count + count // 4, Carrier.TEXT, empty=True)
        # PostgreSQL's texts hold no NUL.
        return list(dict.fromkeys(key.replace(b"\0", b"x") for key in keys))
    bits = {"int4": 31, "int8": 63}[FUNCTIONS[function]]
    ends = [0, 1, -1, (1 << bits) - 1, -(1 << bits)]
    draws = [
        rng.getrandbits(rng.randint(4, bits)) * rng.choice((1, -1)) for _ in range(2 * count)
    ]
    return [b"%d" % value for value in dict.fromkeys(ends + draws)]


def ask(
    psql: list[str], name: str, function: str, partitions: int, keys: list[bytes], *, modular: bool
) -> list[int]:
    """The partition on which PL/Proxy runs a function of each key."""
    kind = FUNCTIONS[function]
    host = psql[psql.index("-h") + 1]
    parts = [
        f"p{at} 'host={host} dbname={name} options=-clive.partition={at}'"
        for at in range(partitions)
    ]
    options = ", ".join([*(["modular_mapping '1'"] if modular else []), *parts])
    run_on = "k" if function == "none" else f"{function}(k)"
    value = "convert_from(decode(h, 'hex'), 'UTF8')"
    script = [
        f"CREATE DATABASE {name};",
        f"\\connect {name}",
        _TELL.format(kind=kind),
        f"CREATE SERVER cluster FOREIGN DATA WRAPPER plproxy OPTIONS ({options});",
        "CREATE USER MAPPING FOR live SERVER cluster OPTIONS (user 'live');",
        f"CREATE FUNCTION run(k {kind}) RETURNS int LANGUAGE plproxy"
        f" AS $$ CLUSTER 'cluster'; RUN ON {run_on}; TARGET tell; $$;",
        "CREATE TEMPORARY TABLE given (id int, h text);",
        "COPY given FROM stdin;",
        *(f"{at}\t{key.hex()}" for at, key in enumerate(keys)),
        "\\.",
        f"SELECT run({value}::{kind}) FROM given ORDER BY id;",
    ]
    told = subprocess.run(
        psql, input="\n".join(script).encode() + b"\n", check=True, capture_output=True
    )
    return [int(line) for line in told.stdout.split()]
