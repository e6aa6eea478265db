"""Answers that nobody gave: `identify` must name no scheme. What programs did answer is named in
their own tests, see `naming.py`.
"""

from __future__ import annotations

import time

from . import ours, servers
from .conftest import Live
from .keys import Carrier, random_keys
from .naming import PAIRS, SECONDS


def test_random(live: Live) -> None:
    for count in (2, live.rng.randint(3, 12), 100):
        listed = servers.named(servers.hashed_only(live.rng, count, default_port=11211))
        keys = random_keys(live.rng, PAIRS, Carrier.TEXT)
        answers = [live.rng.randrange(count) for _ in keys]
        started = time.process_time()
        found = ours.identify(listed, keys, answers)
        seconds = time.process_time() - started
        assert found.matches == []
        assert seconds < SECONDS
        live.lines.append(
            f"identify_random: {count} servers, none of {found.tried:,}; the nearest has "
            f"{found.candidates[0].agreed:,} of {PAIRS:,} pairs ({seconds:.1f} s)"
        )
