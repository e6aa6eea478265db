"""ClickHouse: sharding expressions and `jumpConsistentHash`, by its engine in this process.

The wheel is large: it is asked by `scripts/test-live --all` alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

import pytest

from .cases import ALL, SAMPLE, Case
from .conftest import Live
from .keys import Carrier, random_keys

_TEXT = (
    *("cityHash64", "sipHash64", "xxHash64", "xxHash32", "murmurHash2_64", "murmurHash2_32"),
    *("murmurHash3_64", "murmurHash3_32", "halfMD5", "javaHash", "hiveHash"),
)
_NUMBER = ("cityHash64", "sipHash64", "xxHash64", "intHash64", "intHash32")


@pytest.mark.skipif(not ALL, reason="asked by scripts/test-live --all")
def test_clickhouse(live: Live) -> None:
    live.compare(_cases(live, live.module("chdb")), SAMPLE)


def _cases(live: Live, chdb: ModuleType) -> Iterator[Case]:
    for number, name in enumerate(_TEXT):
        keys = random_keys(live.rng, SAMPLE, Carrier.ANY, empty=True)
        count = live.rng.randint(3, 12) if number < 3 else live.rng.randint(1, 200)
        servers = [{"host": f"n{at}"} for at in range(count)]
        hashed = f"{name}(unhex(h))"
        text = [key.hex() for key in keys]
        remainders = _ask(chdb, f"toUInt64({hashed}) % {count}", text)
        yield Case(f"clickhouse:hash={name}", servers, keys, remainders)
        if name in ("cityHash64", "sipHash64", "xxHash64"):
            buckets = _ask(chdb, f"jumpConsistentHash({hashed}, {count})", text)
            yield Case(f"clickhouse-jump:hash={name}", servers, keys, buckets)
    for name in _NUMBER:
        values = [live.rng.getrandbits(64) - (1 << 63) for _ in range(SAMPLE)]
        count = live.rng.randint(1, 200)
        servers = [{"host": f"n{at}"} for at in range(count)]
        text = list(map(str, values))
        remainders = _ask(chdb, f"toUInt64({name}(toInt64(h))) % {count}", text)
        keys = [value.encode() for value in text]
        yield Case(f"clickhouse:hash={name},type=Int64", servers, keys, remainders)


def _ask(chdb: ModuleType, expression: str, texts: list[str]) -> list[int]:
    """The expression over texts, which are hexadecimal or numbers, in their order."""
    answers: list[int] = []
    # A query is at most 256 KiB long.
    for at in range(0, len(texts), 400):
        rows = ", ".join(f"'{text}'" for text in texts[at : at + 400])
        told = chdb.query(f"SELECT {expression} FROM (SELECT arrayJoin([{rows}]) AS h)", "TSV")
        answers += map(int, str(told).split())
    return answers
