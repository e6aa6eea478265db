"""The tests of the packages that our drop-ins stand for, as their source packages have them:
ours is put in the package's place, and not a line is changed.

clandestined's source package holds no tests.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

from .conftest import Live
from .pools import pool

DRIVERS = Path(__file__).parent / "drivers"


class Suite(NamedTuple):
    """A package's tests, what ours stands for in them, and how many must pass."""

    package: str
    stands_for: str
    tests: tuple[str, ...]
    passed: int
    #: Tests that do not pass, and why.
    differ: dict[str, str] = {}
    skipped: int = 0


SUITES = [
    Suite(
        "pymemcache==4.0.0",
        "pymemcache.client.rendezvous",
        ("pymemcache/test/test_client_hash.py", "pymemcache/test/test_rendezvous.py"),
        passed=77,
    ),
    Suite(
        "pymemcache==4.0.0",
        "HashClient's hasher",
        ("pymemcache/test/test_client_hash.py",),
        passed=65,
    ),
    # One of uhashring's tests is for Python 2.
    Suite("uhashring==2.1", "uhashring", ("tests",), passed=20, skipped=1),
    Suite("hashring==1.5.1", "hashring", ("tests",), passed=2),
    Suite("jump-consistent-hash==3.6.0", "jump", ("tests",), passed=44),
]

#: What of Django's tests does not pass with a cache over several servers, and why.
DJANGO_DIFFERS = {
    "test_cache_client_class": "asks for Django's own class of clients",
    "test_get_client": "asks for a client without a key: here each key has its own, and a "
    "guess would be silently wrong",
    "test_incr_write_connection": "patches Django's method: ours is another class's",
}


#: A test's name, and behind it or its description what became of it.
_DJANGO_LINE = re.compile(r"^(test_\w+) \(cache\.tests\.[^)]*\)(?:\n.*)? \.\.\. (\w+)", re.MULTILINE)


def _source(live: Live, package: str) -> Path:
    folder = Path(os.environ.get("CONTINUUM_SOURCES", ""), package)
    return folder if folder.is_dir() else live.missing(
        f"{folder} does not hold {package}: run scripts/test-live"
    )


def _outcomes(report: Path) -> dict[str, list[str]]:
    """The names of tests by what became of them."""
    found: dict[str, list[str]] = {"passed": [], "skipped": [], "differ": []}
    for case in ElementTree.parse(report).iter("testcase"):
        kinds = {child.tag for child in case}
        bad = kinds & {"failure", "error"}
        outcome = "differ" if bad else "skipped" if "skipped" in kinds else "passed"
        found[outcome].append(case.get("name", "?"))
    return found


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: f"{suite.package}-{suite.stands_for}")
def test_a_suite(live: Live, suite: Suite) -> None:
    source = _source(live, suite.package)
    if suite.stands_for == "uhashring":
        live.module("memcache")
    report = live.dir / "report.xml"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "--rootdir", "."),
            *("-p", "stand_in", "-p", "no:cacheprovider", f"--junitxml={report}", *suite.tests),
        ],
        cwd=source,
        env={
            **os.environ,
            "CONTINUUM_STANDS_FOR": suite.stands_for,
            "PYTHONPATH": os.pathsep.join([str(DRIVERS), os.environ.get("PYTHONPATH", "")]),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert report.exists(), done.stdout + done.stderr
    found = _outcomes(report)
    assert set(found["differ"]) == set(suite.differ), done.stdout
    assert (len(found["passed"]), len(found["skipped"])) == (suite.passed, suite.skipped)
    live.lines.append(
        f"{suite.package}'s own tests, ours as {suite.stands_for}: {suite.passed} passed, "
        f"{len(suite.differ)} differ, {suite.skipped} skipped"
    )


def test_django(live: Live) -> None:
    """Sleeps, mostly: both classes at a time."""
    source = _source(live, "django==5.2.19")
    redis, memcached = live.tool("redis-server", "redis-server"), live.tool("memcached", "memcached")
    for module in ("django", "redis", "pymemcache"):
        live.module(module)
    with pool(redis, live.dir, 4) as shards, pool(memcached, live.dir, 2) as caches:
        environment = {
            **os.environ,
            "CONTINUUM_LIVE_REDIS": " ".join(f"redis://{node}" for node in shards.nodes),
            "CONTINUUM_LIVE_MEMCACHED": " ".join(caches.nodes),
            "PYTHONPATH": os.pathsep.join([str(DRIVERS), os.environ.get("PYTHONPATH", "")]),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

        def ask(tests: str) -> str:
            command = [sys.executable, "runtests.py", "--settings=django_cache_settings"]
            done = subprocess.run(
                [*command, "--parallel=1", "-v", "2", f"cache.tests.{tests}"],
                cwd=source / "tests",
                env=environment,
                capture_output=True,
                text=True,
                check=False,
                timeout=300,
            )
            return done.stderr

        with ThreadPoolExecutor(2) as threads:
            told = list(threads.map(ask, ["RedisCacheTests", "PyMemcacheCacheTests"]))
    for tests, said, differ in zip(("Redis", "memcached"), told, (DJANGO_DIFFERS, {})):
        outcomes = _DJANGO_LINE.findall(said)
        passed = sum(outcome == "ok" for _, outcome in outcomes)
        bad = {name for name, outcome in outcomes if outcome in ("FAIL", "ERROR")}
        assert bad == set(differ), said
        assert passed > 50, said
        live.lines.append(
            f"Django's own tests of its {tests} cache, ours in its place: {passed} passed, "
            f"{len(bad)} differ{''.join(f'; {name}: {differ[name]}' for name in sorted(bad))}"
        )
