"""Columns in, columns out: arrays of every library, with nulls, gives the answers of lists."""

from __future__ import annotations

import functools
import signal
import struct
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from continuum import Continuum, Plan, Server, moved_arrow

SERVERS = [f"10.0.0.{number}:11211" for number in range(10)]
BUILT = Continuum(scheme="slots-1", servers=SERVERS)

#: Nulls at both ends and in the middle, an empty text, longer than an inline view holds,
#: not ASCII; and enough to let other threads run.
TEXTS: list[str | None] = [None, "", "a", "twelve bytes", "thirteen byte", "grün 鍵 🔑", None]
TEXTS += [f"session:{number:012d}" if number % 7 else None for number in range(4500)]
BYTES = [None if text is None else text.encode() for text in TEXTS] + [b"\xff\xfe", b"nul\0", None]
NUMBERS = [None, 0, 2**64 - 1] + [n * 0x9E3779B97F4A7C15 % 2**64 for n in range(500)] + [None]
SMALL = [None, *range(128), None]


def want(keys: list[Any], built: Continuum = BUILT) -> list[int | None]:
    there = [key for key in keys if key is not None]
    owners = iter(built.resolve_indices(there))
    return [None if key is None else next(owners) for key in keys]


def dictionary(keys: list[Any], kind: pa.DataType, codes: pa.DataType | None = None) -> Any:
    values = sorted({key for key in keys if key is not None}, key=repr)[::-1]
    place = {value: number for number, value in enumerate(values)}
    at = [None if key is None else place[key] for key in keys]
    return pa.DictionaryArray.from_arrays(pa.array(at, codes or pa.int32()), pa.array(values, kind))


Form = tuple[list[Any], Callable[[list[Any]], Any]]
FORMS: dict[str, Form] = {
    **{
        str(kind): (TEXTS, functools.partial(pa.array, type=kind))
        for kind in (pa.string(), pa.large_string(), pa.string_view())
    },
    **{
        str(kind): (BYTES, functools.partial(pa.array, type=kind))
        for kind in (pa.binary(), pa.large_binary(), pa.binary_view())
    },
    "several blocks": (TEXTS * 8, lambda keys: pa.array(keys, pa.string_view())),
    "fixed": (
        [None if number is None else number.to_bytes(8, "big") for number in NUMBERS],
        lambda keys: pa.array(keys, pa.binary(8)),
    ),
    "fixed, no bytes": ([b"", None, b""], lambda keys: pa.array(keys, pa.binary(0))),
    "uint64": (NUMBERS, lambda keys: pa.array(keys, pa.uint64())),
    **{
        str(kind): (SMALL, functools.partial(pa.array, type=kind))
        for kind in (
            *(pa.int8(), pa.int16(), pa.int32(), pa.int64()),
            *(pa.uint8(), pa.uint16(), pa.uint32()),
        )
    },
    "dictionary of texts": (TEXTS, lambda keys: dictionary(keys, pa.string())),
    "dictionary of views": (TEXTS, lambda keys: dictionary(keys, pa.string_view())),
    "dictionary of bytes": (BYTES, lambda keys: dictionary(keys, pa.binary())),
    "dictionary of numbers": (NUMBERS, lambda keys: dictionary(keys, pa.uint64(), pa.uint16())),
    "dictionary, few": (SMALL * 40, lambda keys: dictionary(keys, pa.int64(), pa.int8())),
    "a null among the values": (
        ["b", None, "a", "b", None],
        lambda keys: pa.DictionaryArray.from_arrays(
            pa.array([2, 1, 0, 2, None]), pa.array(["a", None, "b"])
        ),
    ),
    "nothing but nulls": ([None] * 5, lambda keys: pa.nulls(5)),
    "polars String": (TEXTS, pl.Series),
    "polars Binary": (BYTES, pl.Series),
    "polars Categorical": (TEXTS, lambda keys: pl.Series(keys, dtype=pl.Categorical)),
    "chunks": (
        TEXTS,
        lambda keys: pa.chunked_array([keys[:3], [], keys[3:900], keys[900:]], pa.string()),
    ),
    "a table of one column": (TEXTS, lambda keys: pa.table({"key": pa.array(keys)})),
    "a batch of one column": (TEXTS, lambda keys: pa.record_batch({"key": pa.array(keys)})),
}


