"""The tests of a WHERE clause, apart from the keys: closures, and the checks of their values.

A condition is checked in full when its plan is made. For later requests, only what depends on their
parameters is checked (see `expressions.value_checks`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from jedlik.services.dynamodb.expressions.conditions.checks import (
    check_condition,
    condition_checks,
    condition_leaves,
)
from jedlik.services.dynamodb.expressions.conditions.condition import (
    Condition,
    attributes_of,
    compile_operand,
    compile_test,
    equals_of,
    tests_in,
)
from jedlik.services.dynamodb.expressions.conditions.stepwise import Stepwise, Test, compile_steps
from jedlik.services.dynamodb.expressions.parsing.syntax import (
    And,
    Comparison,
    ConditionTree,
    In,
    Path,
    Truth,
    Value,
    clauses_of,
)
from jedlik.services.dynamodb.expressions.paths import Values
from jedlik.services.dynamodb.expressions.value_checks import ValueChecks

_NO_ERROR_PREFIX = ""
_OF_ALL_TYPES = (Path, Value, Truth)
"""Operands that say nothing about the types of those they are compared with."""


class WhereChecks:
    """Checks the values of a WHERE clause."""

    __slots__ = ("_checks", "_names", "_where", "needed")

    def __init__(
        self, where: ConditionTree | None, names: Mapping[str, str], values: Values
    ) -> None:
        """Also checks the whole clause, with the values of the first request."""
        self._where = where
        self._names = names
        self._checks: ValueChecks | None = None
        self.needed = False
        """Whether `check` can find anything."""
        if where is None:
            return
        check_condition(where, _NO_ERROR_PREFIX, names, values)
        parameters = frozenset(
            leaf.name
            for leaf in condition_leaves(where)
            if isinstance(leaf, Value) and leaf.name[0] == "?"
        )
        clauses = clauses_of(where)
        if parameters and not all(_takes_all_types(clause) for clause in clauses):
            self._checks = condition_checks(parameters, clauses)
            self.needed = True

    def check(self, values: Values) -> None:
        """Raise ValidationException for a value that the clause cannot take."""
        checks = self._checks
        if checks is not None and not checks.accept(values, _NO_ERROR_PREFIX):
            assert self._where is not None
            check_condition(self._where, _NO_ERROR_PREFIX, self._names, values)


def _takes_all_types(clause: ConditionTree) -> bool:
    if isinstance(clause, Comparison):
        operands = (clause.left, clause.right)
        return clause.operator in ("=", "<>") and all(
            isinstance(operand, _OF_ALL_TYPES) for operand in operands
        )
    return isinstance(clause, In) and isinstance(clause.operand, _OF_ALL_TYPES)


class Filter:
    """Conditions that all must hold; `attributes` are those they read, `equals` those of them that
    must equal a value."""

    __slots__ = ("_compile_steps", "_stepwise", "attributes", "equals", "test", "tests")

    def __init__(self, conditions: Sequence[ConditionTree], names: Mapping[str, str]) -> None:
        tree = conditions[0] if len(conditions) == 1 else And(tuple(conditions))
        self.test: Test = compile_test(tree, names)
        clauses = clauses_of(tree)
        self.attributes = attributes_of(clauses, names)
        self.equals = equals_of(tree, names)
        self.tests = tests_in(clauses)
        self._compile_steps = partial(
            compile_steps, tree, dict(names), compile_test, compile_operand
        )
        self._stepwise: Stepwise | None = None

    def with_values(self, values: Values, *, of_missing: bool | None = None) -> Condition:
        """The condition with its values. `of_missing` is whether it holds for a missing item, if
        the tests are not to decide that."""
        test = self.test
        if of_missing is not None:
            test = _except_missing(test, holds=of_missing)
        # Steps are only for items that exist.
        return Condition(test, values, self.attributes, self.tests, self.stepwise, self.equals)

    def stepwise(self) -> Stepwise:
        """The tests one at a time, as in `ConditionPlan`."""
        if self._stepwise is None:
            self._stepwise = self._compile_steps()
        return self._stepwise


def _except_missing(test: Test, *, holds: bool) -> Test:
    return lambda item, values: test(item, values) if item else holds


def filter_of(conditions: Sequence[ConditionTree], names: Mapping[str, str]) -> Filter | None:
    """The filter of these conditions; None without conditions."""
    return Filter(conditions, names) if conditions else None
