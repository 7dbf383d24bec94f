"""Rules: which requests are struck, and how often. Documented in docs/testing.md, "Faults".

A rule counts the requests that match it since it was made. The first `after` of them pass; then it
takes every `every`-th, and strikes each of those with `probability`, until `times` were struck.
"""

from __future__ import annotations

import difflib
import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from jedlik.base.errors import ServiceError, ValidationException
from jedlik.faults.effects import Effect, effect_of
from jedlik.request_log.facts import Facts, Part
from jedlik.services.dynamodb.inputs import OPERATIONS as SHAPES
from jedlik.values.canonical import canonical_item
from jedlik.values.numbers import number

OPERATIONS: Final = frozenset(target.partition(".")[2] for target in SHAPES)
MAX_DELAY_MS: Final = 600_000.0
MAX_COUNT: Final = 10**9
MAX_RULES: Final = 1000

_EFFECTS: Final = ("throttle", "error", "drop", "unprocessed", "cancel")
_MATCHING: Final = ("operation", "table", "index", "key", "caller")
_COUNTING: Final = ("nth", "after", "times", "every", "probability")
MEMBERS: Final = (*_MATCHING, *_COUNTING, "delay", *_EFFECTS, "message")


class RuleError(ValidationException):
    """A value that is not a rule; the text says why."""


@dataclass(slots=True)
class Rule:
    """One rule. `delay` is the range of seconds that a request waits first; `given` is the rule as
    it was given; `matched` and `struck` count requests."""

    given: dict[str, Any]
    operations: frozenset[str]
    table: str | None
    index: str | None
    key: dict[str, Any] | None
    caller: str | None
    after: int
    times: int | None
    every: int
    probability: float
    delay: tuple[float, float]
    effect: Effect | None
    matched: int = 0
    struck: int = 0

    def strikes(self, facts: Facts, chance: random.Random) -> bool:
        """Count this request, and return whether the rule strikes it."""
        if not self._matches(facts):
            return False
        self.matched += 1
        if self.matched <= self.after or (self.matched - self.after - 1) % self.every:
            return False
        if self.times is not None and self.struck >= self.times:
            return False
        if self.probability < 1.0 and chance.random() >= self.probability:
            return False
        self.struck += 1
        return True

    def matches_part(self, part: Part) -> bool:
        """Whether the rule is about this item of a request."""
        return (
            self.table in (None, part.table)
            and self.index in (None, part.index_name)
            and (self.key is None or _has(part.key, self.key))
        )

    def _matches(self, facts: Facts) -> bool:
        if facts.operation not in (self.operations or OPERATIONS):
            return False
        if self.caller not in (None, facts.caller):
            return False
        if self.effect is not None and not self.effect.applies(facts):
            return False
        anything = self.table is None and self.index is None and self.key is None
        return anything or any(map(self.matches_part, facts.parts))


def _has(item: Any, key: dict[str, Any]) -> bool:
    return all(_same(item.get(name), value) for name, value in key.items())


def _same(value: Any, other: Any) -> bool:
    if value == other:
        return True
    try:
        return bool(number(value["N"]) == number(other["N"]))  # spelled in another way
    except (KeyError, TypeError, ArithmeticError):
        return False


def rule_of(given: Any) -> Rule:
    """The rule in a JSON object. Raises RuleError."""
    if not isinstance(given, dict):
        raise RuleError("A rule is an object.")
    for name in given:
        if name not in MEMBERS:
            raise RuleError(f"A rule has no {name!r}{_near(str(name), MEMBERS)}")
    effects = [name for name in _EFFECTS if name in given]
    if len(effects) > 1:
        raise RuleError(f"A rule does one thing, not {' and '.join(effects)}.")
    if not effects and "delay" not in given:
        raise RuleError(f"A rule has one of {', '.join(_EFFECTS)}, or a delay.")
    if "message" in given and "error" not in given:
        raise RuleError("message is the text of an error.")
    after, times = _counts(given)
    try:
        effect = effect_of(effects[0], given) if effects else None
    except ServiceError as error:
        raise RuleError(error.message) from error
    return Rule(
        given,
        operations=_operations(given.get("operation", [])),
        table=_text(given, "table"),
        index=_text(given, "index"),
        key=_key(given.get("key")),
        caller=_text(given, "caller"),
        after=after,
        times=times,
        every=_whole(given, "every", 1, least=1),
        probability=_probability(given.get("probability", 1.0)),
        delay=_delay(given.get("delay", 0)),
        effect=effect,
    )


def _operations(given: Any) -> frozenset[str]:
    names = [given] if isinstance(given, str) else given
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise RuleError("operation is a name, or a list of names.")
    for name in names:
        if name not in OPERATIONS:
            raise RuleError(f"There is no operation {name!r}{_near(name, OPERATIONS)}")
    return frozenset(names)


def _counts(given: dict[str, Any]) -> tuple[int, int | None]:
    """How many requests pass first, and how many are struck (None: all)."""
    if "nth" not in given:
        times = _whole(given, "times", 1, least=1) if "times" in given else None
        return _whole(given, "after", 0), times
    if any(name in given for name in ("after", "times", "every")):
        raise RuleError("nth cannot be combined with after, times or every.")
    return _whole(given, "nth", 1, least=1) - 1, 1


def _whole(given: dict[str, Any], name: str, default: int, least: int = 0) -> int:
    value = given.get(name, default)
    if type(value) is not int or not least <= value <= MAX_COUNT:
        raise RuleError(f"{name} is a whole number from {least} on.")
    return value


def _probability(given: Any) -> float:
    if type(given) not in (int, float) or not 0 < given <= 1:
        raise RuleError("probability is a number above 0, up to 1.")
    return float(given)


def _delay(given: Any) -> tuple[float, float]:
    """The delay of a rule, which is in milliseconds or a range of them, as a range of seconds."""
    bounds = given if isinstance(given, list) else [given, given]
    if (
        len(bounds) != 2
        or any(type(each) not in (int, float) for each in bounds)
        or not 0 <= bounds[0] <= bounds[1] <= MAX_DELAY_MS
    ):
        raise RuleError(
            f"delay is a number of milliseconds up to {MAX_DELAY_MS:.0f}, or the least and most."
        )
    return bounds[0] / 1000.0, bounds[1] / 1000.0


def _text(given: dict[str, Any], name: str) -> str | None:
    value = given.get(name)
    if value is not None and (not isinstance(value, str) or not value):
        raise RuleError(f"{name} is a name.")
    return value


def _key(given: Any) -> dict[str, Any] | None:
    if given is None:
        return None
    wrong = RuleError('key has attributes as the API has them: {"id": {"S": "1"}}')
    if not isinstance(given, dict) or not given:
        raise wrong
    for value in given.values():
        if not isinstance(value, dict) or len(value) != 1 or not {"S", "N", "B"} & value.keys():
            raise wrong
    key = {name: dict(value) for name, value in given.items()}
    try:
        canonical_item(key)
    except ServiceError as error:
        raise RuleError(f"key: {error.message}") from error
    return key


def _near(name: str, known: Iterable[str]) -> str:
    found = difflib.get_close_matches(name, list(known), 1)
    return f"; did you mean {found[0]!r}?" if found else "."