def read(answers: Any) -> Any:
    """As pyarrow has it: an array if it is one."""
    if hasattr(answers, "__arrow_c_array__"):
        assert pa.chunked_array(answers).to_pylist() == pa.array(answers).to_pylist()
        return pa.array(answers)
    return pa.chunked_array(answers)


@pytest.mark.parametrize("form", FORMS)
def test_owners(form: str) -> None:
    keys, make = FORMS[form]
    array, owners = make(keys), want(keys)
    answers = BUILT.resolve_arrow(array, nulls="null")
    column = read(answers)
    column.validate(full=True)
    assert column.type == pa.uint32() and column.to_pylist() == owners
    assert len(answers) == len(array) == len(column)  # type: ignore[arg-type]
    # Texts of the same servers.
    for answer in ("name", "address"):
        named = read(BUILT.resolve_arrow(array, answer=answer, nulls="null"))
        named.validate(full=True)
        assert named.type == pa.dictionary(pa.uint32(), pa.string())
        texts = [None if owner is None else SERVERS[owner] for owner in owners]
        assert named.to_pylist() == texts
    # Parts, whose offset is not 0, and none.
    for cut in (slice(1, 4), slice(2, None), slice(3, 3), slice(0, 0), slice(7, 4104)):
        part = array[cut]
        column = read(BUILT.resolve_arrow(part, nulls="null"))
        assert column.to_pylist() == owners[cut] and len(column) == len(part)


@pytest.mark.parametrize("form", FORMS)
def test_copies_and_positions(form: str) -> None:
    keys, make = FORMS[form]
    keys = keys[:40]
    array = make(FORMS[form][0])[:40]

    def each(asked: Callable[[Any], Any]) -> list[Any]:
        return [None if key is None else asked(key) for key in keys]

    def numbers(servers: list[Server]) -> list[int]:
        return [BUILT.servers.index(server) for server in servers]

    copies = read(BUILT.copies_arrow(array, 3, nulls="null"))
    copies.validate(full=True)
    assert copies.to_pylist() == each(lambda key: numbers(BUILT.copies(key, 3)))
    named = read(BUILT.copies_arrow(array, 2, nulls="null", answer="name"))
    named.validate(full=True)
    assert named.to_pylist() == each(lambda key: [s.identity for s in BUILT.copies(key, 2)])
    positions = read(BUILT.position_arrow(array, nulls="null"))
    assert positions.type == pa.uint64() and positions.to_pylist() == each(BUILT.position)


@pytest.mark.parametrize("form", FORMS)
def test_moved(form: str) -> None:
    keys, make = FORMS[form]
    array = make(keys)
    # One goes, one comes, and the others have other numbers.
    new = Continuum(scheme="slots-1", servers=["new:1", *SERVERS[:0:-1]])
    before, after = want(keys), want(keys, new)
    names = ["new:1", *SERVERS[:0:-1]]
    table = read(moved_arrow(BUILT, new, array, nulls="null"))
    table.validate(full=True)
    moves = []
    for old, now in zip(before, after):
        moved = None if old is None or now is None else SERVERS[old] != names[now]
        moves.append({"moved": moved, "from": old, "to": now})
    assert table.to_pylist() == moves
    named = read(moved_arrow(BUILT, new, array, nulls="null", answer="name"))
    assert named.to_pylist() == [
        {
            **move,
            "from": None if move["from"] is None else SERVERS[move["from"]],
            "to": None if move["to"] is None else names[move["to"]],
        }
        for move in moves
    ]


def test_moved_is_what_a_plan_counts() -> None:
    new = Continuum(scheme="slots-1", servers=SERVERS[1:])
    keys = pa.array([text for text in TEXTS if text is not None])
    moves = pa.record_batch(moved_arrow(BUILT, new, keys))
    counts = Plan.over_keys(BUILT, new, keys).counts
    assert counts is not None and counts.moved_keys > 200
    assert sum(moves["moved"].to_pylist()) == counts.moved_keys


