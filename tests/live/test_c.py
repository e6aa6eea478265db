"""The C interface: its examples in C, PHP and LuaJIT, built and run as a user would."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from . import servers
from .cases import ALL, KEYS, SETS, Case
from .conftest import Live
from .keys import Carrier, random_keys

# What is built for them is built once.
pytestmark = pytest.mark.xdist_group("the library in C")

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "crates" / "continuum-c" / "examples"
SCHEMES = (
    *("slots-1", "rendezvous-1", "ring-1", "jump", "python-continuum", "libketama"),
    *("libmemcached", "libmemcached:distribution=ketama", "twemproxy", "nginx", "haproxy"),
    *("envoy-maglev", "varnish-shard"),
)


@pytest.fixture(scope="module")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the libraries, the header and the pkg-config file are installed."""
    folder = tmp_path_factory.mktemp("c")
    _done([str(ROOT / "scripts" / "install-c"), str(folder), "--profile", "release"])
    return folder


def _done(command: Sequence[str], **options: Any) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def _built(live: Live, prefix: Path, example: str, *flags: str) -> str:
    """The program of an example in C."""
    program = str(live.dir / example)
    environment = {**os.environ, "PKG_CONFIG_PATH": str(prefix / "lib" / "pkgconfig")}
    pkg_config = live.tool("pkg-config", "pkg-config")
    found = _done([pkg_config, "--cflags", "--libs", "continuum"], env=environment).split()
    source = str(EXAMPLES / f"{example}.c")
    rpath = f"-Wl,-rpath,{prefix / 'lib'}"
    warnings = ["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-g"]
    _done([live.tool("gcc", "gcc"), *warnings, *flags, source, *found, rpath, "-o", program])
    return program


def _asked(live: Live, command: Sequence[str]) -> Iterator[Case]:
    """Sets of every scheme: their keys go to an example, which prints an address for each."""
    count = KEYS if ALL else KEYS // 10
    file = live.dir / "continuum.json"
    for at, scheme in enumerate(SCHEMES):
        size = (1, 2, 100)[at] if at < 3 else live.rng.randint(3, 30)
        listed = servers.hashed_only(live.rng, size, default_port=11211, non_ascii=False, top=4)
        for number, server in enumerate(listed):
            server.update(host=f"10.0.{number}.{live.rng.randint(1, 254)}", port=11211)
            server.pop("name", None)
        told = [{"host": s["host"], "port": s["port"], "capacity": s["weight"]} for s in listed]
        file.write_text(json.dumps({"scheme": scheme, "servers": told}))
        keys = [b"", b"\0", b"a\0b", b"a\0", b"\0\0"]
        keys += random_keys(live.rng, count, Carrier.ANY)
        keys = [key for key in keys if b"\n" not in key]
        printed = subprocess.run(
            [*command, str(file)], input=b"\n".join([*keys, b""]), capture_output=True, check=False
        )
        assert printed.returncode == 0, printed.stderr.decode()
        places = {f"{s['host']}:{s['port']}": place for place, s in enumerate(listed)}
        yield Case(scheme, listed, keys, [places[line] for line in printed.stdout.decode().split()])


def _compare(live: Live, command: Sequence[str]) -> None:
    """Beside `live.compare`, which names schemes and records answers: these are our own, and
    are never recorded as a program's."""
    keys = differ = sets = 0
    started = time.monotonic()
    for case in _asked(live, command):
        mine = case.ours()
        sets, keys = sets + 1, keys + len(mine)
        differ += sum(a != b for a, b in zip(case.answers, mine, strict=True))
    live.lines.append(
        f"{live.program}: {sets} schemes, {keys:,} keys, {differ} differ"
        f" ({time.monotonic() - started:.1f} s)"
    )
    assert sets >= SETS and differ == 0


def test_c_interface(live: Live, prefix: Path) -> None:
    program = _built(live, prefix, "resolve")
    _compare(live, [program])
    wrong = live.dir / "wrong.json"
    for text, says in (
        ('{"scheme": "nginy", "servers": []}', "no scheme 'nginy'"),
        ('{"scheme": "nginx", "servers": [{"host": "a", "wieght": 5}]}', "field `wieght`"),
        ('{"scheme": "nginx", "servers": ["a:1"], "port": 5}', "unknown field `port`"),
    ):
        wrong.write_text(text)
        refused = subprocess.run([program, str(wrong)], capture_output=True, text=True, check=False)
        assert refused.returncode == 1 and says in refused.stderr, refused.stderr


def test_c_batch(live: Live, prefix: Path) -> None:
    printed = _done([_built(live, prefix, "batch")]).splitlines()
    assert printed[-1] == "no scheme 'no-such-scheme"
    assert "least possible" in printed[-2] and len(printed) == 5
    # Nothing leaks, and nothing is read that is not the caller's.
    address = _built(live, prefix, "batch", "-fsanitize=address,undefined")
    assert _done([address]).splitlines() == printed
    if ALL:
        valgrind = live.tool("valgrind", "valgrind")
        program = _built(live, prefix, "batch")
        _done([valgrind, "-q", "--leak-check=full", "--error-exitcode=9", program])
    live.lines.append("c_batch: clean under the address sanitizer")


def test_c_from_php(live: Live, prefix: Path) -> None:
    php = live.tool("php", "php-cli")
    library = str(prefix / "lib" / "libcontinuum_c.so")
    _compare(live, [php, "-d", "ffi.enable=1", str(EXAMPLES / "resolve.php"), library])


def test_c_from_lua(live: Live, prefix: Path) -> None:
    luajit = live.tool("luajit", "luajit")
    library = str(prefix / "lib" / "libcontinuum_c.so")
    _compare(live, [luajit, str(EXAMPLES / "resolve.lua"), library])


def test_the_header_is_c89_and_cpp(live: Live) -> None:
    """And every later C."""
    header = str(ROOT / "crates/continuum-c/include/continuum.h")
    strict = [live.tool("gcc", "gcc"), "-pedantic-errors", "-Wall", "-Wextra", "-Werror", "-x"]
    for standard in ("c89", "c99", "c11", "c17"):
        _done([*strict, "c", f"-std={standard}", "-fsyntax-only", header])
    user = live.dir / "user.cc"
    # Included twice, as by two other headers.
    include = f'#include "{header}"\n'
    user.write_text(f"{include}{include}int main() {{ return continuum_servers(0) != 0; }}\n")
    listed = live.dir / "user.o"
    gpp = [live.tool("g++", "g++"), "-pedantic-errors", "-Wall", "-Wextra", "-Werror", "-c"]
    _done([*gpp, "-std=c++98", str(user), "-o", str(listed)])
    names = _done([live.tool("nm", "binutils"), str(listed)])
    assert "U continuum_servers\n" in names, names


def test_exported_names(live: Live, prefix: Path) -> None:
    """The library exports what the header declares, and nothing else of ours."""
    header = (prefix / "include" / "continuum.h").read_text()
    nm = live.tool("nm", "binutils")
    library = str(prefix / "lib" / "libcontinuum_c.so")
    exported = {line.split()[-1] for line in _done([nm, "-D", "--defined-only", library]).splitlines()}
    ours = {name for name in exported if name.startswith("continuum")}
    assert ours and all(f"{name}(" in header for name in ours)
    assert {name for name in exported if not name.startswith("continuum")} <= {"rust_eh_personality"}
