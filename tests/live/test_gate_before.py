"""The gate's old side: the repository as it was, whatever leads to a configuration."""

from __future__ import annotations

import shutil

import pytest

from .conftest import Live
from .gated import BEFORE, RENAMED, Repository, git


@pytest.fixture
def repository(live: Live) -> Repository:
    return Repository.new(live)


def test_every_way_to_a_file_is_its_path(live: Live, repository: Repository) -> None:
    """Absolute, by a folder that is a symbolic link in the repository or to it."""
    (repository.folder / "link").symlink_to("real")
    repository.before({"real/n.yml": BEFORE, "deep/er/n.yml": BEFORE})
    repository.write({"real/n.yml": RENAMED, "deep/er/n.yml": RENAMED})
    repository.commit()
    (live.dir / "elsewhere").symlink_to(repository.folder)
    ways = ["real/n.yml", "./real//n.yml", "deep/../real/n.yml", "link/n.yml"]
    ways += [str(folder / "link/n.yml") for folder in (repository.folder, live.dir / "elsewhere")]
    for path in ways:
        repository.planned(path, 1, "FAILED, limit 5%")
    # Paths begin where the gate is started.
    repository.folder /= "deep"
    for path in ("er/n.yml", "../real/n.yml"):
        repository.planned(path, 1, "FAILED, limit 5%")


def test_a_file_of_a_submodule(live: Live, repository: Repository) -> None:
    inner = Repository.new(live, "inner")
    inner.before({"n.yml": BEFORE})
    git(repository.folder, "submodule", "--quiet", "add", str(inner.folder), "cfg")
    repository.before({})
    (repository.folder / "cfg/n.yml").write_text(RENAMED)
    git(repository.folder / "cfg", "commit", "--quiet", "--all", "--message", "change")
    repository.commit()
    repository.planned("cfg/n.yml", 1, "FAILED, limit 5%")
    # Without the history of the submodule nothing is known of it.
    modules = repository.folder / ".git/modules/cfg"
    now = git(repository.folder / "cfg", "rev-parse", "HEAD")
    (modules / "shallow").write_text(f"{now}\n")
    git(repository.folder / "cfg", "update-ref", "-d", "refs/remotes/origin/main")
    git(repository.folder / "cfg", "update-ref", "refs/heads/main", now)
    shutil.rmtree(modules / "refs/remotes", ignore_errors=True)
    (modules / "packed-refs").unlink(missing_ok=True)
    git(repository.folder / "cfg", "reflog", "expire", "--expire=now", "--all")
    git(repository.folder / "cfg", "gc", "--quiet", "--prune=now")
    repository.planned("cfg/n.yml", 2, "the submodule cfg lacks the commit")
    git(repository.folder, "submodule", "deinit", "--force", "cfg")
    repository.write({"cfg/n.yml": RENAMED})
    repository.planned("cfg/n.yml", 2, "the submodule cfg is not checked out")
    # What it is not asked for is said: its files are on neither side.
    shutil.rmtree(repository.folder / "cfg")
    repository.base = "HEAD"
    repository.write({"n.yml": BEFORE})
    told = repository.planned("*.yml", 0, "n.yml** is new")
    assert "cfg" not in told
    git(repository.folder, "rm", "--quiet", "--cached", "cfg")
    repository.planned("*.yml", 0, "n.yml** is new", "submodule **cfg** is not read")


def test_what_cannot_be_fetched_is_not_new(live: Live, repository: Repository) -> None:
    repository.before({"n.yml": BEFORE})
    repository.write({"n.yml": RENAMED})
    repository.commit()
    git(repository.folder, "config", "uploadpack.allowFilter", "true")
    part = Repository(live.dir / "part", repository.runner, repository.base)
    address = f"file://{repository.folder}"
    git(live.dir, "clone", "--quiet", "--filter=blob:none", address, str(part.folder))
    repository.folder.rename(live.dir / "away")
    part.planned("n.yml", 2, "could not fetch")
    (live.dir / "away").rename(repository.folder)
    part.planned("n.yml", 1, "FAILED, limit 5%")


def test_a_sparse_checkout(repository: Repository) -> None:
    """What is left out is left out on both sides; a file that was left out is not new."""
    repository.before({"in/n.yml": BEFORE, "out/n.yml": BEFORE})
    git(repository.folder, "sparse-checkout", "set", "in")
    assert not (repository.folder / "out").exists()
    repository.write({"in/n.yml": RENAMED, "out/n.yml": RENAMED})
    repository.planned("in/n.yml", 1, "FAILED, limit 5%")
    repository.planned("out/n.yml", 2, "outside of the sparse checkout")


def test_a_link_is_followed_as_it_was(live: Live, repository: Repository) -> None:
    link, hosts = repository.folder / "link.txt", "10.0.0.{}:11211\n10.0.0.9:11211\n"
    link.symlink_to("a.txt")
    repository.before({"a.txt": hosts.format(1), "b.txt": hosts.format(2)})
    link.unlink()
    link.symlink_to("b.txt")
    repository.commit()
    told = repository.planned("link.txt", 1, "10.0.0.1", "10.0.0.2", scheme="libketama")
    assert "| a.txt" not in told
    # A link that came with the change leads to what had its own name before.
    repository.base = "HEAD"
    (repository.folder / "more.txt").symlink_to("a.txt")
    repository.write({"a.txt": hosts.format(3)})
    repository.planned("more.txt", 1, "10.0.0.1", "10.0.0.3", scheme="libketama")
    # One that leads out is the repository's on neither side.
    (live.dir / "out.txt").write_text(hosts.format(4))
    (repository.folder / "out.txt").symlink_to(live.dir / "out.txt")
    says = "out.txt is a symbolic link that leads out of the repository"
    repository.planned("out.txt", 2, says, scheme="libketama")
    repository.before({})
    (repository.folder / "out.txt").unlink()
    repository.write({"out.txt": hosts.format(5)})
    repository.planned("out.txt", 2, says, scheme="libketama")


