"""Calls to several servers, of which one may fail."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def call_all(calls: Iterable[tuple[Any, ...]]) -> list[Any]:
    """Makes each call, a function and its arguments; raises the first error then."""
    answers, failed = [], None
    for call, *arguments in calls:
        try:
            answers.append(call(*arguments))
        except Exception as error:
            failed = failed or error
    if failed is not None:
        raise failed
    return answers
