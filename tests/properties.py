"""How many examples a property test tries.

`make test` tries a tenth of each test's number: enough to see that a change broke a property.
`make test-properties` tries all of them; `.ci/run` does both. A test that states no number tries
what its profile says.
"""

from __future__ import annotations

from typing import Any

from hypothesis import settings

ALL = 100
"""Hypothesis' own number of examples, for a test that states none."""

QUICK = "quick"
THOROUGH = "thorough"

# How long an example takes says nothing on a machine that does other things too. What failed is
# printed as a line that replays it.
settings.register_profile(THOROUGH, max_examples=ALL, deadline=None, print_blob=True)
settings.register_profile(QUICK, settings.get_profile(THOROUGH), max_examples=ALL // 10)


def examples(number: int, **options: Any) -> settings:
    """Settings of a property test that tries `number` examples when it is thorough."""
    tried = number * settings().max_examples // ALL
    return settings(max_examples=max(1, tried), **options)
