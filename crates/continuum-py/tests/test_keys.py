"""What a key may be, singly and in batches."""

from __future__ import annotations

import array
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from continuum import Continuum, Key

SERVERS = [f"10.0.0.{number}:11211" for number in range(10)]
BUILT = Continuum(totaldots=1600, servers=SERVERS)


class Index:
    """An integer of another library."""

    def __index__(self) -> int:
        return 17


@pytest.mark.parametrize(
    ("key", "same"),
    [
        ("key", b"key"),
        ("", b""),
        ("grün 鍵 🔑", "grün 鍵 🔑".encode()),
        ("nul\0nul", b"nul\0nul"),
        (bytearray(b"key"), b"key"),
        (memoryview(b"key"), b"key"),
        (memoryview(b"k-e-y-")[::2], b"key"),
        (array.array("B", b"key"), b"key"),
        (0, bytes(8)),
        (17, b"\x11\0\0\0\0\0\0\0"),
        (2**64 - 1, b"\xff" * 8),
        (Index(), b"\x11\0\0\0\0\0\0\0"),
    ],
    ids=lambda key: repr(key)[:20],
)
def test_a_key_is_its_bytes(key: Key, same: bytes) -> None:
    assert BUILT.resolve(key) is BUILT.resolve(same)
    assert BUILT.position(key) == BUILT.position(same)
    assert BUILT.candidates(key) == BUILT.candidates(same)
    assert BUILT.resolve_indices(["a", key]) == BUILT.resolve_indices([b"a", same])


def test_a_key_of_many_megabytes() -> None:
    key = "x" * 10_000_000
    assert BUILT.resolve(key) is BUILT.resolve(key.encode())


class Text(str):
    """A subclass with a mind of its own, which must not matter."""

    def encode(self, *_: object) -> bytes:
        return b"no"


class Octets(bytes):
    """The same of bytes."""

    def __bytes__(self) -> bytes:
        return b"no"


@pytest.mark.parametrize("key", [Text("key"), Octets(b"key")])
def test_subclasses_of_str_and_bytes(key: Key) -> None:
    assert BUILT.position(key) == BUILT.position("key")
    assert BUILT.resolve(key) is BUILT.resolve("key")
    assert BUILT.resolve_indices([key, "b", key]) == BUILT.resolve_indices(["key", "b", "key"])


class Backwards(list[str]):
    """A list that is iterated in its own way."""

    def __iter__(self) -> Iterator[str]:
        return super().__reversed__()


class Pair(tuple[str, ...]):
    """A tuple that gives less than it holds."""

    def __iter__(self) -> Iterator[str]:
        return iter(self[:2])


def test_what_derives_from_a_list_is_iterated() -> None:
    texts = [f"key-{number}" for number in range(100)]
    assert BUILT.resolve_all(Backwards(texts)) == BUILT.resolve_all(texts[::-1])
    assert BUILT.resolve_all(Pair(texts)) == BUILT.resolve_all(texts[:2])


@pytest.mark.parametrize("key", [None, 1.5, True, object(), ["key"], array.array("i", [1])])
def test_what_is_no_key(key: object) -> None:
    wanted = f"a key is str, bytes or int, not {type(key).__name__}$"
    with pytest.raises(TypeError, match=wanted):
        BUILT.resolve(key)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=wanted):
        BUILT.resolve_indices(["a", key])  # type: ignore[list-item]


@pytest.mark.parametrize("key", [-1, 2**64, 10**100])
def test_ints_out_of_range(key: int) -> None:
    with pytest.raises(OverflowError, match=r"an int key is from 0 to 2\*\*64 - 1"):
        BUILT.resolve(key)


def test_surrogates_have_no_bytes() -> None:
    with pytest.raises(UnicodeEncodeError, match="surrogates not allowed"):
        BUILT.resolve("a\ud800")
    with pytest.raises(UnicodeEncodeError, match="surrogates not allowed"):
        BUILT.resolve_all(["a", "a\ud800"])


@pytest.mark.parametrize("count", [0, 1, 2, 255, 256, 257, 4095, 4096, 32768, 32769, 70_000])
def test_batches_equal_singles(count: int) -> None:
    texts = [f"key-{number}" for number in range(count)]
    singles = [BUILT.resolve(key) for key in texts]
    forms: list[Callable[[list[str]], Any]] = [
        list,
        tuple,
        iter,
        lambda keys: [key.encode() for key in keys],
        lambda keys: dict.fromkeys(keys),
        lambda keys: (key for key in keys),
        lambda keys: [bytearray(key.encode()) if i % 3 else key for i, key in enumerate(keys)],
    ]
    for form in forms:
        assert BUILT.resolve_all(form(texts)) == singles
        indices = BUILT.resolve_indices(form(texts))
        assert [BUILT.servers[index or 0] for index in indices] == singles


def test_batches_of_ints() -> None:
    numbers = [number * 0x9E3779B97F4A7C15 % 2**64 for number in range(5000)]
    packed = [number.to_bytes(8, "little") for number in numbers]
    assert BUILT.resolve_indices(numbers) == BUILT.resolve_indices(packed)


@pytest.mark.parametrize("keys", ["key", b"key", bytearray(b"key")])
def test_one_key_is_no_batch(keys: Any) -> None:
    with pytest.raises(TypeError, match="many keys are wanted"):
        BUILT.resolve_indices(keys)
    with pytest.raises(TypeError, match="many keys are wanted"):
        BUILT.resolve_all(keys)


def test_what_is_no_batch() -> None:
    with pytest.raises(TypeError, match="not iterable"):
        BUILT.resolve_indices(5)  # type: ignore[arg-type]

    def broken() -> Iterator[str]:
        yield "a"
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        BUILT.resolve_indices(broken())


def test_a_list_that_is_cut_while_it_is_resolved() -> None:
    keys: list[Key] = [f"key-{number}" for number in range(200_000)]
    done = threading.Event()

    def cut() -> None:
        while not done.is_set():
            del keys[100_000:]
            keys.extend(["more"] * 100_000)

    thread = threading.Thread(target=cut)
    thread.start()
    try:
        for _ in range(20):
            try:
                assert len(BUILT.resolve_indices(keys)) >= 100_000
            except RuntimeError as error:
                assert "got shorter" in str(error)
    finally:
        done.set()
        thread.join()


def test_candidates_and_copies() -> None:
    for number in range(200):
        key = f"key-{number}"
        candidates = BUILT.candidates(key)
        assert candidates[0] is BUILT.resolve(key)
        assert len(candidates) == len(set(candidates)) == len(SERVERS)
        assert BUILT.copies(key, 3) == candidates[:3]
        assert BUILT.copies(key, n=99) == candidates
        assert BUILT.copies(key, 0) == []