def test_empty_slices_behind_the_start() -> None:
    # Their first offset is not 0, and no value belongs to it.
    for kind in (pa.string(), pa.large_binary(), pa.string_view()):
        keys = pa.array(["a", "b", "c"]).cast(kind)
        assert BUILT.resolve_indices(keys[2:2]) == BUILT.resolve_indices(keys[3:]) == []


def test_chunks_stay_chunks() -> None:
    chunks = pa.chunked_array([["a"], [], ["b", "c"]], pa.string())
    assert [len(chunk) for chunk in pa.chunked_array(BUILT.resolve_arrow(chunks)).chunks] == [1, 0, 2]
    none = pa.chunked_array([], pa.string())
    answers = pa.chunked_array(BUILT.resolve_arrow(none))
    assert (answers.num_chunks, len(answers), answers.type) == (0, 0, pa.uint32())


def test_readers_are_answered_as_they_are_read() -> None:
    asked = []

    def batches() -> Iterator[Any]:
        for number in range(1000):
            asked.append(number)
            yield pa.record_batch({"key": [f"{number}", None]})

    def reader() -> Any:
        return pa.RecordBatchReader.from_batches(pa.schema({"key": pa.string()}), batches())

    answers = BUILT.resolve_arrow(reader(), nulls="null")
    assert asked == []
    column = pa.chunked_array(answers)
    assert column.num_chunks == 1000 and asked == list(range(1000))
    owners = BUILT.resolve_indices([str(number) for number in range(1000)])
    assert column.to_pylist() == [one for owner in owners for one in (owner, None)]
    with pytest.raises(RuntimeError, match="as their keys are: once"):
        pa.chunked_array(answers)
    # What is refused meanwhile, the reader of the answers is told.
    with pytest.raises(pa.ArrowInvalid, match="key 1 is null, which nobody owns"):
        pa.chunked_array(BUILT.resolve_arrow(reader()))


def test_a_reader_that_breaks_off() -> None:
    def batches() -> Iterator[Any]:
        yield pa.record_batch({"key": ["a"]})
        raise ValueError("it broke off")

    reader = pa.RecordBatchReader.from_batches(pa.schema({"key": pa.string()}), batches())
    with pytest.raises(pa.ArrowException, match="it broke off"):
        pa.chunked_array(BUILT.resolve_arrow(reader))


@pytest.mark.parametrize("form", FORMS)
def test_nulls_are_refused_unless_asked_for(form: str) -> None:
    keys, make = FORMS[form]
    row = keys.index(None)
    with pytest.raises(TypeError, match=f"^key {row} is null, which nobody owns: drop"):
        BUILT.resolve_arrow(make(keys))
    with pytest.raises(TypeError, match=f"^key {row} is null"):
        moved_arrow(BUILT, BUILT, make(keys))


def test_integers() -> None:
    numbers = pa.array([-17, 0, None, 2**40], pa.int64())
    texts = ["-17", "0", None, str(2**40)]
    answers = pa.array(BUILT.resolve_arrow(numbers, integers="decimal", nulls="null"))
    assert answers.to_pylist() == want(texts)
    with pytest.raises(OverflowError, match="from 0 to"):
        BUILT.resolve_arrow(numbers, nulls="null")
    # What lies below a null is no key.
    hidden = pa.Array.from_buffers(
        pa.int64(), 2, [pa.py_buffer(b"\x01"), pa.array([5, -1], pa.int64()).buffers()[1]]
    )
    assert pa.array(BUILT.resolve_arrow(hidden, nulls="null")).to_pylist() == want([5, None])


