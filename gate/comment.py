"""The one comment that `action.yml` keeps on a pull request: made once, then replaced.

INPUT_TEXT          the file with the text, which `plan.py` wrote
GITHUB_API_URL, GITHUB_REPOSITORY, GITHUB_TOKEN   as the runner has them
INPUT_NUMBER        the pull request

Standard library alone.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

#: By this the comment is found again.
MARK = "<!-- continuum plan -->"
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


def earlier(number: str) -> int | None:
    """The comment of an earlier run, if there is one."""
    page = 1
    while found := call("GET", f"issues/{number}/comments?per_page=100&page={page}"):
        for comment in found:
            if str(comment["body"]).startswith(MARK):
                return int(comment["id"])
        page += 1
    return None


def main() -> None:
    number = os.environ["INPUT_NUMBER"]
    text = f"{MARK}\n{Path(os.environ['INPUT_TEXT']).read_text(encoding='utf-8')}"
    if len(text) > MOST:
        text = f"{text[:MOST]}\n\n… the rest stands in the summary of the job."
    try:
        comment = earlier(number)
        if comment is None:
            call("POST", f"issues/{number}/comments", {"body": text})
        else:
            call("PATCH", f"issues/comments/{comment}", {"body": text})
    except urllib.error.HTTPError as error:
        sys.exit(f"continuum: no comment was written ({error}): the job needs pull-requests: write")


if __name__ == "__main__":
    main()
