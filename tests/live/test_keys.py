"""Keys made of access logs: what the program hashed of a request follows from the line it logged.

nginx and HAProxy run with six key rules each and are asked about odd targets by many clients
(IPv6 too, given by the PROXY protocol). The log's lines are sorted by the server that the program
chose; the program `continuum` must send every line of a part to that part's server.
"""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from .conftest import Live
from .process import accepts, connect, free_port, refuses, running

COUNT = 20_000
"""Requests to each program, over all rules."""
PER_CLIENT = 120
SERVERS = 5
_NGINX_RULES = (
    "$uri",
    "$request_uri",
    "$remote_addr",
    "$arg_x",
    "$uri$is_args$args",
    "$http_user_agent$request_method",
)
_HAPROXY_RULES = (
    "source",
    "uri",
    "uri whole",
    "uri len 24 depth 2",
    "url_param x",
    "hash path",
)
_NGINX = """
daemon off; master_process off; worker_processes 1;
pid {dir}/nginx.pid; error_log stderr crit;
events {{ worker_connections 64; }}
http {{
  access_log {dir}/access.log combined;
  keepalive_requests 100000000; server_tokens off; large_client_header_buffers 8 16k;
  client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy; fastcgi_temp_path {dir}/fastcgi;
  uwsgi_temp_path {dir}/uwsgi; scgi_temp_path {dir}/scgi;
{upstreams}
  server {{
    listen 127.0.0.1:{port} proxy_protocol;
    set_real_ip_from 127.0.0.1; real_ip_header proxy_protocol;
    location / {{
      proxy_next_upstream off; proxy_connect_timeout 2s;
      proxy_pass http://$http_x_set;
      error_page 502 =200 @chosen;
    }}
    location @chosen {{ add_header X-Server $upstream_addr always; return 200 ""; }}
  }}
}}
"""
_HAPROXY = """
global
  nbthread 1
  maxconn 100
  log stdout len 65535 format raw local0
  tune.http.logurilen 8192
defaults
  mode http
  log global
  option httplog
  retries 0
  no option redispatch
  timeout connect 2s
  timeout client 60s
  timeout server 60s
frontend live
  bind 127.0.0.1:{port} accept-proxy
  use_backend %[req.fhdr(x-set)]
{backends}
"""
_BACKEND = """
backend u{index}
  balance {rule}
  hash-type consistent
  http-error status 503 hdr x-refused 1
  http-after-response set-header x-server %[srv_name]
{servers}
"""


def test_keys_nginx(live: Live) -> None:
    ports = _closed_ports()
    servers = "\n".join(f"    server 127.0.0.1:{port} max_fails=0;" for port in ports)
    upstreams = "\n".join(
        f'  upstream u{index} {{\n    hash "{rule}" consistent;\n{servers}\n  }}'
        for index, rule in enumerate(_NGINX_RULES)
    )
    port = free_port()
    file = live.dir / "nginx.conf"
    file.write_text(_NGINX.format(dir=live.dir, upstreams=upstreams, port=port))
    program = live.tool("nginx", "nginx")
    args = [program, "-p", str(live.dir), "-e", "stderr", "-c", str(file)]
    address = ("127.0.0.1", port)
    with running(args, live.dir / "nginx.out", lambda: accepts(address)):
        targets = _Targets(live.rng, any_byte=True)
        answers = [_ask(live.rng, address, targets, index) for index in range(len(_NGINX_RULES))]
        log = live.dir / "access.log"
        _wait_for_lines(log, b"\n", sum(map(len, answers)))
    lines = log.read_bytes().splitlines()
    _judge(live, file, "combined", lines, answers)


def test_keys_haproxy(live: Live) -> None:
    ports = _closed_ports()
    servers = "\n".join(
        f"  server 127.0.0.1:{port} 127.0.0.1:{port} id {number}"
        for number, port in enumerate(ports, 7)
    )
    backends = "".join(
        _BACKEND.format(index=index, rule=rule, servers=servers)
        for index, rule in enumerate(_HAPROXY_RULES)
    )
    port = free_port()
    file = live.dir / "haproxy.cfg"
    file.write_text(_HAPROXY.format(port=port, backends=backends))
    args = [live.tool("haproxy", "haproxy"), "-db", "-f", str(file)]
    address = ("127.0.0.1", port)
    out = live.dir / "haproxy.out"
    with running(args, out, lambda: accepts(address)):
        targets = _Targets(live.rng, any_byte=False)
        answers = [_ask(live.rng, address, targets, index) for index in range(len(_HAPROXY_RULES))]
        _wait_for_lines(out, b'"GET ', sum(map(len, answers)))
    lines = [line for line in out.read_bytes().splitlines() if b'"GET ' in line]
    _judge(live, file, "haproxy", lines, answers)


def _wait_for_lines(log: Path, mark: bytes, count: int) -> None:
    """A program writes its line after it has answered."""
    deadline = time.monotonic() + 5
    while log.read_bytes().count(mark) < count and time.monotonic() < deadline:
        time.sleep(0.05)


