"""A plan: the rules that a server starts with, and a seed. `--faults FILE`.

{"seed": 7, "rules": [{"operation": "PutItem", "table": "orders", "nth": 3, "drop": "after"}]}
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import orjson

from jedlik.faults.rules import MAX_RULES, Rule, RuleError, rule_of


class FaultPlan(NamedTuple):
    """Rules, in the order in which they are tried. The same seed strikes the same requests."""

    rules: tuple[Rule, ...] = ()
    seed: int = 0


def read_plan(path: Path) -> FaultPlan:
    """The plan in a file. Raises RuleError."""
    try:
        given = orjson.loads(path.read_bytes())
    except OSError as error:
        raise RuleError(f"{path} cannot be read: {error.strerror}") from error
    except orjson.JSONDecodeError as error:
        raise RuleError(f"{path} is not valid JSON: {error}") from error
    try:
        return plan_of(given)
    except RuleError as error:
        raise RuleError(f"{path}: {error.message}") from error


def plan_of(given: Any) -> FaultPlan:
    """The plan in JSON: an object as above, or a list of rules. Raises RuleError."""
    if isinstance(given, list):
        given = {"rules": given}
    if not isinstance(given, dict) or not given.keys() <= {"rules", "seed"}:
        raise RuleError("A plan has rules, and a seed.")
    rules, seed = given.get("rules", []), given.get("seed", 0)
    if not isinstance(rules, list) or len(rules) > MAX_RULES:
        raise RuleError(f"rules is a list of up to {MAX_RULES}.")
    if type(seed) is not int:
        raise RuleError("seed is a whole number.")
    return FaultPlan(tuple(_numbered(number, rule) for number, rule in enumerate(rules, 1)), seed)


def _numbered(number: int, given: Any) -> Rule:
    try:
        return rule_of(given)
    except RuleError as error:
        raise RuleError(f"rule {number}: {error.message}") from error
