"""Figures of members as Prometheus reads them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any


def prometheus(map: str, metrics: Mapping[str, Any]) -> str:
    """The figures of `Members.metrics` in Prometheus's text format.

    A sample holds 53 bits of a fingerprint of 64: the lower 48 are compared, the label has
    the whole.
    """
    lines: list[str] = []
    for name, kind, about, rows in _families(metrics):
        rows = list(rows)
        if rows:
            lines += [f"# HELP continuum_{name} {about}", f"# TYPE continuum_{name} {kind}"]
        for labels, value in rows:
            named = {"map": map, **labels}
            text = ",".join(f'{label}="{_escaped(what)}"' for label, what in named.items())
            lines.append(f"continuum_{name}{{{text}}} {value}")
    return "\n".join([*lines, ""])


_Row = tuple[dict[str, str], object]


def _families(metrics: Mapping[str, Any]) -> Iterator[tuple[str, str, str, Iterable[_Row]]]:
    def one(name: str, kind: str, about: str, value: object) -> tuple[str, str, str, list[_Row]]:
        return name, kind, about, [] if value is None else [({}, value)]

    fingerprint = metrics["fingerprint"]
    if fingerprint is not None:
        labels = {"fingerprint": f"{fingerprint:016x}", "scheme": metrics["scheme"]}
        yield "map_info", "gauge", "The map in force.", [(labels, 1)]
        about = "The lower 48 bits of the fingerprint: processes that agree have the same."
        yield one("map_fingerprint", "gauge", about, fingerprint & ((1 << 48) - 1))
    yield one("map_servers", "gauge", "Servers of the map.", metrics["servers"])
    shares = [({"server": server}, share) for server, share in metrics["shares"].items()]
    yield "owner_share", "gauge", "The share of the keys that a server owns.", shares
    failed = [
        ({"server": server}, int(server in metrics["failed"])) for server in metrics["shares"]
    ]
    yield "server_failed", "gauge", "Whether a server is passed over.", failed
    yield one("map_changes_total", "counter", "Maps that were taken.", metrics["changes"])
    refusals = [({"reason": reason}, count) for reason, count in metrics["refusals"].items()]
    yield "map_refusals_total", "counter", "Sets of servers that were refused.", refusals
    yield one("source_answers_total", "counter", "Whole answers of the source.", metrics["answers"])
    yield one("source_faults_total", "counter", "Answers that were none.", metrics["faults"])
    about = "Whether the source says what was refused."
    yield one("map_refused", "gauge", about, int(metrics["refused"]))
    about = "Whether the source failed when it was last asked."
    yield one("source_failing", "gauge", about, int(metrics["failing"]))
    about = "When the map changed."
    yield one("map_last_change_timestamp_seconds", "gauge", about, metrics["changed_at"])
    about = "When a set of servers was refused."
    yield one("map_last_refusal_timestamp_seconds", "gauge", about, metrics["refused_at"])


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