def test_integers_that_are_no_keys() -> None:
    # Where a single int is refused, a column of them is; their digits are text.
    texts = Continuum(scheme="uhashring", servers=SERVERS)
    numbers = pa.array([17, 18]).dictionary_encode()
    for ask in (texts.resolve_arrow, texts.position_arrow):
        with pytest.raises(TypeError, match="an int is no key under scheme 'uhashring'"):
            ask(numbers)
    with pytest.raises(TypeError, match="an int is no key under scheme 'uhashring'"):
        moved_arrow(BUILT, texts, numbers)
    digits = pa.array(texts.resolve_arrow(numbers, integers="decimal"))
    assert digits.to_pylist() == texts.resolve_indices(["17", "18"])


@pytest.mark.parametrize(
    ("keys", "kind"),
    [
        (pa.array([1.5]), "Float64"),
        (pa.array([True]), "Boolean"),
        (pa.array([["a"]]), "List"),
        (pa.chunked_array([], pa.float32()), "Float32"),
        (pa.table({"key": ["a"], "b": [1]}), "Struct"),
        (pa.table({"key": [1.5]}), "Float64"),
        (pa.RecordBatchReader.from_batches(pa.schema({"k": pa.bool_()}), []), "Boolean"),
        (pl.Series([1.5]), "Float64"),
    ],
    ids=str,
)
def test_no_keys(keys: Any, kind: str) -> None:
    for nulls in ("error", "null"):
        with pytest.raises(TypeError, match=f"strings, binaries or integers, not {kind}"):
            BUILT.resolve_arrow(keys, nulls=nulls)


OBJECTS = pl.Series("key", [uuid.UUID(int=7), uuid.UUID(int=8)], dtype=pl.Object)


@pytest.mark.parametrize("keys", [OBJECTS, OBJECTS.to_frame()], ids=["series", "frame"])
def test_objects_of_polars_are_no_keys(keys: Any) -> None:
    """What it gives out of them are eight bytes each: where they lie in memory."""
    calls: list[Any] = [
        *(BUILT.resolve_all, BUILT.resolve_indices, BUILT.resolve_array),
        *(BUILT.resolve_arrow, BUILT.position_arrow),
        lambda keys: BUILT.copies_arrow(keys, 2),
        lambda keys: moved_arrow(BUILT, BUILT, keys),
    ]
    for call in calls:
        with pytest.raises(TypeError, match="polars' type Object gives out addresses"):
            call(keys)
    texts = pl.Series(map(str, OBJECTS))
    assert BUILT.resolve_indices(texts) == want([str(value) for value in OBJECTS])


def test_eight_bytes_are_keys() -> None:
    keys = [b"12345678", b"abcdefgh"]
    assert BUILT.resolve_indices(pa.array(keys, pa.binary(8))) == want(keys)
    assert BUILT.resolve_indices(pl.Series(keys)) == want(keys)
    table = pa.table({"Object": pa.array(keys, pa.binary(8))})
    assert pa.chunked_array(BUILT.resolve_arrow(table)).to_pylist() == want(keys)


@pytest.mark.parametrize(
    "keys",
    [
        pl.Series([None, None]),
        pl.DataFrame({"key": [None, None]}),
        pa.nulls(2),
        pa.chunked_array([pa.nulls(1), pa.nulls(1)]),
        pa.table({"key": pa.nulls(2)}),
    ],
    ids=["series", "frame", "array", "chunked", "table"],
)
def test_a_column_of_nulls_alone(keys: Any) -> None:
    answers: Any = BUILT.resolve_arrow(keys, nulls="null")
    assert pl.Series(answers).to_list() == [None, None]
    moved: Any = moved_arrow(BUILT, BUILT, keys, nulls="null")
    assert pl.Series(moved).struct.field("to").to_list() == [None, None]
    for call in (BUILT.resolve_arrow, BUILT.resolve_indices):
        with pytest.raises(TypeError, match="key 0 is null, which nobody owns"):
            call(keys)


def test_chunks_of_nulls_stay_chunks() -> None:
    chunks = pa.chunked_array([pa.nulls(1), pa.nulls(3)])
    answers = pa.chunked_array(BUILT.resolve_arrow(chunks, nulls="null"))
    assert [len(chunk) for chunk in answers.chunks] == [1, 3]


