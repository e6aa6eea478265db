"""The program `continuum` that comes with the package: by its name, and as
`python -m continuum`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import continuum
import pytest
from continuum.__main__ import program

INSTALLED = Path(sysconfig.get_path("scripts"), "continuum")
SERVERS = ["-s", "10.0.0.1:80", "-s", "10.0.0.2:80", "-s", "10.0.0.3:80"]

by_both_names = pytest.mark.parametrize(
    "command", [[str(INSTALLED)], [sys.executable, "-m", "continuum"]], ids=["continuum", "python -m"]
)


def run(command: list[str], **named: Any) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, capture_output=True, check=False, timeout=60, **named)


def test_it_stands_where_pip_puts_programs() -> None:
    assert program() == str(INSTALLED)
    assert INSTALLED.read_bytes()[:2] != b"#!"


@by_both_names
def test_it_is_of_the_same_release(command: list[str]) -> None:
    done = run([*command, "--version"])
    assert done.stdout.decode() == f"continuum {continuum.__version__}\n"
    assert (done.returncode, done.stderr) == (0, b"")


@by_both_names
@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_it_gives_the_answers_of_the_package(command: list[str], locale: str) -> None:
    keys = ["my-key", "grün", "鍵", *(f"key-{number}" for number in range(200))]
    asked = [*command, "resolve", *SERVERS, "--scheme", "twemproxy"]
    environment = {**os.environ, "LANG": locale, "LC_ALL": locale}
    done = run(asked, input="\n".join(keys).encode(), env=environment)
    ours = continuum.Continuum(scheme="twemproxy", servers=SERVERS[1::2])
    told = [f"{key}\t{owner}" for key, owner in zip(keys, ours.resolve_all(keys))]
    assert done.stdout.decode().splitlines() == told
    assert run([*asked, "grün"], env=environment).stdout.decode() == f"{told[1]}\n"


@by_both_names
@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["compare", *SERVERS, "--scheme", "nginx", "--scheme-b", "nginx"], 0),
        (["compare", *SERVERS, "--scheme", "nginx", "--scheme-b", "ring-1"], 1),
        (["resolve", *SERVERS, "--scheme", "no-such", "key"], 2),
        (["no-such-command"], 2),
    ],
)
def test_its_statuses(command: list[str], arguments: list[str], status: int) -> None:
    assert run([*command, *arguments]).returncode == status


@by_both_names
def test_a_closed_pipe_is_no_error(command: list[str]) -> None:
    with subprocess.Popen(
        [*command, "resolve", *SERVERS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as child:
        assert child.stdin and child.stdout and child.stderr
        child.stdout.close()
        try:
            child.stdin.write(b"key\n" * 300_000)
            child.stdin.close()
        except BrokenPipeError:
            # It saw that nobody reads, and left.
            pass
        assert child.stderr.read() == b""
        assert child.wait(60) == 0


@pytest.mark.skipif(os.name != "posix", reason="signals are of POSIX")
@by_both_names
def test_an_interrupt_ends_it_at_once(command: list[str]) -> None:
    with subprocess.Popen(
        [*command, "resolve", *SERVERS],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as child:
        assert child.stdin and child.stderr
        # More than a pipe holds: what has read it is the program, and Python no more.
        child.stdin.write(b"key\n" * 100_000)
        child.stdin.flush()
        child.send_signal(signal.SIGINT)
        assert child.wait(60) == -signal.SIGINT
        assert child.stderr.read() == b""
