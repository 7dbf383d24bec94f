"""Tests of a request's facts, and their combinations.

A test with the same outcome for all requests is `always` or `never` itself, which simplifies its
combinations: every other test depends on the request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from jedlik.auth.policy.facts import Facts

Test = Callable[[Facts], bool]


def always(_facts: Facts) -> bool:
    """Holds for every request."""
    return True


def never(_facts: Facts) -> bool:
    """Holds for no request."""
    return False


def settled(outcome: bool) -> Test:
    """The test with a known outcome."""
    return always if outcome else never


def inverse(test: Test) -> Test:
    """Holds if `test` does not."""
    if test is always or test is never:
        return settled(test is never)
    return lambda facts: not test(facts)


def every(tests: Iterable[Test]) -> Test:
    """Holds if all of them do; evaluated in order."""
    left = [test for test in tests if test is not always]
    if never in left:
        return never
    if len(left) < 2:
        return left[0] if left else always
    if len(left) == 2:
        first, second = left
        return lambda facts: first(facts) and second(facts)
    return lambda facts: all(test(facts) for test in left)


def some(tests: Iterable[Test]) -> Test:
    """Holds if one of them does; evaluated in order."""
    left = [test for test in tests if test is not never]
    if always in left:
        return always
    if len(left) < 2:
        return left[0] if left else never
    if len(left) == 2:
        first, second = left
        return lambda facts: first(facts) or second(facts)
    return lambda facts: any(test(facts) for test in left)