def test_what_is_no_column() -> None:
    for keys in (["a"], "a", 5, {"a": 1}):
        with pytest.raises(TypeError, match="an Arrow array or stream of keys is wanted"):
            BUILT.resolve_arrow(keys)  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("option", "given", "error"),
    [
        ("answer", "names", "answer is 'index' or 'name' or 'address', not 'names'"),
        ("nulls", "drop", "nulls is 'error' or 'null', not 'drop'"),
        ("integers", "text", "integers is 'bytes' or 'decimal', not 'text'"),
    ],
)
def test_unknown_words(option: str, given: str, error: str) -> None:
    with pytest.raises(ValueError, match=error):
        BUILT.resolve_arrow(pa.array(["a"]), **{option: given})  # type: ignore[call-overload]
    with pytest.raises(TypeError, match=f"{option} is a str, not int"):
        BUILT.resolve_arrow(pa.array(["a"]), **{option: 5})  # type: ignore[call-overload]


def test_nobody() -> None:
    nobody = Continuum(scheme="slots-1")
    with pytest.raises(IndexError, match="empty continuum"):
        nobody.resolve_arrow(pa.array([None, "a"]), nulls="null")
    assert pa.array(nobody.resolve_arrow(pa.array([None, None], pa.string()), nulls="null")).null_count == 2
    for answer in ("index", "name"):
        none = pa.array(nobody.resolve_arrow(pa.array([], pa.string()), answer=answer))
        assert len(none) == 0
    assert pa.array(nobody.copies_arrow(pa.array(["a"]), 2)).to_pylist() == [[]]
    moves = pa.array(moved_arrow(nobody, BUILT, pa.array(["a"]))).to_pylist()
    assert moves == [{"moved": True, "from": None, "to": want(["a"])[0]}]
    assert pa.array(moved_arrow(nobody, nobody, pa.array(["a"]))).to_pylist() == [
        {"moved": False, "from": None, "to": None}
    ]


@pytest.mark.filterwarnings("ignore::continuum.ContinuumWarning")
def test_keys_that_nobody_owns() -> None:
    # Shares of 30% and 20%: the other half of the keys has no owner.
    servers = [Server("a", 80, 30), Server("b", 80, 20)]
    some = Continuum(scheme="nginx-split-clients", servers=servers)
    keys = [f"key-{number}" for number in range(200)]
    owners = some.resolve_indices(keys)
    assert None in owners and 0 in owners
    assert pa.array(some.resolve_arrow(pa.array(keys))).to_pylist() == owners
    named = pa.array(some.resolve_arrow(pa.array(keys), answer="name"))
    named.validate(full=True)
    assert named.to_pylist() == [None if o is None else some.servers[o].identity for o in owners]


def test_servers_that_share_an_address() -> None:
    servers = [Server("a", 80, name="one"), Server("a", 80, name="two"), Server("b", 80)]
    built = Continuum(scheme="slots-1", servers=servers)
    keys = pa.array([f"key-{number}" for number in range(100)])
    names = pa.array(built.resolve_arrow(keys, answer="name"))
    addresses = pa.array(built.resolve_arrow(keys, answer="address"))
    assert names.dictionary.to_pylist() == ["one", "two", "b:80"]
    assert addresses.dictionary.to_pylist() == ["a:80", "b:80"]
    owners = built.resolve_indices(keys)
    assert addresses.to_pylist() == [servers[owner or 0].address for owner in owners]


@pytest.mark.parametrize("scheme", ["uhashring", "ring-1", "slots-1", "nginx"])
def test_positions(scheme: str) -> None:
    built = Continuum(scheme=scheme, servers=SERVERS)
    keys = [f"key-{number}" for number in range(300)]
    positions = pa.array(built.position_arrow(pa.array(keys)))
    singles = [built.position(key) for key in keys]
    if positions.type == pa.uint64():
        assert positions.to_pylist() == singles
    else:
        assert positions.type == pa.binary(16)
        assert [int.from_bytes(position) for position in positions.to_pylist()] == singles
    assert any(one is not None and one >= 2**64 for one in singles) == (
        positions.type != pa.uint64()
    )


