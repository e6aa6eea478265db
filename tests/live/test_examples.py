"""The configuration files that Debian's packages bring: each is read as a whole, with what it
includes.

None of them hashes a key, so each is given a pool that does: it is then read without complaint
about any other part, or the file is refused.
"""

from __future__ import annotations

from pathlib import Path

from . import ours
from .conftest import Live

_NGINX = Path(__file__).parents[2] / "crates/continuum-config/tests/examples/nginx.conf"


def test_examples_of_haproxy(live: Live) -> None:
    # Under the GPL, so they stay where the package puts them.
    folder = live.file("/usr/share/doc/haproxy/examples", "haproxy")
    added = "\nbackend added\n  mode http\n  balance uri\n  server s 10.0.0.1:80\n"
    examples = sorted(folder.glob("*.cfg"))
    assert len(examples) >= 5, examples
    hashing = 0
    for example in examples:
        text = example.read_text() + added
        copy = live.dir / example.name
        copy.write_text(text)
        assert ours.pools(copy) == ["added"], example
        # The same file, as if its backends hashed.
        copy.write_text(text.replace("balance random", "balance uri").replace("roundrobin", "uri"))
        pools = ours.pools(copy)
        assert pools[-1] == "added", example
        hashing += len(pools) - 1
    assert hashing >= 3, hashing
    live.lines.append(
        f"examples of HAProxy: {len(examples)} files, {hashing} backends changed to hash"
    )


def test_examples_of_nginx(live: Live) -> None:
    installed = live.file("/etc/nginx/nginx.conf", "nginx")
    live.file("/etc/nginx/mime.types", "nginx")
    for example in (_NGINX, installed):
        text = example.read_text()
        assert "include /etc/nginx/" in text, example
        copy = live.dir / "nginx.conf"
        copy.write_text(
            text.replace("http {", "http { upstream added { hash $uri; server a; }", 1)
        )
        assert "added" in ours.pools(copy), example
    live.lines.append("examples of nginx: 2 files, with what they include")
