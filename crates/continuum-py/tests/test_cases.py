"""Recorded answers that come a case a key: slots, tokens, partitions, candidates, positions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import recorded
from continuum import Continuum, ContinuumError

pytestmark = pytest.mark.filterwarnings("ignore::continuum.ContinuumWarning")


def servers_of(given: recorded.Set) -> list[dict[str, Any]] | None:
    """The set's servers, numbered ones where it has none; None if there are too many."""
    options = given.get("options") or {}
    servers = [dict(server) for server in given["servers"]]
    if "ring" in given:
        owners = sorted({owner for _, owner in given["ring"]})
        return [
            {
                "host": str(number),
                "hash_key": ",".join(str(t) for t, owner in given["ring"] if owner == number),
            }
            for number in owners
        ]
    if "cluster" in options:
        nodes = sorted(options["cluster"].items(), key=lambda node: int(node[0]))
        return [{"host": number, "zone": node["zone"]} for number, node in nodes]
    if not servers and "buckets" in options:
        count = int(options["buckets"])
        return None if count > 100_000 else [{"host": str(number)} for number in range(count)]
    for server, weight in zip(servers, options.get("normalized_weights") or ()):
        server["weight"] = weight
    return servers


def numbers(built: Continuum, key: str | bytes | int, count: int) -> list[int]:
    places = {id(server): number for number, server in enumerate(built.servers)}
    return [places[id(server)] for server in built.copies(key, count)]


def owner_at(built: Continuum, position: int) -> int:
    owner = built._owner_at(position)
    assert owner is not None
    return built.servers.index(owner)


def answers(built: Continuum, scheme: str, case: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    """Pairs of the program's answer and ours."""
    key = recorded.key_of(case)
    if "attempt" in case:
        return
    if "hash" in case and "server_index" in case:
        yield case["server_index"], owner_at(built, int(case["hash"]))
    elif "token" in case and "server_index" in case:
        position = case["token"] % 2**64
        yield case["server_index"], owner_at(built, position)
    elif "server_index" in case:
        yield case["server_index"], built.resolve_indices([key])[0]
    elif "server_indexes" in case:
        yield case["server_indexes"], numbers(built, key, len(case["server_indexes"]))
    elif "nodes" in case:
        ours = numbers(built, key, len(case["nodes"]))
        yield case["nodes"], [str(number + 1) for number in ours]
    elif "slot" in case:
        yield case["slot"], built.position(key)
    elif "token" in case:
        yield case["token"] % 2**64, built.position(key)
    if "murmur2" in case:
        yield case["murmur2"] & 0x7FFFFFFF, built.position(key)


FILES = [
    file
    for file in recorded.files()
    if file != "python-continuum.json" and any(given.get("cases") for given in recorded.sets(file))
]


@pytest.mark.parametrize("file", FILES)
def test_cases(file: str) -> None:
    compared = other = 0
    for given in recorded.sets(file):
        options = given.get("options") or {}
        scheme = given["scheme"] or ("clandestined-cluster" if "cluster" in options else None)
        servers = servers_of(given)
        if scheme is None or servers is None or not given.get("cases"):
            other += 1
            continue
        try:
            built = Continuum(scheme=scheme, servers=servers)
        except ContinuumError as error:
            assert "is already added" in str(error), f"{given['name']}: {error}"
            other += 1
            continue
        for case in given["cases"]:
            for theirs, ours in answers(built, scheme, case):
                assert theirs == ours, f"{scheme} {given['name']}: {case}"
                compared += 1
        partitions = [name for name in given["cases"][0] if name[0] == "p" and name[1:].isdigit()]
        for name in partitions:
            numbered = Continuum(scheme=scheme, servers=map(str, range(int(name[1:]))))
            keys = [recorded.key_of(case) for case in given["cases"]]
            assert numbered.resolve_indices(keys) == [case[name] for case in given["cases"]]
            compared += len(keys)
    recorded.REPORT.append(f"{file}, a case a key: {compared} answers agree; {other} sets left out")
    assert compared or other
