"""Condition blocks, compiled to a test of a request's facts.

All operators and all keys of a block must hold; of several values of one key one must match, or
none of them where the operator is negated. How keys are treated that the request lacks, or has
several values for (IAM user guide, "Condition operators", "Set operators for multivalued context
keys"):

                        key absent      several values in the request
    StringEquals        false           one of them matches
    StringNotEquals     true            none of them matches
    ...IfExists         true            as without
    ForAllValues:       true            each of them holds
    ForAnyValue:        false           at least one of them holds
    Null "true"         true            false
    Null "false"        false           true

Null may have a quantifier too, which makes no difference.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from jedlik.auth.policy.document import Conditions, MalformedPolicy
from jedlik.auth.policy.effort import check_effort, effort
from jedlik.auth.policy.facts import Facts, Fixed, Get, Source
from jedlik.auth.policy.logic import Test, every, settled
from jedlik.auth.policy.operators import OPERATORS, Operator
from jedlik.auth.policy.patterns import Late, Pattern, one_of
from jedlik.auth.policy.wildcards import Match, Part, Wild, split_variables
from jedlik.auth.policy.wildcards import never as matches_nothing

Bind = Callable[[Source], Test]
"""Returns a test, given the source of the condition keys' values."""

Quantify = Callable[[Get, Match], Test]
"""Returns the test whether a key's values match together; see the table above."""

_IF_EXISTS: Final = "IfExists"
_FOR_ALL: Final = "ForAllValues"
_FOR_ANY: Final = "ForAnyValue"


def compile_conditions(conditions: Conditions, *, variables: bool) -> Bind:
    """Returns a block's `Bind`. Raises MalformedPolicy for unknown operators."""
    binds = [
        _compile_key(operator, key, values, variables)
        for operator, keys in conditions.items()
        for key, values in keys.items()
    ]
    return lambda source: every(bind(source) for bind in binds)


def unreadable(name: str, values: Sequence[str], *, variables: bool) -> str | None:
    """The first value that a known operator cannot parse, so that it matches nothing, or None. The
    values of variables are not known yet."""
    operator = OPERATORS.get(name.rpartition(":")[2].removesuffix(_IF_EXISTS))
    if operator is None:  # Null, whose values are read when it is compiled
        return None
    for value, pieces in zip(values, _pieces(operator, values, variables), strict=True):
        plain = [piece for piece in pieces if isinstance(piece, str)]
        if len(plain) == len(pieces) and operator.compile(plain) is matches_nothing:
            return value
    return None


def _compile_key(name: str, key: str, values: Sequence[str], variables: bool) -> Bind:
    quantifier, colon, plain = name.partition(":")
    if not colon:
        quantifier, plain = "", name
    elif quantifier not in (_FOR_ALL, _FOR_ANY):
        raise MalformedPolicy(f"Invalid Condition type : {name}.")
    key = key.lower()
    if plain == "Null":  # with any quantifier: it asks whether there are values at all
        test_null = _null(values)
        return lambda source: _of_key(source(key), test_null)
    if_exists = plain.endswith(_IF_EXISTS)
    operator = OPERATORS.get(plain.removesuffix(_IF_EXISTS) if if_exists else plain)
    if operator is None:
        raise MalformedPolicy(f"Invalid Condition type : {name}.")
    quantify = _quantifier(quantifier, operator.negated, if_exists, effort(values))
    pattern = one_of(_pieces(operator, values, variables), operator.compile, operator.compile_late)
    return _bind(key, pattern, quantify)


def _quantifier(quantifier: str, negated: bool, if_exists: bool, patterns: int) -> Quantify:
    every_one, absent = negated, if_exists or negated
    if quantifier == _FOR_ALL:
        every_one, absent = True, True
    elif quantifier == _FOR_ANY:
        every_one, absent = False, if_exists
    return _for_values(negated=negated, every_one=every_one, absent=absent, patterns=patterns)


def _pieces(operator: Operator, values: Sequence[str], variables: bool) -> list[list[Part]]:
    if variables and operator.variables:
        return [split_variables(value) for value in values]
    return [[Wild(value)] for value in values]


def _bind(key: str, pattern: Pattern, quantify: Quantify) -> Bind:
    def bind(source: Source) -> Test:
        get = source(key)
        match = pattern(source)
        if isinstance(match, Late):
            return lambda facts: quantify(get, match(facts))(facts)
        return _of_key(get, lambda get: quantify(get, match))

    return bind


def _of_key(get: Get, test_of: Callable[[Get], Test]) -> Test:
    """A test of one key, made immediately if the key's values are fixed."""
    test = test_of(get)
    return settled(test(None)) if isinstance(get, Fixed) else test


def _for_values(*, negated: bool, every_one: bool, absent: bool, patterns: int) -> Quantify:
    """`every_one`: all values of the request have to match, else one of them; `absent` is the
    outcome for a missing key, `patterns` the effort of the policy's values."""

    def quantify(get: Get, match: Match) -> Test:
        def test(facts: Facts) -> bool:
            values = get(facts)
            if not values:
                return absent
            check_effort(facts, values, patterns)
            for value in values:
                if (match(value) is not negated) is not every_one:
                    return not every_one
            return every_one

        return test

    return quantify


def _null(values: Sequence[str]) -> Callable[[Get], Test]:
    wanted = {value.lower() for value in values}
    if not wanted or not wanted <= {"true", "false"}:
        raise MalformedPolicy("Invalid value for condition type Null.")
    return lambda get: lambda facts: ("false" if get(facts) else "true") in wanted