def _judge(
    live: Live, file: Path, log_format: str, lines: Sequence[bytes], answers: list[list[str]]
) -> None:
    program = live.continuum()
    if program is None:
        pytest.skip("CONTINUUM_PROGRAM does not name the program: run scripts/test-live")
    assert len(lines) == sum(map(len, answers)), "a line for each request"
    at = counted = 0
    for index, owners in enumerate(answers):
        parts: dict[str, list[bytes]] = defaultdict(list)
        for owner, line in zip(owners, lines[at : at + len(owners)], strict=True):
            parts[owner].append(line)
        at += len(owners)
        for owner, part in parts.items():
            log = live.dir / "part.log"
            log.write_bytes(b"\n".join(part) + b"\n")
            args = [program, "balance", str(file), "--pool", f"u{index}", "--keys", str(log)]
            args += ["--log-format", log_format, "--json", "--quiet"]
            done = subprocess.run(args, capture_output=True, check=True)
            servers = json.loads(done.stdout)["pools"][0]["servers"]
            found = {row["server"]: row["keys"] for row in servers if row["keys"]}
            assert set(found) <= {owner}, f"u{index}: {owner} got {found}"
            counted += sum(found.values())
    # What has no parameter x, or an empty one under nginx, is not hashed.
    assert counted > 0.8 * len(lines)
    live.lines.append(f"{file.name}: {counted} keys made of log lines, 0 differences")


def _ask(rng: Random, address: tuple[str, int], targets: _Targets, index: int) -> list[str]:
    """A connection for each client, its requests one behind the other."""
    answers: list[str] = []
    want = COUNT // len(_NGINX_RULES)
    while len(answers) < want:
        count = min(PER_CLIENT, want - len(answers))
        requests = [
            b"GET %b HTTP/1.1\r\nHost: a\r\nUser-Agent: %b\r\nX-Set: u%d\r\n\r\n"
            % (targets.draw(), rng.choice((b"curl/8", b'a "b" \\c', b"x%d" % rng.getrandbits(8))), index)
            for _ in range(count)
        ]
        with connect(address) as sock:
            sock.sendall(_proxy_line(rng) + b"".join(requests))
            data = b""
            while data.count(b"\r\n\r\n") < count:
                chunk = sock.recv(1 << 18)
                if not chunk:
                    raise ConnectionError(f"closed: {data[-300:]!r}\n{requests[:3]!r}")
                data += chunk
        found = re.findall(rb"\r\nx-server: ([^\r]*)", data, re.IGNORECASE)
        assert len(found) == count, data[:600]
        answers += [owner.decode() for owner in found]
    return answers


def _proxy_line(rng: Random) -> bytes:
    if rng.random() < 0.5:
        client = ".".join(str(rng.randrange(1, 255)) for _ in range(4))
        return b"PROXY TCP4 %b 127.0.0.1 %d 80\r\n" % (client.encode(), rng.randrange(1024, 65536))
    groups = [rng.choice((0, 0, rng.getrandbits(16))) for _ in range(8)]
    client = ":".join(f"{group:x}" for group in (0x2001, *groups[1:7], groups[7] | 1))
    return b"PROXY TCP6 %b ::1 %d 80\r\n" % (client.encode(), rng.randrange(1024, 65536))


class _Targets:
    """Targets as they should not be, and are: odd paths, encodings, arguments."""

    def __init__(self, rng: Random, *, any_byte: bool) -> None:
        self._rng = rng
        self._any_byte = any_byte

    def draw(self) -> bytes:
        rng = self._rng
        # A folder in front, so that `..` has somewhere to go.
        depth = rng.randrange(6)
        path = b"/top/deep/er/and/more/yet/" + b"".join(
            self._segment() + rng.choice((b"/", b"/", b"//", b"%2F")) for _ in range(depth)
        )
        path += self._segment()
        if rng.random() < 0.05:
            path = b"/" + self._word()
        if rng.random() < 0.15:
            return path + (b"?" if rng.random() < 0.3 else b"")
        pairs = [b"x=" + self._word()] if rng.random() < 0.9 else []
        pairs += [
            rng.choice((b"y", b"X", b"xx", b"x", b"z%20")) + rng.choice((b"=", b"", b"=="))
            + self._word()
            for _ in range(rng.randrange(4))
        ]
        rng.shuffle(pairs)
        return path + b"?" + rng.choice((b"&", b"&", b"&&")).join(pairs)

    def _segment(self) -> bytes:
        dots = (b".", b"..", b"%2e", b"%2E%2e", b"...", b".a", b"..b")
        return self._rng.choice((*dots, self._word(), self._word(), self._word(), self._word()))

    def _word(self) -> bytes:
        rng = self._rng
        pieces = [b"a", b"B7", b"%41", b"%7e", b"%C3%A9", b"+", b"%20", b"%25", b"%3F", b"%23", b";"]
        pieces += [b"'", b"(", b"~", b"%26", b"!", b"@", b":", b","]
        if self._any_byte:
            pieces += [b'"', b"\\", b"\xe9", b"\xff", b"%22", b"|", b"{", b"^"]
        return b"".join(rng.choices(pieces, k=rng.randint(1, 6)))


def _closed_ports() -> list[int]:
    ports = [free_port() for _ in range(SERVERS)]
    assert all(refuses("127.0.0.1", port) for port in ports)
    return ports
