"""Configurations of relays and shards, read by us and by their own programs: one file, the same
answers."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from random import Random

import continuum

from .conftest import Live
from .keys import Carrier, random_keys

PYTHON = "/usr/bin/python3"
"""Debian's own, for which its packages are installed."""
SETS = 12
KEYS = 1_500


def _hosts(rng: Random, count: int) -> list[str]:
    """Hosts, none twice, some of IPv6."""
    found = {f"10.{rng.randrange(256)}.0.{number}" for number in range(count)}
    if rng.random() < 0.5:
        found.add("[2001:db8::7]")
    return sorted(found, key=lambda _: rng.random())


def _metric(rng: Random) -> str:
    letters = "abcdefghijklmnopqrstuvwxyzABC0123456789_-:"
    words = ("".join(rng.choices(letters, k=rng.randint(1, 9))) for _ in range(rng.randint(1, 5)))
    return ".".join(words)


def _name(server: continuum.Server) -> str:
    # carbon names hosts of IPv6 without their brackets.
    return server.address.replace("[", "").replace("]", "")


def test_carbon_conf(live: Live) -> None:
    live.file("/usr/lib/python3/dist-packages/carbon", "graphite-carbon")
    driver = Path(__file__).parent / "drivers" / "carbon_conf.py"
    keys = random_keys(live.rng, KEYS, Carrier.TEXT)
    for at in range(SETS):
        rng = live.rng
        instances = [rng.choice(("", ":a", f":{at}")) for _ in range(20)]
        pairs = zip(_hosts(rng, 9), instances, strict=False)
        listed = [f"{host}:2004{instance}" for host, instance in pairs]
        between = rng.choice((", ", ",", ",\n    "))
        factor = rng.choice((1, 1, 2, 3))
        hash = rng.choice(("", "ROUTER_HASH_TYPE = carbon_ch\n", "ROUTER_HASH_TYPE = fnv1a_ch\n"))
        file = live.dir / f"carbon-{at}.conf"
        file.write_text(
            f"# {at}\n[cache]\nMAX_CACHE_SIZE = inf\n[relay]\nRELAY_METHOD = rules\n"
            f"DESTINATIONS: {between.join(listed)}\n[relay:b]\n"
            f"relay_method = consistent-hashing\nREPLICATION_FACTOR = {factor}\n{hash}"
            f"DIVERSE_REPLICAS = {rng.choice(('True', 'no'))}\n"
        )
        question = {"file": str(file), "section": "relay", "instance": "b"}
        question["keys"] = [key.hex() for key in keys]  # type: ignore[assignment]
        told = json.loads(_told([PYTHON, str(driver)], json.dumps(question).encode()))
        relay = continuum.load(file, "relay:b")
        for key, wanted in zip(keys, told, strict=True):
            found = [_name(server) for server in relay.candidates(key)[: len(wanted)]]
            assert found == wanted, (file.read_text(), key)
    live.lines.append(f"carbon_conf: {SETS} files, {SETS * len(keys):,} names, 0 differ")


def test_carbon_c_relay_conf(live: Live) -> None:
    program = live.tool("carbon-c-relay", "carbon-c-relay")
    # Names that the listener leaves as they are: the test mode does not clean.
    names = [_metric(live.rng) for _ in range(KEYS)]
    for at in range(SETS):
        rng = live.rng
        kind = ("carbon_ch", "fnv1a_ch", "jump_fnv1a_ch")[at % 3]
        hosts = _hosts(rng, 8)
        port = rng.choice(("", ":2003", f":{2100 + at}"))
        shown = rng.choice(("", "={}", "=n{}"))
        servers = [f"{host}{port}{shown.format(place)}" for place, host in enumerate(hosts)]
        more = rng.choice(("", " replication 1", " replication 1 dynamic"))
        space = rng.choice((" ", "\n    ", " # a comment\n  "))
        file = live.dir / f"relay-{at}.conf"
        file.write_text(
            f"cluster other forward 10.9.9.9:2003;\ncluster send {kind}{more}{space}"
            f"{space.join(servers)}\n  ;\nmatch * send to send stop;\n"
        )
        lines = "".join(f"{name} 1 1\n" for name in names).encode()
        printed = _told([program, "-t", "-f", str(file)], lines).split("\n")
        head = f"    {kind}(send)"
        wanted = [
            printed[number + 1].strip().partition("=")[0]
            for number, line in enumerate(printed)
            if line == head
        ]
        relay = continuum.load(file, "send")
        found = [server.address for server in map(relay.resolve, names) if server is not None]
        assert found == wanted, file.read_text()
    live.lines.append(f"carbon_c_relay_conf: {SETS} files, {SETS * len(names):,} names, 0 differ")


def test_prometheus_yml(live: Live) -> None:
    program = live.tool("promtool", "prometheus")
    # YAML takes no control characters.
    texts = (key.decode() for key in random_keys(live.rng, KEYS + KEYS // 10, Carrier.TEXT))
    keys = [text for text in texts if text.isprintable()][:KEYS]
    parts = [(key, live.rng.choice(keys)) for key in keys]
    targets = [
        {"targets": ["a"], "labels": {"one": one, "two": two, "at": str(at)}}
        for at, (one, two) in enumerate(parts)
    ]
    rules = [
        {"source_labels": ["one"], "modulus": 7, "target_label": "s0", "action": "hashmod"},
        {
            **{"source_labels": ["one", "two"], "separator": live.rng.choice((";", "", "--"))},
            **{"modulus": live.rng.randint(2, 99), "target_label": "s1", "action": "HashMod"},
        },
    ]
    file = live.dir / "prometheus.yml"
    job = {"job_name": "j", "static_configs": targets, "relabel_configs": rules}
    # JSON is YAML; the name makes it one.
    file.write_text(json.dumps({"scrape_configs": [job]}, ensure_ascii=False))
    check = [program, "check", "service-discovery", "--timeout=5s", str(file), "j"]
    told = {target["labels"]["at"]: target["labels"] for target in json.loads(_told(check, b""))}
    first, second = continuum.load(file, "j"), continuum.load(file, "j#2")
    separator = str(rules[1]["separator"])
    for at, (one, two) in enumerate(parts):
        shards = [first.resolve(one), second.resolve(f"{one}{separator}{two}")]
        wanted = [told[str(at)]["s0"], told[str(at)]["s1"]]
        assert [shard.identity for shard in shards if shard is not None] == wanted
    live.lines.append(f"prometheus_yml: 2 rules, {2 * len(parts):,} texts, 0 differ")


def _told(args: list[str], text: bytes) -> str:
    done = subprocess.run(args, input=text, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()
