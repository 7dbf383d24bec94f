"""Condition blocks, compiled to a test of a request's facts.

All operators and all keys of a block must hold; of several values of one key one must match, or
none of them where the operator is negated. What happens to keys that a request does not have, or
has many values of (IAM user guide, "Condition operators", "Set operators for multivalued context
keys"):

                        key absent      several values in the request
    StringEquals        false           one of them matches
    StringNotEquals     true            none of them matches
    ...IfExists         true            as without
    ForAllValues:       true            each of them holds
    ForAnyValue:        false           at least one of them holds
    Null "true"         true            false
    Null "false"        false           true
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from jedlik.auth.policy.document import Conditions, MalformedPolicy
from jedlik.auth.policy.operators import OPERATORS, Compile, Operator
from jedlik.auth.policy.wildcards import (
    Facts,
    Match,
    Part,
    Wild,
    has_variables,
    resolve,
    split_variables,
)

Test = Callable[[Facts], bool]

_IF_EXISTS: Final = "IfExists"
_FOR_ALL: Final = "ForAllValues"
_FOR_ANY: Final = "ForAnyValue"


def compile_conditions(conditions: Conditions, *, variables: bool) -> Test | None:
    """The test of a block; None where it is empty. Raises MalformedPolicy for an operator that
    there is not."""
    tests = [
        _compile_key(operator, key, values, variables)
        for operator, keys in conditions.items()
        for key, values in keys.items()
    ]
    if not tests:
        return None
    if len(tests) == 1:
        return tests[0]
    return lambda facts: all(test(facts) for test in tests)


def _compile_key(name: str, key: str, values: Sequence[str], variables: bool) -> Test:
    quantifier, colon, plain = name.partition(":")
    if not colon:
        quantifier, plain = "", name
    elif quantifier not in (_FOR_ALL, _FOR_ANY):
        raise MalformedPolicy(f"Invalid Condition type : {name}.")
    key = key.lower()
    if plain == "Null" and not quantifier:
        return _null(key, values)
    if_exists = plain.endswith(_IF_EXISTS)
    operator = OPERATORS.get(plain.removesuffix(_IF_EXISTS) if if_exists else plain)
    if operator is None:
        raise MalformedPolicy(f"Invalid Condition type : {name}.")
    matches = _any_of(operator, values, variables)
    holds = _negated(matches) if operator.negated else matches
    if quantifier == _FOR_ALL:
        return _for_all(key, holds)
    if quantifier == _FOR_ANY:
        return _for_any(key, holds, absent=if_exists)
    return _plain(key, holds, negated=operator.negated, absent=if_exists or operator.negated)


Holds = Callable[[str, Facts], bool]
"""Whether the policy's values, together, hold for one value of the request."""


def _any_of(operator: Operator, values: Sequence[str], variables: bool) -> Holds:
    fixed: list[Match] = []
    varying: list[list[Part]] = []
    for value in values:
        wanted = variables and operator.variables
        pieces: list[Part] = split_variables(value) if wanted else [Wild(value)]
        if has_variables(pieces):
            varying.append(pieces)
        else:
            fixed.append(operator.compile([piece for piece in pieces if isinstance(piece, str)]))
    if not varying and len(fixed) == 1:
        only = fixed[0]
        return lambda text, _facts: only(text)
    if not varying:
        return lambda text, _facts: any(match(text) for match in fixed)
    vary = _varying(operator.compile, varying)
    return lambda text, facts: any(match(text) for match in fixed) or vary(text, facts)


def _varying(compile_value: Compile, values: Sequence[Sequence[Part]]) -> Holds:
    def match(text: str, facts: Facts) -> bool:
        for pieces in values:
            resolved = resolve(pieces, facts)
            if resolved is not None and compile_value(resolved)(text):
                return True
        return False

    return match


def _negated(matches: Holds) -> Holds:
    return lambda text, facts: not matches(text, facts)


def _plain(key: str, holds: Holds, *, negated: bool, absent: bool) -> Test:
    many = all if negated else any

    def test(facts: Facts) -> bool:
        values = facts(key)
        if not values:
            return absent
        if len(values) == 1:
            return holds(values[0], facts)
        return many(holds(value, facts) for value in values)

    return test


def _for_all(key: str, holds: Holds) -> Test:
    def test(facts: Facts) -> bool:
        values = facts(key)
        return not values or all(holds(value, facts) for value in values)

    return test


def _for_any(key: str, holds: Holds, *, absent: bool) -> Test:
    def test(facts: Facts) -> bool:
        values = facts(key)
        return any(holds(value, facts) for value in values) if values else absent

    return test


def _null(key: str, values: Sequence[str]) -> Test:
    wanted = {value.lower() for value in values}
    if not wanted or not wanted <= {"true", "false"}:
        raise MalformedPolicy("Invalid value for condition type Null.")
    return lambda facts: ("false" if facts(key) else "true") in wanted
