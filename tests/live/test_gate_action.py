"""`action.yml` itself: its steps, run as a runner runs them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from .conftest import Live
from .gate_host import Host, hosting
from .gated import BEFORE, RENAMED, ROOT, Repository


def test_workflows_are_sound(live: Live) -> None:
    """No input is pasted into a script, and what others made is named by its hash."""
    program = live.tool("zizmor", "of tests/live/requirements.txt")
    args = [program, "--offline", "--no-progress", "action.yml", ".github/workflows"]
    done = subprocess.run(args, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


class Job:
    """One job, which uses the action as often as it likes."""

    def __init__(self, live: Live, repository: Repository, host: Host) -> None:
        text = (ROOT / "action.yml").read_text()
        self.action: dict[str, Any] = live.module("yaml").safe_load(text)
        self.repository, self.host, self.temp = repository, host, live.dir / "temp"
        # In place of the step that installs the package.
        (self.temp / "continuum/bin").mkdir(parents=True)
        for name in ("python", "continuum"):
            program = Path(sys.executable).with_name(name)
            (self.temp / "continuum/bin" / name).symlink_to(program)

    def use(self, **inputs: str) -> tuple[str, dict[str, str]]:
        """How the plan ended, and all that its step said to the others."""
        known = {f"inputs.{name}": one["default"] for name, one in self.action["inputs"].items()}
        known |= {f"inputs.{name}": text for name, text in inputs.items()}
        known |= {"github.token": "secret", "github.event.pull_request.number": "7"}
        known["inputs.base"] = self.repository.base
        steps = {step["name"]: step for step in self.action["runs"]["steps"]}
        output = self.repository.runner / "output"
        output.unlink(missing_ok=True)
        ended = self.run(steps["Plan"], known, output)
        said = self.repository.output()
        known |= {f"steps.plan.outputs.{name}": text for name, text in said.items()}
        artefact = filled(steps["Keep the pages"]["with"], known)
        said |= {"artefact": artefact["name"], "pages": artefact["path"]}
        assert self.run(steps["Comment"], known, output).returncode == 0
        return f"{ended.returncode}", said

    def run(
        self, step: dict[str, Any], known: dict[str, str], output: Path
    ) -> subprocess.CompletedProcess[str]:
        env = {
            "PATH": os.environ["PATH"], "RUNNER_TEMP": str(self.temp), "GITHUB_OUTPUT": str(output),
            "GITHUB_ACTION_PATH": str(ROOT), "GITHUB_API_URL": self.host.address,
            "GITHUB_REPOSITORY": "a/b", **filled(step["env"], known),
        }  # fmt: skip
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        return subprocess.run(
            command, cwd=self.repository.folder, env=env,
            capture_output=True, text=True, check=False,
        )  # fmt: skip


def filled(texts: dict[str, str], known: dict[str, str]) -> dict[str, str]:
    """Texts with the values of their expressions; a name that nothing gives is an error."""

    def value(found: re.Match[str]) -> str:
        return known[found[1]]

    return {name: re.sub(r"\$\{\{ (\S+) \}\}", value, text) for name, text in texts.items()}


def test_a_job_uses_it_twice(live: Live) -> None:
    """Each use keeps its own comment and its own pages, whatever comes of the other."""
    repository = Repository.new(live)
    repository.before({"a.yml": BEFORE, "b.yml": BEFORE})
    repository.write({"a.yml": RENAMED})
    with hosting() as host:
        job = Job(live, repository, host)
        asked = {"max-move": "5%", "pages": "true"}
        first, a = job.use(paths="a.yml", **asked)
        second, b = job.use(paths="b.yml", **asked)
        third, c = job.use(paths="", **asked)
        assert [first, second, third] == ["1", "0", "2"]
        assert len({one["artefact"] for one in (a, b, c)}) == 3
        assert [len(list(Path(one["pages"]).iterdir())) for one in (a, b, c)] == [1, 1, 0]
        assert not re.search(r'["<>|*?:/\\]', a["artefact"])
        # Once more, as after another push: the comments are replaced.
        repository.write({"a.yml": BEFORE})
        assert job.use(paths="a.yml", **asked)[0] == "0"
        told = [comment["body"] for comment in host.comments[150:]]
        assert len(told) == 3
        assert "### a.yml" in told[0] and "OK, limit 5%" in told[0]
        assert "### b.yml" in told[1] and "give either `paths`" in told[2]
        # From a fork: no right to write, and the plan decides.
        host.allowed = False
        assert job.use(paths="a.yml", **asked)[0] == "0"
    declared = {name: one["value"] for name, one in job.action["outputs"].items()}
    assert set(declared) == {"moved", "needless", "status"} and set(declared) <= set(a)
    assert all(value == f"${{{{ steps.plan.outputs.{name} }}}}" for name, value in declared.items())
