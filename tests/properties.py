"""The number of examples in property tests.

`make test` tries a tenth of each test's number: enough to see that a change broke a property. `make
test-properties` tries all of them; `.ci/run` does both. A test without a number tries its
profile's.
"""

from __future__ import annotations

from typing import Any

from hypothesis import settings

ALL = 100
"""Hypothesis' own number of examples, for a test without one."""

QUICK = "quick"
THOROUGH = "thorough"

# The time of an example means nothing on a busy machine. A failure is printed as a line that
# replays it.
settings.register_profile(THOROUGH, max_examples=ALL, deadline=None, print_blob=True)
settings.register_profile(QUICK, settings.get_profile(THOROUGH), max_examples=ALL // 10)


def examples(number: int, **options: Any) -> settings:
    """Settings of a property test that tries `number` examples in a thorough run."""
    tried = number * settings().max_examples // ALL
    return settings(max_examples=max(1, tried), **options)
