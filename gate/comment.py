"""The one comment that `action.yml` keeps on a pull request: made once, then replaced.

INPUT_TEXT          the file with the text, which `plan.py` wrote
INPUT_NAME          what tells this plan from others of the pull request, as `plan.py` says it
INPUT_NUMBER        the pull request
GITHUB_API_URL, GITHUB_REPOSITORY, GITHUB_TOKEN   as the runner has them

The plan decides about the job; a comment that cannot be written is a warning, and the exit status
is 0. Standard library alone.
"""

from __future__ import annotations

import http.client
import json
import os
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

#: What the host takes; a longer plan is cut, and stands whole in the summary.
MOST = 65_000


def call(method: str, path: str, body: dict[str, str] | None = None) -> Any:
    request = urllib.request.Request(
        f"{os.environ['GITHUB_API_URL']}/repos/{os.environ['GITHUB_REPOSITORY']}/{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Authorization": f"Bearer {os.environ['GITHUB_TOKEN']}",
            "Accept": "application/vnd.github+json",
            "Content-Type": "application/json",
        },
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def earlier(number: str, mark: str) -> int | None:
    """The comment of an earlier run, if there is one."""
    page = 1
    while found := call("GET", f"issues/{number}/comments?per_page=100&page={page}"):
        for comment in found:
            if str(comment["body"]).startswith(mark):
                return int(comment["id"])
        page += 1
    return None


def keep(number: str, text: str) -> None:
    # By this the comment is found again.
    mark = f"<!-- continuum plan: {os.environ['INPUT_NAME']} -->\n"
    text = mark + text
    if len(text) > MOST:
        text = f"{text[:MOST]}\n\n… the rest stands in the summary of the job."
    comment = earlier(number, mark)
    if comment is None:
        call("POST", f"issues/{number}/comments", {"body": text})
    else:
        call("PATCH", f"issues/comments/{comment}", {"body": text})


def warn(sentence: str) -> None:
    """A warning among the job's annotations."""
    escaped = sentence.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    print(f"::warning title=continuum::{escaped}")


def main() -> None:
    try:
        text = Path(os.environ["INPUT_TEXT"]).read_text(encoding="utf-8")
    except OSError:
        warn("no comment was written: there is no plan, as its step ended early")
        return
    try:
        keep(os.environ["INPUT_NUMBER"], text)
    except urllib.error.HTTPError as error:
        why = f"the host answered {error.code} {error.reason}"
        if error.code in (401, 403, 404):
            why += (
                "; the job needs pull-requests: write, which it does not have for a pull request"
                " from a fork"
            )
        warn(f"no comment was written: {why}; the plan stands in the summary of the job")
    except (OSError, http.client.HTTPException, ValueError) as error:
        warn(f"no comment was written: {error}; the plan stands in the summary of the job")


if __name__ == "__main__":
    main()
