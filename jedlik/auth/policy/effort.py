"""Whether a test of many values takes so long that a thread should make it.

Policies may have thousands of patterns, and requests a million values of one condition key, before
any operation has refused them for their number. On the event loop, everyone else would wait for
their comparison. So where the facts say that others wait (`hurried`), a test that would take long
raises `TakesLong` instead of beginning; the decision is then made in a thread, with facts that are
not hurried.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from jedlik.auth.policy.facts import Facts, Values

_EACH: Final = 16
"""Characters that take as long to compare as there is to do for each pattern and value besides."""
_SHORT: Final = 256
"""Characters of a single value that are always compared at once."""
_MAX_EFFORT: Final = 1_000_000
"""Characters of patterns times those of values: at most a millisecond, usually a seventh of it."""
_MAX_NUMBER: Final = 5_000
"""Values that a source reads in half a millisecond."""


class TakesLong(Exception):
    """A test is not made, since others wait."""


def effort(texts: Iterable[str]) -> int:
    """What it takes to read these texts once. Comparing patterns with values takes the product."""
    return sum(len(text) + _EACH for text in texts)


def check_number(facts: Facts, number: int) -> None:
    """For sources: raise TakesLong if reading so many values takes long, and others wait."""
    if number > _MAX_NUMBER and facts.hurried:
        raise TakesLong


def check_effort(facts: Facts, values: Values, patterns: int) -> None:
    """Raise TakesLong if comparing the values takes long, and the facts are of a request for which
    others wait. `patterns` is the effort of the patterns."""
    if len(values) == 1 and len(values[0]) <= _SHORT:
        return
    if getattr(facts, "hurried", False):
        most = _MAX_EFFORT // max(patterns, 1)
        if len(values) * _EACH > most or effort(values) > most:
            raise TakesLong
