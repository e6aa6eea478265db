"""HAProxy and nginx as one process each, with the part of a configuration that no test changes.

Their servers refuse connections, are tried once and never marked as failed, so that a response
tells whom the hash chose.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .conftest import Live
from .process import accepts, free_port, running

_HAPROXY = """
global
  nbthread 1
  maxconn 100
  tune.bufsize 65536
defaults
  mode http
  retries 0
  no option redispatch
  timeout connect 2s
  timeout client 60s
  timeout server 60s
frontend live
  bind 127.0.0.1:{port}
{rest}
"""
_NGINX = """
daemon off; master_process off; worker_processes 1;
pid {dir}/{name}.pid; error_log stderr crit;
events {{ worker_connections 256; }}
http {{
  access_log off; keepalive_requests 100000000; keepalive_timeout 600s; server_tokens off;
  large_client_header_buffers 8 16k; variables_hash_max_size 4096;
  client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy; fastcgi_temp_path {dir}/fastcgi;
  uwsgi_temp_path {dir}/uwsgi; scgi_temp_path {dir}/scgi;
{upstreams}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_next_upstream off; proxy_connect_timeout 2s;
      proxy_pass http://{upstream};
      error_page 502 =200 @chosen;
    }}
    location @chosen {{ add_header X-Server $upstream_addr always; return 200 ""; }}
  }}
}}
"""


@contextmanager
def haproxy(live: Live, name: str, rest: str) -> Iterator[tuple[Path, tuple[str, int]]]:
    """HAProxy with the `rest` of its frontend and all backends: its file and where it listens."""
    port = free_port()
    file = live.dir / f"{name}.cfg"
    file.write_text(_HAPROXY.format(port=port, rest=rest))
    args = [live.tool("haproxy", "haproxy"), "-db", "-f", str(file)]
    with _started(live, name, args, port) as address:
        yield file, address


@contextmanager
def nginx(
    live: Live, name: str, upstreams: str, upstream: str
) -> Iterator[tuple[Path, tuple[str, int]]]:
    """nginx that passes requests to one of its `upstreams`: its file and where it listens."""
    port = free_port()
    file = live.dir / f"{name}.conf"
    file.write_text(
        _NGINX.format(dir=live.dir, name=name, port=port, upstreams=upstreams, upstream=upstream)
    )
    program = live.tool("nginx", "nginx")
    args = [program, "-p", str(live.dir), "-e", "stderr", "-c", str(file)]
    with _started(live, name, args, port) as address:
        yield file, address


@contextmanager
def _started(live: Live, name: str, args: list[str], port: int) -> Iterator[tuple[str, int]]:
    address = ("127.0.0.1", port)
    with running(args, live.dir / f"{name}.log", lambda: accepts(address)):
        yield address
