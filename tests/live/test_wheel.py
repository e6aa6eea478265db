"""The wheel in a new environment, without Rust: the examples of its README, as printed."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from .conftest import Live

ROOT = Path(__file__).parents[2]

#: What README's examples use beside the package.
BESIDE = ["django==5.2.19", "pymemcache==4.0.0", "polars==2.1.0", "numpy==2.4.6"]

#: Runs in the new environment: README as a doctest.
DOCTEST = """
import doctest, sys
failed, tried = doctest.testfile(sys.argv[1], module_relative=False)
print(tried)
sys.exit(failed != 0)
"""

#: Runs in the new environment: Django with the settings that README prints.
DJANGO = """
import json, sys
settings_of_readme = {}
exec(sys.stdin.read(), settings_of_readme)
from django.conf import settings
settings.configure(CACHES=settings_of_readme["CACHES"])
from django.core.cache import caches
client = caches["default"]._cache
keys = [caches["default"].make_key(f"key-{number}") for number in range(200)]
print(json.dumps([client.hasher.get_node(key) for key in keys]))
print(json.dumps(keys))
"""


def _wheel(live: Live) -> Path:
    found = list(Path(ROOT, "target/wheels-test").glob("*.whl"))
    return found[0] if found else live.missing("there is no wheel: run scripts/python-env")


def _blocks(text: str, kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def _path_without_rust() -> str:
    folders = os.environ["PATH"].split(os.pathsep)
    return os.pathsep.join(
        folder for folder in folders if not {"cargo", "rustc"} & set(_names(Path(folder)))
    )


def _names(folder: Path) -> list[str]:
    return os.listdir(folder) if folder.is_dir() else []


@pytest.fixture
def environment(live: Live) -> Path:
    """A new environment with the wheel alone."""
    folder = live.dir / "environment"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    _run(folder, "python", "-m", "pip", "install", "--quiet", "--no-index", str(_wheel(live)))
    return folder


def _run(environment: Path, program: str, *arguments: str, told: str | None = None) -> str:
    folder = environment / "bin"
    done = subprocess.run(
        [str(folder / program), *arguments],
        env={
            "PATH": f"{folder}{os.pathsep}{_path_without_rust()}",
            **{name: os.environ[name] for name in os.environ if _reaches_a_registry(name)},
        },
        input=told,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _reaches_a_registry(name: str) -> bool:
    return name.startswith("PIP_") or name.lower().endswith("_proxy") or "CERT" in name


def test_readme(live: Live, environment: Path) -> None:
    readme = ROOT / "crates/continuum-py/README.md"
    text = readme.read_text()
    with zipfile.ZipFile(_wheel(live)) as wheel:
        [metadata] = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
        shown = Parser().parsestr(wheel.read(metadata).decode()).get_payload()
    assert shown.strip() == text.strip(), "the wheel shows another README"

    # The program, by its two names, with nothing but the wheel.
    shell = [block for block in _blocks(text, "console") if block.startswith("$ ")]
    assert shell
    for block in shell:
        command, _, answer = block.removeprefix("$ ").partition("\n")
        program, *arguments = shlex.split(command)
        assert _run(environment, program, *arguments).strip() == answer.strip()
        again = _run(environment, "python", "-m", program, *arguments)
        assert again.strip() == answer.strip()

    _run(environment, "python", "-m", "pip", "install", "--quiet", *BESIDE)
    tried = int(_run(environment, "python", "-c", DOCTEST, str(readme)))
    assert tried > 10

    [settings] = [block for block in _blocks(text, "python") if "CACHES = {" in block]
    nodes, keys = map(
        json.loads, _run(environment, "python", "-c", DJANGO, told=settings).splitlines()
    )
    import continuum

    same = continuum.Continuum(
        scheme="libmemcached:distribution=ketama", servers=["10.0.0.1:11211", "10.0.0.2:11211"]
    )
    assert nodes == [server.address for server in same.resolve_all(keys)]
    live.lines.append(
        f"the wheel alone: {len(shell)} command(s), {tried} examples and Django's settings of README"
    )
