"""Our side of the comparison: the only file that knows the interface of the Python package and
of the program."""

from __future__ import annotations

import json
import subprocess
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol


def indices(scheme: str, servers: Sequence[dict[str, Any]], keys: Sequence[bytes]) -> list[int]:
    """For each key, the position in `servers` of its owner."""
    import continuum

    with _quiet():
        built = continuum.Continuum(scheme=scheme, servers=servers)
    # Nobody's keys are -1.
    indices = built.resolve_indices(keys)
    return [-1 if index is None else int(index) for index in indices]


def slots(scheme: str, keys: Sequence[bytes]) -> list[int]:
    """For each key, its slot under a scheme that has a fixed table (`redis-cluster`)."""
    import continuum

    table = continuum.Continuum(scheme=scheme)
    return [int(table.position(key)) for key in keys]


def buckets(scheme: str, count: int, keys: Sequence[int]) -> list[int]:
    """For each 64-bit hash, its bucket of `count` (`jump`, `guava`)."""
    import continuum

    with _quiet():
        numbered = continuum.Continuum(scheme=scheme, servers=map(str, range(count)))
    return [int(bucket) for bucket in numbered.resolve_indices(keys) if bucket is not None]


def load(path: Path, pool: str) -> Any:
    """The pool of a configuration file."""
    import continuum

    with _quiet():
        return continuum.load(path, pool)


def pools(path: Path) -> list[str]:
    """The names of all pools of a configuration file, in its order."""
    import continuum

    with _quiet():
        return list(continuum.load_all(path))


def continuum_of(scheme: str, servers: Sequence[dict[str, Any]]) -> Any:
    import continuum

    with _quiet():
        return continuum.Continuum(scheme=scheme, servers=servers)


def owners(built: Any, keys: Sequence[bytes]) -> list[str]:
    """For each key, the identity of its owner."""
    names = [server.identity for server in built.servers]
    return [names[index] for index in built.resolve_indices(keys) if index is not None]


def plan(old: Any, new: Any, keys: Sequence[bytes] | None = None) -> Any:
    """What moves, of the whole key space or of these keys."""
    import continuum

    if keys is None:
        return continuum.Plan.between(old, new)
    return continuum.Plan.over_keys(old, new, keys)


def plan_of_program(program: str, files: Sequence[Path], pool: str, keys: Path | None) -> Any:
    """The same as the program `continuum` tells it."""
    args = [program, "plan", *map(str, files), "--pool", pool, "--json"]
    if keys is not None:
        args += ["--keys", str(keys)]
    done = subprocess.run(args, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (told,) = json.loads(done.stdout)["pools"]
    return told


def identify(
    servers: Sequence[dict[str, Any]], keys: Sequence[bytes | int], answers: Sequence[int]
) -> Any:
    """Which scheme gave these answers, positions in `servers`."""
    import continuum

    names = [continuum.Server.from_mapping(server).identity for server in servers]
    return continuum.identify(
        ((key, names[answer]) for key, answer in zip(keys, answers, strict=True)), servers
    )


def canonical(scheme: str) -> str:
    """A scheme's text without what is the default."""
    import continuum

    return str(continuum.Continuum(scheme=scheme).scheme)


@contextmanager
def _quiet() -> Iterator[None]:
    """Random sets run into what the package warns of; here only answers count."""
    import continuum

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", continuum.ContinuumWarning)
        yield


class Transition(Protocol):
    """What the tests use of a transition."""

    @property
    def finished(self) -> bool: ...

    def read_order(self, key: bytes) -> list[Any]: ...


def transition(old: Any, new: Any, done: Sequence[dict[str, Any]]) -> Transition:
    """A transition of which these ranges, as `move --ranges` tells them, are done."""
    import continuum

    change = continuum.Transition.between(old, new)
    for part in done:
        change.finish(int(part["first"]), int(part["last"]))
    return change


def read_ports(transition: Transition, key: bytes) -> list[int]:
    """The ports of those who are asked for a key, in this order."""
    return [int(server.port) for server in transition.read_order(key)]


def report(text: str) -> dict[str, Any]:
    """A report of the program."""
    found: dict[str, Any] = json.loads(text)
    return found
