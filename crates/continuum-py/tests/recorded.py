"""Reads recorded answers: `vectors/` of the repository, one copy for all its tests."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).resolve().parents[3] / "vectors"

#: What was compared, a line a file: shown when the tests are through.
REPORT: list[str] = []

#: One set of answers, as it stands in a file.
Set = dict[str, Any]


def files() -> list[str]:
    return sorted(path.name for path in VECTORS.glob("*.json"))


def sets(file: str) -> list[Set]:
    found: list[Set] = json.loads((VECTORS / file).read_text())
    return [completed(given) for given in found]


def completed(given: Set) -> Set:
    """What a set's own options say beyond its scheme's text, for the few programs of which
    the recorded text leaves something out."""
    scheme = given.get("scheme") or ""
    options = given.get("options") or {}
    if scheme.startswith("clickhouse") and str(options.get("key")).startswith("Int64"):
        return {**given, "scheme": f"{scheme},type=Int64"}
    if scheme == "nats-partition:tokens=all":
        # The whole subject begins with what the mapping matches literally.
        return {**given, "scheme": f"{scheme},prefix={options['prefix']}"}
    if str(options.get("_id")).startswith("doc-<position"):
        return {**given, "keys": f"{given['keys']} with ids"}
    if scheme == "resty-chash" and options.get("built_by") in ("incr", "set"):
        return {**given, "scheme": "resty-chash:ties=last"}
    order = options.get("registration_order") or options.get("point_order")
    if order and "subset_size" not in options:
        # The servers as the program met them.
        place = {number: at for at, number in enumerate(order)}
        servers = [given["servers"][number] for number in order]
        return {**given, "servers": servers, "index": [place[at] for at in given["index"]]}
    return given


@functools.cache
def keys(name: str) -> list[bytes]:
    if name.endswith(" with ids"):
        plain = keys(name.removesuffix(" with ids"))
        # Every fourth key is recorded.
        return [key + b"\x1fdoc-%d" % (4 * at) for at, key in enumerate(plain)]
    text = (VECTORS / "keys" / f"{name}.hex").read_text()
    return [bytes.fromhex(line) for line in text.splitlines()]


#: More numbered servers than this are asked for by position.
MOST_LISTED = 100_000

#: Fields of a server that some programs record and none of ours takes.
NOT_FIELDS = {"arg", "url", "hostaddr", "ip", "vnodes"}


def servers_of(given: Set) -> list[dict[str, Any]] | int:
    """The servers of a set as mappings, or how many numbered ones are too many to list."""
    servers = given.get("servers") or []
    if isinstance(servers, dict):
        servers = [servers]
    if len(servers) == 1 and "count" in servers[0]:
        count = int(servers[0]["count"])
        if count > MOST_LISTED:
            return count
        return [{"host": f"n{number}"} for number in range(count)]
    listed = []
    for server in servers:
        fields = {name: value for name, value in server.items() if name not in NOT_FIELDS}
        if "host" not in fields:
            fields["host"] = fields.get("ring_name") or fields.get("name")
        weight = fields.get("weight", 1)
        if weight is None and str(given.get("scheme")).startswith("predis"):
            # What Predis takes where there is no weight.
            fields["weight"] = 100
        elif weight is None:
            del fields["weight"]
        elif isinstance(weight, str) and weight.isdigit():
            fields["weight"] = int(weight)
        elif isinstance(weight, (int, float)) and weight < 0:
            fields["weight"] = 0
        if "vnodes" in server:
            # npm hashring: a server's own number of labels.
            fields["hash_key"] = str(server["vnodes"])
        listed.append(fields)
    return listed


def keys_of(given: Set) -> list[bytes]:
    """The keys of a set; where arguments of a call make one, what they make."""
    options = given.get("options") or {}
    asked = keys(given["keys"])
    if "args" not in options or "arguments" not in options:
        return asked
    pieces = [options["args"][at] for at in options["arguments"]]

    def joined(key: bytes) -> bytes:
        texts = {"KEY": key, None: b"null"}
        return b"".join(texts.get(piece) or piece.encode() for piece in pieces)

    return [joined(key) for key in asked]


def scheme_of(given: Set) -> str:
    """The scheme of a set, with what its options say of it in the program's words."""
    scheme: str = given["scheme"]
    client = (given.get("options") or {}).get("mode") == "client"
    return f"{scheme}:keys=client" if scheme == "dalli" and client else scheme


def key_of(case: dict[str, Any]) -> str | bytes | int:
    if "key" in case:
        return str(case["key"])
    if "key_hex" in case:
        return bytes.fromhex(case["key_hex"])
    for number in ("key_u64", "x"):
        if number in case:
            return int(case[number])
    return b""