def test_no_positions() -> None:
    built = Continuum(scheme="clandestined", servers=SERVERS)
    with pytest.raises(ValueError, match="'clandestined' hashes key and server together"):
        built.position_arrow(pa.array(["a"]))


def test_copies_in_zones() -> None:
    servers = [Server(f"s{number}", 80, zone=f"z{number % 3}") for number in range(9)]
    built = Continuum(scheme="slots-1", servers=servers)
    keys = [f"key-{number}" for number in range(100)]
    found = pa.array(built.copies_arrow(pa.array(keys), 3, zones=True, answer="name")).to_pylist()
    assert found == [[server.identity for server in built.copies_in_zones(key, 3)] for key in keys]
    # No more copies than servers.
    assert pa.array(built.copies_arrow(pa.array(["a"]), 2**70)).to_pylist() == [
        [servers.index(server) for server in built.candidates("a")]
    ]


def test_dictionaries_that_break_the_rules() -> None:
    broken = pa.DictionaryArray.from_arrays(
        pa.array([0, 7]), pa.array(["a", "b"]), safe=False
    )
    for ask in (BUILT.resolve_arrow, BUILT.resolve_numbers, BUILT.position_arrow):
        with pytest.raises(RuntimeError, match="the stream of keys failed"):
            ask(broken)


def test_others_run_meanwhile() -> None:
    keys = pa.array([text or "" for text in TEXTS] * 200)
    ticks, done = 0, threading.Event()

    def resolve() -> None:
        BUILT.resolve_arrow(keys)
        done.set()

    thread = threading.Thread(target=resolve)
    thread.start()
    while not done.is_set():
        ticks += 1
    thread.join()
    assert ticks > 0


def test_answers_are_of_one_moment() -> None:
    changing = Continuum(scheme="slots-1", servers=SERVERS)
    reader = pa.RecordBatchReader.from_batches(
        pa.schema({"key": pa.string()}), [pa.record_batch({"key": ["a", "b", "c"]})]
    )
    answers = changing.resolve_arrow(reader)
    for server in SERVERS[1:]:
        changing.remove_server(server)
    assert pa.chunked_array(answers).to_pylist() == want(["a", "b", "c"])


POLARS_ALONE = """
import sys
sys.modules["pyarrow"] = None
import polars
from continuum import Continuum
built = Continuum(scheme="slots-1", servers=["a:80", "b:80"])
keys = polars.Series(["one", None, "two"])
owners = polars.Series(built.resolve_arrow(keys, nulls="null")).to_list()
first, last = built.resolve_indices(["one", "two"])
assert owners == [first, None, last], owners
assert polars.Series(built.resolve_arrow(keys, answer="name", nulls="null")).to_list() == [
    ["a:80", "b:80"][first], None, ["a:80", "b:80"][last]
]
"""


