"""The gate for other repositories: the plan that `action.yml` runs, its verdict, its outputs."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Live
from .gated import AFTER, BEFORE, Repository


@pytest.fixture
def repository(live: Live) -> Repository:
    return Repository.changed(live)


def test_a_plan_is_in_the_summary(repository: Repository) -> None:
    done = repository.plan(max_move="40%", pages=str(repository.runner / "plans"))
    assert done.returncode == 0, done.stdout + done.stderr
    summary = (repository.runner / "summary.md").read_text()
    assert summary == done.stdout.removesuffix("\n") and "### nutcracker.yml" in summary
    assert "cache: +1 server" in summary
    moved = float(repository.output()["moved"])
    assert 0.1 < moved < 0.4 and float(repository.output()["needless"]) <= moved
    page = (repository.runner / "plans/plan-0.html").read_text()
    assert "10.0.0.5" in page or ">e<" in page


def test_the_limit_fails_the_job(repository: Repository) -> None:
    done = repository.plan(max_move="5%")
    assert done.returncode == 1 and "FAILED" in done.stdout
    assert repository.output()["status"] == "1"


def test_two_files_are_compared(repository: Repository) -> None:
    (repository.folder / "old.yml").write_text(BEFORE)
    done = repository.plan(paths="", old="old.yml", new="nutcracker.yml", pools="cache")
    assert done.returncode == 0 and "cache: +1 server" in done.stdout
    moved = repository.output()["moved"]
    assert 0.1 < float(moved) < 0.4
    (repository.folder / "old.yml").rename(repository.folder / "-old.yml")
    done = repository.plan(paths="", old="-old.yml", new="nutcracker.yml", pools="cache")
    assert done.returncode == 0 and repository.output()["moved"] == moved, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("inputs", "says"),
    [
        ({"paths": "", "old": "nutcracker.yml"}, "both `old` and `new`"),
        ({"paths": ""}, "give either `paths`"),
        ({"base": ""}, "`paths` needs `base`"),
        ({"base": "--all"}, "begins with a dash"),
        ({"base": "0" * 40}, "there is no revision"),
        ({"paths": "none.yml"}, "there is no such file"),
        ({"paths": "none/*.yml"}, "matches no file"),
        ({"paths": "."}, "is a folder"),
        ({"paths": "/none.yml"}, "is not in the repository"),
        ({"pools": "none"}, "could not be planned"),
        ({"max_move": "much"}, "could not be planned"),
    ],
)
def test_what_is_not_understood_does_not_pass(
    repository: Repository, inputs: dict[str, str], says: str
) -> None:
    text = str(repository.runner / "plan.md")
    told = repository.planned(inputs.pop("paths", "nutcracker.yml"), 2, says, text=text, **inputs)
    # It is in the comment, too, and nothing is said of what moves.
    assert Path(text).read_text() == told.removesuffix("\n")
    output = repository.output()
    assert (output["moved"], output["needless"], output["status"]) == ("", "", "2")
    assert output["name"]


def test_a_pool_that_lost_its_hash_fails(repository: Repository) -> None:
    text = AFTER.replace("cache:", "other:")
    (repository.folder / "nutcracker.yml").write_text(f"{AFTER}{text}")
    base = repository.commit()
    (repository.folder / "nutcracker.yml").write_text(AFTER)
    done = repository.plan(base=base, max_move="50%")
    assert done.returncode == 1 and "other" in done.stdout
    # Not known: the keys of a pool that is gone have no owner.
    assert repository.output()["moved"] == ""
    # Without a limit, too.
    assert repository.plan(base=base).returncode == 1
    assert repository.plan(base=base, max_move="50%", allow_lost="other").returncode == 0
    assert repository.output()["moved"] == "0.0"


def test_another_key_is_no_figure(repository: Repository) -> None:
    conf = "upstream a {{ hash {} consistent; server a:1; server b:1; }}\n"
    repository.before({"nginx.conf": conf.format("$uri")})
    repository.write({"nginx.conf": conf.format("$request_uri")})
    repository.planned("nginx.conf", 1, "every key may move")
    assert repository.output()["moved"] == ""


def test_each_plan_has_its_name(repository: Repository) -> None:
    """By it comments and artefacts are told apart; the base and the limit do not change it."""

    def name(**inputs: str) -> str:
        assert repository.plan(**inputs).returncode == 0
        return repository.output()["name"]

    told = name()
    assert told.startswith("nutcracker.yml-") and name(max_move="90%") == told
    assert name(pools="cache") != told != name(paths="./nutcracker.yml")
    assert name(name="caches of -- Ghent / \"a\"") == "caches-of-Ghent-a"


def test_words_of_the_program_stay_words(repository: Repository) -> None:
    """What a file says cannot end the block in which it is told."""
    repository.write({"nutcracker.yml": AFTER.replace("md5", "'````'")})
    told = repository.planned("nutcracker.yml", 2, "could not be planned")
    assert "\n`````\n" in told


@pytest.mark.parametrize(
    ("inputs", "status", "says"),
    [
        ({"paths": "broken.yml"}, 2, "could not be planned"),
        ({"paths": "new.yml"}, 0, "is new"),
        ({"paths": "nutcracker.yml\ngone.yml"}, 1, "is gone"),
    ],
)
def test_nothing_passes_unread(
    repository: Repository, inputs: dict[str, str], status: int, says: str
) -> None:
    for name, text in (("broken.yml", BEFORE), ("gone.yml", BEFORE)):
        (repository.folder / name).write_text(text)
    repository.base = repository.commit()
    (repository.folder / "gone.yml").unlink()
    (repository.folder / "broken.yml").write_text("cache: [")
    (repository.folder / "new.yml").write_text(BEFORE)
    done = repository.plan(max_move="50%", **inputs)
    assert (done.returncode, says in done.stdout) == (status, True), done.stdout + done.stderr
    assert bool(repository.output()["moved"]) == (status == 0)
