"""Random keys: short, sequential, URLs, UTF-8, hash tags, binary; 1 to 250 bytes, all distinct."""

from __future__ import annotations

from enum import Enum
from random import Random

LONGEST = 250
_WORDS = ("user", "session", "cart", "img", "a", "tenant:42", "v1/items", "feed", "Product", "tmp")
_LETTERS = (
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    "-_.:/ éüñßøœàéèç åжкщюяЁ ñ 漢字仮名한국어 שלום مرحبا 😀🚀👩‍👩‍👧🇳🇴"
)


class Carrier(Enum):
    """What the way to a program can carry."""

    ANY = "any bytes"
    NO_NUL = "any bytes but NUL"
    TEXT = "valid UTF-8"
    HEADER = "a header value: no NUL, CR or LF, no blank at an end"
    MEMCACHED = "a memcached text key: no blank and no control character"


_FORBIDDEN = {
    Carrier.ANY: b"",
    Carrier.NO_NUL: b"\0",
    Carrier.TEXT: b"",
    Carrier.HEADER: b"\0\r\n",
    Carrier.MEMCACHED: bytes(range(33)) + b"\x7f",
}
_TABLES = {
    carrier: bytes.maketrans(bad, bytes(0x61 + i % 26 for i in range(len(bad))))
    for carrier, bad in _FORBIDDEN.items()
}


def random_keys(rng: Random, count: int, carrier: Carrier, *, empty: bool = False) -> list[bytes]:
    """`count` distinct keys that `carrier` takes as they are."""
    kinds = [_sequential, _sequential, _url, _utf8, _tagged, _short]
    if carrier is not Carrier.TEXT:
        kinds += [_binary, _binary]
    table = _TABLES[carrier]
    found: dict[bytes, None] = {b"": None} if empty else {}
    while len(found) < count:
        key = rng.choice(kinds)(rng)[:LONGEST].translate(table)
        if carrier is Carrier.TEXT:
            key = key.decode("utf-8", "ignore").encode()
        elif carrier is Carrier.HEADER:
            key = key.strip(b" \t")
        if key:
            found[key] = None
    keys = list(found)
    rng.shuffle(keys)
    return keys


def random_u64(rng: Random, count: int, bits: int = 64) -> list[int]:
    """Hashes: mostly any, some small, some at the ends."""
    top = (1 << bits) - 1
    keys = [0, 1, 2, top, top - 1, 1 << (bits - 1), (1 << (bits - 1)) - 1]
    keys += [rng.getrandbits(rng.randint(1, bits)) for _ in range(count // 4)]
    keys += [rng.getrandbits(bits) for _ in range(count - len(keys))]
    return keys


def _sequential(rng: Random) -> bytes:
    return (
        f"{rng.choice(_WORDS)}{rng.choice('-:/_.#')}{rng.getrandbits(rng.randint(4, 40))}".encode()
    )


def _url(rng: Random) -> bytes:
    path = "/".join(rng.choice(_WORDS) for _ in range(rng.randint(0, 5)))
    return (
        f"/{path}?id={rng.getrandbits(30)}&q={rng.choice(_WORDS)}%20{rng.getrandbits(8)}".encode()
    )


def _utf8(rng: Random) -> bytes:
    return "".join(rng.choices(_LETTERS, k=min(rng.randint(1, 90), rng.randint(1, 90)))).encode()


def _tagged(rng: Random) -> bytes:
    """Hash tags as programs know them: whole, empty, unclosed, nested, doubled."""
    start, end = rng.choice(("{}", "{}", "{}", "$$", "[]", "()", "||"))
    tag = rng.choice(("", str(rng.getrandbits(20)), rng.choice(_WORDS), f"{start}x"))
    form = rng.choice(
        ("a{s}{t}{e}{n}", "{s}{t}{e}.{n}", "{n}{s}{t}", "{n}{e}{t}{s}", "{n}{s}{t}{e}{s}y{e}")
    )
    return form.format(s=start, e=end, t=tag, n=rng.getrandbits(24)).encode()


def _short(rng: Random) -> bytes:
    return rng.choice(
        (
            rng.randbytes(1),
            rng.randbytes(2),
            b"%d" % rng.getrandbits(14),
            b"%x" % rng.getrandbits(10),
        )
    )


def _binary(rng: Random) -> bytes:
    return rng.randbytes(
        min(rng.randint(1, LONGEST), rng.randint(1, LONGEST), rng.randint(1, LONGEST))
    )
