"""Configuration files: what is read, remembered, told and refused."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import pytest

import continuum
from continuum import Continuum, ContinuumError, ContinuumWarning, Server

CONFIG = Path(__file__).resolve().parents[2] / "continuum-config" / "tests"

NGINX = """
upstream backend {
    hash $request_uri consistent;
    server 10.0.0.1:8080;
    server 10.0.0.2 weight=3;
    server unix:/run/app.sock;
}
"""


def write(folder: Path, text: str, name: str = "nginx.conf") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_the_only_pool(tmp_path: Path) -> None:
    path = write(tmp_path, NGINX)
    for given in (path, str(path)):
        built = continuum.load(given)
        assert type(built) is Continuum
        assert built.scheme == "nginx"
        assert built.name == "backend"
        assert built.key_rule == "$request_uri"
        assert (built.down, built.bounded) == ((), None)
        assert [server.identity for server in built] == [
            "10.0.0.1:8080",
            "10.0.0.2",
            "unix:/run/app.sock",
        ]
        assert [server.capacity for server in built] == [1, 3, 1]
        assert all(type(server.capacity) is int for server in built)
    assert continuum.load(path, "backend") == continuum.load(path)


def test_what_is_remembered_is_kept(tmp_path: Path) -> None:
    built = continuum.load(write(tmp_path, NGINX))
    for again in (pickle.loads(pickle.dumps(built)), copy.copy(built), copy.deepcopy(built)):
        assert again == built
        assert (again.name, again.key_rule) == ("backend", "$request_uri")
    built.add_server(Server("10.0.0.3", 80, name="10.0.0.3"))
    assert (len(built), built.scheme, built.name) == (4, "nginx", "backend")
    plain = Continuum()
    assert (plain.name, plain.key_rule, plain.down, plain.bounded) == (None, None, (), None)


@pytest.mark.filterwarnings("ignore:.*auto_eject_hosts:continuum.ContinuumWarning")
def test_several_pools() -> None:
    path = CONFIG / "examples" / "nutcracker.yml"
    with pytest.raises(ContinuumError, match="several pools: alpha, beta, gamma, .*name one"):
        continuum.load(path)
    pools = continuum.load_all(path)
    assert list(pools) == ["alpha", "beta", "gamma", "delta", "omega"]
    assert continuum.load(path, "beta") == pools["beta"]
    assert pools["beta"].scheme == "twemproxy:hash-tag={}"
    assert pools["beta"].key_rule == "the key, or its part in {}"
    assert pools["delta"].key_rule is None
    assert [server.identity for server in pools["beta"]][0] == "server1"
    with pytest.raises(ContinuumError, match="no pool 'zeta'; there are alpha"):
        continuum.load(path, "zeta")


@pytest.mark.filterwarnings("ignore::continuum.ContinuumWarning")
def test_every_format() -> None:
    unnamed = ("servers.txt", "slices.json")
    # A producer's file does not say how many partitions its topic has.
    lacking = CONFIG / "good" / "producer.properties"
    with pytest.raises(continuum.ContinuumError, match="the number of partitions"):
        continuum.load_all(lacking)
    files = sorted(set((CONFIG / "good").iterdir()) - {lacking})
    assert len(files) >= 10
    for path in files:
        scheme = "python-continuum" if path.name in unnamed else None
        for name, built in continuum.load_all(path, scheme=scheme).items():
            assert built.name == name
            assert not len(built) or built.resolve("key") in built.servers


def test_notes_are_warnings_of_the_caller(tmp_path: Path) -> None:
    path = write(tmp_path, NGINX.replace("weight=3", "down"))
    with pytest.warns(ContinuumWarning, match=r"nginx.conf:5: .*is down") as record:
        built = continuum.load(path)
    assert [warning.filename for warning in record] == [__file__]
    assert built.down == ("10.0.0.2",)
    assert len(built) == 3


def test_advice_is_a_warning_too(tmp_path: Path) -> None:
    lines = "\n".join(f"10.0.{n // 250}.{n % 250}:80" for n in range(251))
    path = write(tmp_path, lines, "servers.txt")
    with pytest.warns(ContinuumWarning, match="one server owns nearly every key") as record:
        continuum.load(path, scheme="python-continuum")
    assert {warning.filename for warning in record} == {__file__}


def test_refusals_name_file_and_line(tmp_path: Path) -> None:
    path = write(tmp_path, NGINX.replace("weight=3", "wieght=3"))
    with pytest.raises(ContinuumError, match=r"nginx.conf:5: pool 'backend': .*wieght"):
        continuum.load(path)
    with pytest.raises(ContinuumError, match="no scheme given"):
        continuum.load(write(tmp_path, "10.0.0.1:80\n", "servers.txt"))
    with pytest.raises(ContinuumError, match="no format 'apache'; there are twemproxy"):
        continuum.load(path, format="apache")
    with pytest.raises(ContinuumError, match="no scheme 'nonsense'"):
        continuum.load(path, scheme="nonsense")
    # One pool that cannot be read does not hide behind another.
    both = write(tmp_path, NGINX + NGINX.replace("backend", "other").replace("weight=3", "x=3"))
    with pytest.raises(ContinuumError, match="pool 'other'"):
        continuum.load(both)
    assert continuum.load(both, "backend").name == "backend"


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        continuum.load(tmp_path / "nothing.conf")
    with pytest.raises(ContinuumError, match="is a folder"):
        continuum.load(tmp_path)
    with pytest.raises(TypeError):
        continuum.load(5)  # type: ignore[arg-type]


def test_two_pools_of_one_name(tmp_path: Path) -> None:
    path = write(tmp_path, NGINX + NGINX)
    with pytest.raises(ContinuumError, match="backend"):
        continuum.load_all(path)
    with pytest.raises(ContinuumError, match="a second pool 'backend'|backend"):
        continuum.load(path, "backend")


def test_partitions_of_a_topic(tmp_path: Path) -> None:
    file = tmp_path / "producer.properties"
    file.write_text("bootstrap.servers=a:1\nkey.serializer=x\n")
    with pytest.warns(ContinuumWarning, match="numbers servers by their place"):
        topic = continuum.load(file, partitions=6)
    assert (topic.scheme, len(topic.servers)) == ("kafka", 6)
    with pytest.raises(continuum.ContinuumError, match="partitions"):
        continuum.load(file)
    for wrong in (0, -1, 1 << 32):
        with pytest.raises(ValueError, match="partitions"):
            continuum.load(file, partitions=wrong)