def test_a_link_by_an_absolute_path_leads_to_what_was_there(repository: Repository) -> None:
    (repository.folder / "link").symlink_to(repository.folder / "real")
    (repository.folder / "loop.yml").symlink_to("loop.yml")
    repository.before({"real/n.yml": BEFORE})
    repository.write({"real/n.yml": RENAMED})
    repository.planned("link/n.yml", 1, "FAILED, limit 5%")
    repository.planned("loop.yml", 2, "loop.yml")


def nginx(name: str, *servers: str) -> str:
    listed = "".join(f" server {server};" for server in servers)
    return f"upstream {name} {{ hash $uri consistent;{listed} }}\n"


@pytest.mark.parametrize("main", [nginx("main", "a:1", "b:1"), ""])
def test_included_files_are_read_on_both_sides(repository: Repository, main: str) -> None:
    conf = main + "include conf.d/*.conf;\ninclude /none/mime.types;\n"
    other = nginx("other", "a:1", "b:1")
    up, renamed = nginx("up", "a:1", "b:1"), nginx("up", "a:1", "x:1")
    repository.before({"nginx.conf": conf, "conf.d/up.conf": up, "conf.d/z.conf": other})
    told = repository.planned("nginx.conf", 0, "up: same servers")
    # What is not read is said.
    assert "include '/none/mime.types'" in told
    repository.write({"conf.d/up.conf": renamed})
    told = repository.planned("nginx.conf", 1, "FAILED, limit 5%", "| x:1 |")
    assert "new" not in told and "gone" not in told
    (repository.folder / "conf.d/up.conf").unlink()
    repository.planned("nginx.conf", 1, "up is gone")
    repository.planned("nginx.conf", 0, "up is gone", allow_lost="up")


def test_an_import_that_is_not_read_does_not_pass_if_it_changed(repository: Repository) -> None:
    proxy = "reverse_proxy {} {{\n    lb_policy uri_hash\n  }}"
    main = f":80 {{\n  {proxy.format('a:1 b:1')}\n}}\nimport sites/*\n"
    sites = {f"sites/{name}": f":8{name} {{\n  {proxy.format('a:1 b:1')}\n}}\n" for name in "12"}
    repository.before({"Caddyfile": main, **sites})
    repository.planned("Caddyfile", 0, "proxies in it are not read")
    (repository.folder / "sites/1").unlink()
    repository.planned("Caddyfile", 2, "Not read, and changed: sites/1.")
    assert repository.output()["moved"] == ""
    # What is planned by itself is read.
    repository.write({"sites/1": f":81 {{\n  {proxy.format('a:1 x:1')}\n}}\n"})
    repository.planned("Caddyfile\nsites/*", 1, "### sites/1", "FAILED, limit 5%")


def test_patterns_name_files_of_both_sides(repository: Repository) -> None:
    repository.before({"conf.d/a.yml": BEFORE, "conf.d/b.yml": BEFORE, "conf.d/[c].yml": BEFORE})
    told = repository.planned("conf.d/*.yml\nconf.d/a.yml", 0)
    assert told.count("### conf.d/") == 3
    repository.planned("conf.d/[c].yml", 0, "### conf.d/[c].yml")
    repository.write({"conf.d/b.yml": RENAMED, "conf.d/new.yml": BEFORE})
    repository.planned("conf.d/*.yml", 1, "FAILED, limit 5%", "conf.d/new.yml** is new")
    (repository.folder / "conf.d/b.yml").unlink()
    told = repository.planned("**/*.yml", 1, "**conf.d/b.yml** is gone")
    assert told.count("is gone") == 1


@pytest.mark.parametrize("path", ["-nutcracker.yml", "./-nutcracker.yml", "-a/--b.yml"])
def test_a_name_may_begin_with_a_dash(repository: Repository, path: str) -> None:
    repository.before({path: BEFORE})
    repository.write({path: RENAMED})
    repository.planned(path, 1, "FAILED, limit 5%")
    repository.planned(path, 0, allow_lost="-other", max_move="100%")


def test_git_s_own_words_are_passed_on(live: Live, repository: Repository) -> None:
    repository.before({"nutcracker.yml": BEFORE})
    # As in a container, where the repository is another user's.
    repository.environment = {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"}
    told = repository.planned("nutcracker.yml", 2, "dubious ownership", "safe.directory")
    assert "fetch-depth" not in told
    repository.folder = live.dir
    told = repository.planned("repository/nutcracker.yml", 2, "not a git repository")
    assert "fetch-depth" not in told


def test_the_repository_stays_as_it_was(repository: Repository) -> None:
    """Neither its index nor its work tree changes, and none of its hooks is run."""
    repository.before({"nutcracker.yml": BEFORE, "gone.yml": BEFORE})
    for name in ("post-checkout", "post-index-change"):
        hook = repository.folder / ".git/hooks" / name
        hook.write_text("#!/bin/sh\ntouch ran\n")
        hook.chmod(0o755)
    repository.write({"nutcracker.yml": RENAMED, "new.yml": BEFORE})
    (repository.folder / "gone.yml").unlink()

    def files() -> dict[str, bytes]:
        found = (file for file in repository.folder.rglob("*") if file.is_file())
        return {str(file): file.read_bytes() for file in found}

    then = files()
    repository.planned("nutcracker.yml", 1, "FAILED, limit 5%")
    assert files() == then
