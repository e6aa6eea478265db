"""Graphite's relays and Prometheus's shards: carbon's router in Debian's Python, carbon-c-relay
by its test mode, relabelling by promtool."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from random import Random

from . import servers
from .cases import KEYS, SETS, Case
from .conftest import Live
from .keys import Carrier, random_keys
from .servers import Server

PYTHON = "/usr/bin/python3"
"""Debian's own, for which its packages are installed."""


def _graphite(rng: Random, count: int, *, instances: float) -> list[Server]:
    """Destinations, all with an instance, or some, or none; no host and instance twice."""
    listed = servers.hashed_only(rng, count, default_port=2004, non_ascii=False, top=1)
    known: set[tuple[str, str | None]] = set()
    found: list[Server] = []
    for server in listed:
        instance = None
        if rng.random() < instances:
            instance = rng.choice(("a", "b", "cache-1", "010", "9", "10", "x7")) + rng.choice(
                ("", str(rng.randrange(1000)))
            )
        host = str(server["host"])
        if (host, instance) in known or not host.isascii():
            continue
        known.add((host, instance))
        found.append({**server, "weight": 1, "instance": instance})
    return found


def _destination(server: Server) -> str:
    host = f"[{server['host']}]" if ":" in server["host"] else server["host"]
    instance = "" if server["instance"] is None else f":{server['instance']}"
    return f"{host}:{server['port']}{instance}"


def test_carbon(live: Live) -> None:
    driver = live.file("/usr/lib/python3/dist-packages/carbon", "graphite-carbon")
    assert driver.is_dir()

    def cases() -> Iterator[Case]:
        for at, count in enumerate(servers.sizes(live.rng, SETS, many=60)):
            hash = ("carbon_ch", "fnv1a_ch")[at % 2]
            # Without instances FNV gives one destination nearly everything.
            listed = _graphite(live.rng, count, instances=1.0 if at % 2 else live.rng.random())
            keys = random_keys(live.rng, KEYS, Carrier.TEXT, empty=True)
            question = {
                "hash": hash,
                "method": "consistent-hashing",
                "diverse": live.rng.random() < 0.3,
                "destinations": list(map(_destination, listed)),
                "keys": [key.hex() for key in keys],
            }
            answers = json.loads(_told([PYTHON, _driver("carbon_router.py")], json.dumps(question)))
            scheme = f"graphite-carbon:hash={hash.replace('_', '-')}"
            yield Case(scheme, listed, keys, answers)

    live.compare(cases())


def test_carbon_c_relay(live: Live) -> None:
    program = live.tool("carbon-c-relay", "carbon-c-relay")

    def cases() -> Iterator[Case]:
        for at, count in enumerate(servers.sizes(live.rng, SETS, many=60)):
            hash = ("carbon", "fnv1a", "jump-fnv1a", "any-of")[at % 4]
            listed = _graphite(live.rng, count, instances=live.rng.choice((0.0, 0.5, 1.0)))
            if hash == "any-of":
                # It takes no address twice, whatever the instance.
                listed = list({(one["host"], one["port"]): one for one in listed}.values())
            texts = [_written(server) for server in listed]
            file = live.dir / f"relay-{at}.conf"
            cluster = "any_of" if hash == "any-of" else f"{hash.replace('-', '_')}_ch"
            copies = "" if hash == "any-of" else "replication 1"
            file.write_text(
                f"cluster one {cluster} {copies}\n  {' '.join(texts)} ;\n"
                "match * send to one stop;\n"
            )
            keys = random_keys(live.rng, KEYS, Carrier.MEMCACHED)
            lines = b"".join(key + b" 1 1\n" for key in keys)
            answers = _routes([program, "-t", "-f", str(file)], lines, cluster, texts)
            yield Case(f"carbon-c-relay:hash={hash}", listed, keys, answers)

    live.compare(cases())


def _written(server: Server) -> str:
    host = f"[{server['host']}]" if ":" in server["host"] else server["host"]
    instance = "" if server["instance"] is None else f"={server['instance']}"
    return f"{host}:{server['port']}{instance}"


def _routes(args: list[str], lines: bytes, cluster: str, texts: Sequence[str]) -> list[int]:
    """The server behind each name of a cluster in what the test mode prints."""
    done = subprocess.run(args, input=lines, capture_output=True, check=True)
    printed = done.stdout.split(b"\n")
    head = f"    {cluster}(one)".encode()
    chosen = [printed[at + 1].strip() for at, line in enumerate(printed) if line == head]
    # It prints an instance as it read it, and under jump none: addresses tell.
    places = {text.partition("=")[0].encode(): place for place, text in enumerate(texts)}
    return [places[server.partition(b"=")[0]] for server in chosen]


def test_promtool(live: Live) -> None:
    program = live.tool("promtool", "prometheus")
    # YAML takes no control characters.
    keys = random_keys(live.rng, KEYS + KEYS // 10, Carrier.TEXT)
    keys = [key for key in keys if key.decode().isprintable()][:KEYS]
    moduli = [1, 2, 7, *(live.rng.randint(3, 12) for _ in range(SETS - 5)), 50, 999]
    targets = [{"targets": ["a"], "labels": {"k": key.decode()}} for key in keys]
    rules = [
        {"source_labels": ["k"], "action": "hashmod", "modulus": modulus, "target_label": f"s{at}"}
        for at, modulus in enumerate(moduli)
    ]
    job = {"job_name": "j", "static_configs": targets, "relabel_configs": rules}
    file = live.dir / "prometheus.yml"
    file.write_text(json.dumps({"scrape_configs": [job]}, ensure_ascii=False))
    printed = _told([program, "check", "service-discovery", "--timeout=5s", str(file), "j"], "")
    found = {target["labels"]["k"]: target["labels"] for target in json.loads(printed)}

    def cases() -> Iterator[Case]:
        for at, modulus in enumerate(moduli):
            answers = [int(found[key.decode()][f"s{at}"]) for key in keys]
            listed = [{"host": f"n{number}", "weight": 1} for number in range(modulus)]
            yield Case("hashmod", listed, keys, answers)

    live.compare(cases())


def _driver(name: str) -> str:
    from pathlib import Path

    return str(Path(__file__).parent / "drivers" / name)


def _told(args: list[str], text: str) -> str:
    done = subprocess.run(args, input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