def test_needs_no_pyarrow() -> None:
    done = subprocess.run(
        [sys.executable, "-c", POLARS_ALONE], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_types_that_are_bytes_to_one_and_texts_to_another() -> None:
    """DuckDB hands a UUID over as a text, or in this type."""
    continuum = Continuum(scheme="ring-1", servers=["a:80", "b:80"])
    ids = [uuid.UUID(int=number) for number in range(3)]
    column = pa.array([one.bytes for one in ids], pa.uuid())
    for keys in (column, pa.chunked_array([column]), pa.table({"id": column})):
        for ask in (continuum.resolve_arrow, continuum.resolve_indices):
            with pytest.raises(TypeError, match=r"arrow\.uuid: keys are texts, bytes or integers"):
                ask(keys)
    with pytest.raises(TypeError, match=r"arrow\.bool8"):
        switches = pa.ExtensionArray.from_storage(pa.bool8(), pa.array([1, 0], pa.int8()))
        continuum.resolve_indices(switches)
    assert continuum.resolve_indices(column.cast(pa.binary(16))) == [
        continuum.resolve_indices([one.bytes])[0] for one in ids
    ]


class Again:
    """Gives the same capsules to whoever asks, as a careless wrapper does."""

    def __init__(self, array: Any) -> None:
        self._given = array.__arrow_c_array__()

    def __arrow_c_array__(self, requested_schema: object = None) -> Any:
        return self._given


def test_an_array_that_was_taken_before_is_refused() -> None:
    keys = Again(pa.array(["a", "b"]))
    assert len(pa.array(BUILT.resolve_arrow(keys))) == 2
    for ask in (BUILT.resolve_arrow, BUILT.resolve_array, BUILT.resolve_indices):
        with pytest.raises(ValueError, match="breaks the rules of Arrow's C interface"):
            ask(keys)


@pytest.mark.parametrize("kind", [pa.string_view(), pa.binary_view()])
@pytest.mark.parametrize(("buffer", "offset"), [(1, 0), (7, 0), (0, 81), (0, 2**31 - 1), (-1, 0)])
def test_views_that_end_outside_of_their_buffers_are_refused(
    kind: Any, buffer: int, offset: int
) -> None:
    """To read there would end the interpreter."""
    data = b"x" * 100

    def keys(valid: bytes, *views: tuple[int, int, int]) -> Any:
        packed = b"".join(struct.pack("<i4sii", n, data[:4], at, off) for n, at, off in views)
        buffers = [pa.py_buffer(valid), pa.py_buffer(packed), pa.py_buffer(data)]
        return pa.Array.from_buffers(kind, len(views), buffers)

    good = keys(b"\x03", (20, 0, 80), (100, 0, 0))
    assert BUILT.resolve_indices(good) == BUILT.resolve_indices([data[:20], data])
    bad = keys(b"\x03", (20, 0, 80), (20, buffer, offset))
    for ask in (BUILT.resolve_arrow, BUILT.resolve_array, BUILT.resolve_indices):
        with pytest.raises(RuntimeError, match="the view of key 1 ends outside of its buffer"):
            ask(bad)
    null = keys(b"\x01", (20, 0, 80), (20, buffer, offset))
    assert pa.array(BUILT.resolve_arrow(null, nulls="null"))[1].as_py() is None


MANY = Continuum(scheme="rendezvous-1", servers=[f"10.0.{n // 200}.{n % 200}:80" for n in range(2000)])


@pytest.mark.parametrize("answer", ["index", "name"])
def test_answers_that_take_long_are_those_of_parts(answer: str) -> None:
    keys = [None if number % 1000 == 7 else f"k{number}" for number in range(70_000)]
    column = pa.array(keys)
    few = MANY.servers[:90]
    less = Continuum(scheme="rendezvous-1", servers=few)
    named: dict[str, Any] = {"answer": answer, "nulls": "null"}
    asked: list[Callable[[Any], Any]] = [
        lambda keys: MANY.resolve_arrow(keys, **named),
        lambda keys: less.copies_arrow(keys, 3, **named),
        lambda keys: moved_arrow(less, MANY, keys, **named),
    ]
    for ask in asked:
        whole = pa.array(ask(column))
        assert len(whole) == len(keys)
        for at in (0, 1000, 1024, 17_000, 69_990):
            part = pa.array(ask(column.slice(at, 60)))
            assert whole.slice(at, 60).to_pylist() == part.to_pylist() and whole.type == part.type
    with pytest.raises(TypeError, match="key 7 is null"):
        MANY.resolve_arrow(column)
    late = pa.array([*map(str, range(69_000)), None, *map(str, range(1000))])
    with pytest.raises(TypeError, match="key 69000 is null"):
        MANY.resolve_arrow(late)


def test_a_signal_ends_what_takes_long() -> None:
    def ring(signum: int, frame: object) -> None:
        raise InterruptedError("enough")

    keys = pa.array([f"k{number}" for number in range(1_000_000)])
    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    begun = time.process_time()
    try:
        with pytest.raises(InterruptedError, match="enough"):
            MANY.copies_arrow(keys, 3)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    # All of them take minutes.
    assert time.process_time() - begun < 20
