"""Keys in arrays of NumPy, pyarrow and polars: the answers of one key at a time."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from continuum import Continuum, Plan

SERVERS = [f"10.0.0.{number}:11211" for number in range(10)]
BUILT = Continuum(totaldots=1600, servers=SERVERS)

#: Empty, longer than an inline view holds, not ASCII, with a zero inside; and enough to
#: let other threads run.
TEXTS = ["", "a", "twelve bytes", "thirteen byte", "grün 鍵 🔑", "nul\0nul", "x" * 300] + [
    f"session:{number:012d}" for number in range(40_000)
]
BYTES = [text.encode() for text in TEXTS] + [b"\xff\xfe"]
NUMBERS = [number * 0x9E3779B97F4A7C15 % 2**64 for number in range(5000)] + [0, 2**64 - 1]
SIGNED = [number >> 1 for number in NUMBERS]


def singles(keys: list[Any]) -> list[int]:
    return [BUILT.servers.index(BUILT.resolve(key)) for key in keys]


FORMS: dict[str, tuple[list[Any], Callable[[list[Any]], Any]]] = {
    "numpy U": (TEXTS, np.array),
    "numpy U, other byte order": (TEXTS, lambda keys: np.array(keys).astype(">U300")),
    "numpy S": (BYTES, np.array),
    "numpy object, text": (TEXTS, lambda keys: np.array(keys, dtype=object)),
    "numpy object, mixed": (TEXTS + BYTES + NUMBERS, lambda keys: np.array(keys, dtype=object)),
    "numpy StringDType": (TEXTS, lambda keys: np.array(keys, dtype=np.dtypes.StringDType())),
    "numpy uint64": (NUMBERS, lambda keys: np.array(keys, dtype=np.uint64)),
    "numpy int64": (SIGNED, lambda keys: np.array(keys, dtype=np.int64)),
    "numpy uint64, other byte order": (NUMBERS, lambda keys: np.array(keys, dtype=">u8")),
    "numpy uint8": (list(range(256)), lambda keys: np.array(keys, dtype=np.uint8)),
    "pyarrow string": (TEXTS, lambda keys: pa.array(keys, pa.string())),
    "pyarrow large_string": (TEXTS, lambda keys: pa.array(keys, pa.large_string())),
    "pyarrow string_view": (TEXTS, lambda keys: pa.array(keys, pa.string_view())),
    "pyarrow binary": (BYTES, lambda keys: pa.array(keys, pa.binary())),
    "pyarrow large_binary": (BYTES, lambda keys: pa.array(keys, pa.large_binary())),
    "pyarrow binary_view": (BYTES, lambda keys: pa.array(keys, pa.binary_view())),
    "pyarrow fixed binary": (
        [number.to_bytes(8, "big") for number in NUMBERS],
        lambda keys: pa.array(keys, pa.binary(8)),
    ),
    "pyarrow dictionary": (TEXTS * 2, lambda keys: pa.array(keys).dictionary_encode()),
    "pyarrow uint64": (NUMBERS, lambda keys: pa.array(keys, pa.uint64())),
    "pyarrow int64": (SIGNED, lambda keys: pa.array(keys, pa.int64())),
    "pyarrow int8": (list(range(128)), lambda keys: pa.array(keys, pa.int8())),
    "pyarrow chunked": (
        TEXTS,
        lambda keys: pa.chunked_array([keys[:3], [], keys[3:20_000], keys[20_000:]], pa.string()),
    ),
    "polars String": (TEXTS, pl.Series),
    "polars Binary": (BYTES, pl.Series),
    "polars Categorical": (TEXTS, lambda keys: pl.Series(keys, dtype=pl.Categorical)),
    "polars UInt64": (NUMBERS, lambda keys: pl.Series(keys, dtype=pl.UInt64)),
    "polars, several chunks": (
        TEXTS,
        lambda keys: pl.concat([pl.Series(keys[:9]), pl.Series(keys[9:])], rechunk=False),
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_arrays_equal_singles(form: str) -> None:
    keys, make = FORMS[form]
    array, want = make(keys), singles(keys)
    owners = BUILT.resolve_numbers(array)
    assert owners.dtype == np.uint32 and owners.tolist() == want
    assert BUILT.resolve_indices(array) == want
    assert [BUILT.servers.index(server) for server in BUILT.resolve_all(array)] == want
    # Parts and other orders of it.
    assert BUILT.resolve_numbers(array[3:-2]).tolist() == want[3:-2]
    if not isinstance(array, (pa.Array, pa.ChunkedArray)):
        assert BUILT.resolve_numbers(array[::-1]).tolist() == want[::-1]
        assert BUILT.resolve_numbers(array[5::7]).tolist() == want[5::7]
    assert BUILT.resolve_numbers(array[:0]).tolist() == []


@pytest.mark.parametrize("scheme", ["slots-1", "nginx", "libmemcached:distribution=ketama", "rendezvous-1"])
def test_of_other_schemes(scheme: str) -> None:
    built = Continuum(scheme=scheme, servers=SERVERS)
    want = built.resolve_indices(TEXTS)
    for array in (np.array(TEXTS), pa.array(TEXTS), pl.Series(TEXTS)):
        assert built.resolve_numbers(array).tolist() == want


def test_numpy_drops_zeros_at_the_end() -> None:
    # As its own items do: an array of fixed width cannot hold them.
    keys = np.array([b"key\0\0", b"a longer key"])
    assert keys[0] == b"key"
    assert BUILT.resolve_indices(keys) == BUILT.resolve_indices([b"key", b"a longer key"])


def test_read_only_arrays() -> None:
    keys = np.array(["a", "b"])
    keys.flags.writeable = False
    assert BUILT.resolve_indices(keys) == BUILT.resolve_indices(["a", "b"])


def test_numbers_are_the_callers_own() -> None:
    owners = BUILT.resolve_numbers(["a", "b"])
    assert owners.flags.writeable and owners.flags.c_contiguous
    assert [SERVERS[owner] for owner in owners] == [
        server.identity for server in BUILT.resolve_all(["a", "b"])
    ]


NULLS = [
    pa.array(["a", None, "b", None]),
    pa.array([b"a", None], pa.large_binary()),
    pa.array(["a", None], pa.string_view()),
    pa.array([7, None], pa.uint64()),
    pa.array(["a", None, "a"]).dictionary_encode(),
    pa.chunked_array([["a"], [None]]),
    pl.Series(["a", None]),
    pl.Series(["a", None], dtype=pl.Categorical),
]


@pytest.mark.parametrize("keys", NULLS, ids=str)
def test_nulls_have_no_owner(keys: Any) -> None:
    with pytest.raises(TypeError, match="^key 1 is null, which nobody owns: drop"):
        BUILT.resolve_all(keys)


def test_nulls_elsewhere() -> None:
    # Not within the part that is asked for, or of no key.
    assert len(BUILT.resolve_all(pa.array([None, "a", "b"])[1:])) == 2
    values = pa.array(["a", None, "b"])
    keys = pa.DictionaryArray.from_arrays(pa.array([2, 0, 2]), values)
    assert BUILT.resolve_indices(keys) == BUILT.resolve_indices(["b", "a", "b"])
    with pytest.raises(TypeError, match="key 2 is null"):
        BUILT.resolve_all(pa.DictionaryArray.from_arrays(pa.array([2, 0, 1]), values))
    with pytest.raises(TypeError, match="not NoneType"):
        BUILT.resolve_all(np.array(["a", None], dtype=object))
    with pytest.raises(TypeError, match="a key is str, bytes or int"):
        BUILT.resolve_all(np.ma.masked_array(["a", "b"], mask=[False, True]))


@pytest.mark.parametrize(
    ("keys", "kind"),
    [
        (pa.array([1.5]), "Float64"),
        (pa.array([True]), "Boolean"),
        (pa.array([["a"]]), "List"),
        (pa.chunked_array([], pa.float32()), "Float32"),
        (pa.table({"key": ["a"], "n": [1]}), "Struct.*of a table name one column"),
        (pl.DataFrame({"key": ["a"], "n": [1]}), "Struct.*of a table name one column"),
        (pl.Series([1.5]), "Float64"),
    ],
    ids=str,
)
def test_arrow_arrays_of_no_keys(keys: Any, kind: str) -> None:
    with pytest.raises(TypeError, match=f"holds strings, binaries or integers, not {kind}"):
        BUILT.resolve_numbers(keys)


@pytest.mark.parametrize(
    "keys", [np.array([1.5]), np.array([True]), np.array([1j]), np.array(["2026-01-01"], "M8[D]")], ids=str
)
def test_numpy_arrays_of_no_keys(keys: Any) -> None:
    with pytest.raises(TypeError, match="a key is str, bytes or int, not "):
        BUILT.resolve_numbers(keys)


@pytest.mark.parametrize(
    "keys", [np.array([3, -1]), pa.array([3, -1], pa.int8()), pl.Series([3, -1])], ids=str
)
def test_negative_numbers(keys: Any) -> None:
    with pytest.raises(OverflowError, match=r"an int key is from 0 to 2\*\*64 - 1"):
        BUILT.resolve_numbers(keys)


def test_surrogates_have_no_bytes() -> None:
    with pytest.raises(UnicodeEncodeError, match="surrogates not allowed"):
        BUILT.resolve_numbers(np.array(["a", "a\ud800"]))


def test_nobody() -> None:
    nobody = Continuum(servers=[])
    for keys in (["a"], np.array(["a"]), pa.array(["a"]), pl.Series(["a"])):
        with pytest.raises(IndexError, match="empty continuum"):
            nobody.resolve_numbers(keys)
    assert nobody.resolve_numbers([]).tolist() == []


class Stream:
    """An Arrow stream of another library, without anything else."""

    def __init__(self, array: Any) -> None:
        self._array = array

    def __arrow_c_stream__(self, requested_schema: Any = None) -> object:
        return self._array.__arrow_c_stream__(requested_schema)


class Failing:
    def __arrow_c_stream__(self, requested_schema: Any = None) -> object:
        raise RuntimeError("no stream today")


def test_streams() -> None:
    assert BUILT.resolve_indices(Stream(pl.Series(TEXTS))) == singles(TEXTS)
    with pytest.raises(RuntimeError, match="no stream today"):
        BUILT.resolve_indices(Failing())

    def chunks() -> Iterator[Any]:
        yield pa.record_batch({"key": ["a"]})
        raise ValueError("it broke off")

    # A table of one column stands for it.
    reader = pa.RecordBatchReader.from_batches(pa.schema({"key": pa.string()}), chunks())
    with pytest.raises(RuntimeError, match="the stream of keys failed.*it broke off"):
        BUILT.resolve_indices(reader)
    assert BUILT.resolve_indices(pa.table({"key": TEXTS})) == singles(TEXTS)
    assert BUILT.resolve_indices(pl.DataFrame({"key": TEXTS})) == singles(TEXTS)


def test_plans_over_arrays() -> None:
    new = Continuum(totaldots=1600, servers=SERVERS[1:])
    want = Plan.over_keys(BUILT, new, TEXTS)
    for keys in (pa.array(TEXTS), pa.chunked_array([TEXTS]), pl.Series(TEXTS), np.array(TEXTS)):
        plan = Plan.over_keys(BUILT, new, keys)
        assert (plan.counts, plan.flows) == (want.counts, want.flows)
    with pytest.raises(TypeError, match="not NoneType"):
        Plan.over_keys(BUILT, new, pa.array(["a", None]))


def test_others_run_meanwhile() -> None:
    keys = pa.array(TEXTS * 40)
    ticks, done = 0, threading.Event()

    def resolve() -> None:
        BUILT.resolve_numbers(keys)
        done.set()

    thread = threading.Thread(target=resolve)
    thread.start()
    while not done.is_set():
        ticks += 1
    thread.join()
    assert ticks > 0


WITHOUT_NUMPY = """
import array, sys
sys.modules["numpy"] = None
from continuum import Continuum, Plan
built = Continuum(servers=["a:80", "b:80"])
owners = built.resolve_numbers(["one", "two", b"three"])
assert type(owners) is array.array and owners.typecode == "I", owners
assert owners.tolist() == built.resolve_indices(["one", "two", b"three"])
"""

NOTHING_IMPORTED = """
import sys
from continuum import Continuum, Plan
built = Continuum(servers=["a:80", "b:80"])
assert len(built.resolve_indices(["one", "two", b"three"])) == 3
assert len(built.resolve_all(iter(["one"]))) == 1
assert not {"numpy", "pyarrow", "polars"} & set(sys.modules)
"""

POLARS_ALONE = """
import sys
sys.modules["pyarrow"] = None
import polars
from continuum import Continuum, Plan
built = Continuum(servers=["a:80", "b:80"])
keys = polars.Series(["one", "two"])
assert built.resolve_numbers(keys).tolist() == built.resolve_indices(["one", "two"])
"""


@pytest.mark.parametrize("program", [WITHOUT_NUMPY, NOTHING_IMPORTED, POLARS_ALONE])
def test_needs_no_other_library(program: str) -> None:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
