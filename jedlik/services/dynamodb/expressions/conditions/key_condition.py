"""Key conditions: the conditions of a Query on key attributes, matched with a key schema.

A key may have several partition attributes and several sort attributes. Every partition attribute
is given by equality; sort attributes from left to right by equality, and the last one given may
have a range instead (developer guide, "Key condition expressions for the Query operation" and
"Multi-attribute keys"). The schema is known later than the text, so there are two steps, each of
them cached: the text's conditions, and their places in a schema.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple, NoReturn

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.expressions.conditions.texts import TextPlan, texts_of
from jedlik.services.dynamodb.expressions.parsing.lexer import invalid
from jedlik.services.dynamodb.expressions.parsing.syntax import (
    And,
    Between,
    Comparison,
    ConditionTree,
    FunctionCall,
    In,
    Not,
    Or,
    Path,
    Value,
    operands_of,
)
from jedlik.services.dynamodb.expressions.paths import Values, resolve
from jedlik.services.dynamodb.expressions.placeholders import Placeholders
from jedlik.values.attribute import AttributeValue

KEY_CONDITION = "KeyConditionExpression"

KeySchema = tuple[tuple[str, str, str], ...]
"""Name, type (S, N or B) and role (HASH or RANGE) of each key attribute, in the schema's order."""

_FLIPPED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

_MAX_LAYOUTS = 64

NOT_INDEXABLE = ""
"""In place of the operator of a legacy condition that keys cannot have: CONTAINS, IN, NULL."""

NOT_SUPPORTED = "Query key condition not supported"
WRONG_TYPE = "Condition parameter type does not match schema type"


class KeyCondition(NamedTuple):
    """Conditions in the order of a key schema.

    `partition` are the values of all partition attributes, `equals` those of the first sort
    attributes, and `range` the condition on the sort attribute after those: one of `<`, `<=`, `>`,
    `>=`, `BETWEEN`, `begins_with`, with its one or two values.
    """

    partition: list[AttributeValue]
    equals: list[AttributeValue]
    range: tuple[str, list[AttributeValue]] | None


class KeyTerm(NamedTuple):
    """The condition on one attribute; `values` are placeholders."""

    attribute: str
    operator: str
    values: tuple[str, ...]


class _Layout(NamedTuple):
    """The places of a text's values in a schema, and their types."""

    partition: tuple[str, ...]
    equals: tuple[str, ...]
    operator: str
    range: tuple[str, ...]
    types: tuple[tuple[str, str], ...]


class KeyPlan:
    """The part of a key condition that does not depend on the values.

    `find` finds its terms, and raises ValidationException if it has other conditions than those on
    keys. The service parses the other expressions before it looks for that (observed).
    """

    __slots__ = ("_find", "_terms", "layouts")

    def __init__(self, find: Callable[[], Sequence[KeyTerm]]) -> None:
        self._find = find
        self._terms: tuple[KeyTerm, ...] = ()
        self.layouts: dict[KeySchema, _Layout] = {}

    def terms(self) -> tuple[KeyTerm, ...]:
        """The condition on each attribute, in the order of the text."""
        if not self._terms:
            self._terms = tuple(self._find())
        return self._terms

    def layout(self, schema: KeySchema) -> _Layout:
        """The places in a schema; raises ValidationException if the conditions do not fit it."""
        layout = self.layouts.get(schema)
        if layout is None:
            layout = _lay_out(self.terms(), schema)
            if len(self.layouts) >= _MAX_LAYOUTS:
                del self.layouts[next(iter(self.layouts))]
            self.layouts[schema] = layout
        return layout


class KeyConditions:
    """The key conditions of a request."""

    __slots__ = ("_plan", "_values")

    def __init__(self, plan: KeyPlan, values: Values) -> None:
        self._plan = plan
        self._values = values

    @property
    def attributes(self) -> tuple[str, ...]:
        """The attributes that have a condition, in the order of the text."""
        return tuple(term.attribute for term in self._plan.terms())

    @property
    def terms(self) -> dict[str, tuple[str, list[AttributeValue]]]:
        """Operator and values by attribute."""
        return {
            term.attribute: (term.operator, [self._values[name] for name in term.values])
            for term in self._plan.terms()
        }

    def check(self) -> None:
        """Refuse what is not a condition on a key, whatever the schema. Raises
        ValidationException."""
        self._plan.terms()

    def match(self, schema: KeySchema) -> KeyCondition:
        """The conditions in the order of a key schema.

        Raises ValidationException if an attribute lacks its condition or has one of the wrong
        kind or type.
        """
        layout = self._plan.layouts.get(schema) or self._plan.layout(schema)
        values = self._values
        for name, kind in layout.types:
            if kind not in values[name]:
                raise ValidationException.of_values(WRONG_TYPE)
        return KeyCondition(
            [values[name] for name in layout.partition],
            [values[name] for name in layout.equals],
            (layout.operator, [values[name] for name in layout.range]) if layout.operator else None,
        )


# --- From text to terms ---------------------------------------------------------------------------


def compile_key_condition(text: str, placeholders: Placeholders) -> KeyConditions:
    """Compile a KeyConditionExpression; ValidationException for anything wrong with it."""
    conditions = parse_key_condition(text, placeholders)
    conditions.check()
    return conditions


def parse_key_condition(text: str, placeholders: Placeholders) -> KeyConditions:
    """The same without `check`: ValidationException for what would be wrong in any condition."""
    values = placeholders.values
    plan: TextPlan[KeyPlan] | None = placeholders.plans.get(KEY_CONDITION)
    if plan is None or not plan.checks.accept(values, KEY_CONDITION):
        plan = placeholders.plans[KEY_CONDITION] = _texts.plan(text, placeholders, KEY_CONDITION)
    return KeyConditions(plan.made, values)


def _key_plan(tree: ConditionTree, names: Mapping[str, str]) -> KeyPlan:
    return KeyPlan(partial(_terms_of, tree, names))


def _terms_of(tree: ConditionTree, names: Mapping[str, str]) -> list[KeyTerm]:
    terms: dict[str, KeyTerm] = {}
    for node in tree.conditions if isinstance(tree, And) else (tree,):
        term = _term(_clause(node), names)
        if term.attribute in terms:
            raise invalid(
                KEY_CONDITION, "KeyConditionExpressions must only contain one condition per key"
            )
        terms[term.attribute] = term
    return list(terms.values())


_texts = texts_of(_key_plan)


_OPERATOR_NAMES = {Or: "OR", Not: "NOT", In: "IN", And: "AND"}


def _clause(node: ConditionTree) -> Comparison | Between | FunctionCall:
    """The node, if a key condition may contain it."""
    operator = _OPERATOR_NAMES.get(type(node), "")
    if isinstance(node, Comparison) and node.operator == "<>":
        operator = "<>"
    elif isinstance(node, FunctionCall) and node.function != "begins_with":
        operator = node.function
    if operator or isinstance(node, Or | Not | In | And):
        raise ValidationException(f"Invalid operator used in KeyConditionExpression: {operator}")
    return node


def _term(clause: Comparison | Between | FunctionCall, names: Mapping[str, str]) -> KeyTerm:
    operator = _operator(clause)
    operands = operands_of(clause)
    if operator in ("BETWEEN", "begins_with") and not isinstance(operands[0], Path):
        _fail(f"{operator} operator must have the key attribute as its first operand")
    found: list[str] = []
    values: list[str] = []
    for operand in operands:
        if isinstance(operand, Value):
            values.append(operand.name)
        elif isinstance(operand, Path):
            if found:
                _fail("Multiple attribute names used in one condition")
            if len(operand.parts) > 1:
                raise invalid(
                    KEY_CONDITION,
                    "KeyConditionExpressions cannot have conditions on nested attributes",
                )
            found.append(str(resolve(operand.parts, names)[0]))
        else:
            raise invalid(KEY_CONDITION, "KeyConditionExpressions cannot contain nested operations")
    if not found:
        _fail("No key attribute specified")
    if isinstance(operands[0], Value):
        operator = _FLIPPED[operator]
    return KeyTerm(found[0], operator, tuple(values))


def _operator(clause: Comparison | Between | FunctionCall) -> str:
    if isinstance(clause, Comparison):
        return clause.operator
    return "BETWEEN" if isinstance(clause, Between) else clause.function


def _fail(problem: str) -> NoReturn:
    raise ValidationException(f"Invalid condition in KeyConditionExpression: {problem}")


# --- From terms to a key schema -------------------------------------------------------------------


def _lay_out(terms: Sequence[KeyTerm], schema: KeySchema) -> _Layout:
    check_number(len(terms), len(schema))
    for term in terms:
        check_indexable(term.operator)
    given = {term.attribute: term for term in terms}
    partition = [name for name, _, role in schema if role == "HASH"]
    _check_partition(given, partition)
    sort = _given_sort_attributes(given, partition, schema)
    *leading, last = sort or [""]
    ranged = bool(last) and given[last].operator != "="
    equals = leading if ranged else sort
    kinds = {name: kind for name, kind, _ in schema}
    return _Layout(
        partition=tuple(given[name].values[0] for name in partition),
        equals=tuple(given[name].values[0] for name in equals),
        operator=given[last].operator if ranged else "",
        range=given[last].values if ranged else (),
        types=tuple(
            (value, kinds[name]) for name in [*partition, *sort] for value in given[name].values
        ),
    )


def check_number(conditions: int, attributes: int) -> None:
    """Raise ValidationException for more conditions than a key has attributes."""
    if conditions > attributes:
        raise ValidationException(
            f"The number of query conditions ({conditions}) exceeds the number of key attributes "
            f"defined in the schema ({attributes})"
        )


def check_indexable(operator: str) -> None:
    """Raise ValidationException for a legacy operator that no key condition may have."""
    if operator == NOT_INDEXABLE:
        raise ValidationException("Attempted conditional constraint is not an indexable operation")


def missed(name: str) -> ValidationException:
    """The error for a key attribute without a condition."""
    return ValidationException(f"Query condition missed key schema element: {name}")


def _check_partition(given: Mapping[str, KeyTerm], partition: Sequence[str]) -> None:
    """Raise ValidationException unless all partition attributes are given by equality. The service
    has other words for this where there are several."""
    loose = [name for name in partition if name not in given or given[name].operator != "="]
    if loose and len(partition) > 1:
        raise ValidationException(
            f"HASH key attributes {', '.join(loose)} must have equality conditions specified in "
            "the query"
        )
    for name in loose:
        if name not in given:
            raise missed(name)
        raise ValidationException(NOT_SUPPORTED)


def _given_sort_attributes(
    given: Mapping[str, KeyTerm], partition: Sequence[str], schema: KeySchema
) -> list[str]:
    """The sort attributes that have a condition: the first ones of the schema, without a gap."""
    sort = [name for name, _, role in schema if role == "RANGE"]
    named = [name for name in sort if name in given]
    if len(named) + len(partition) < len(given):
        absent = next((name for name in sort if name not in given), "")
        if not absent:
            raise ValidationException(NOT_SUPPORTED)
        raise missed(absent)
    if named:
        before = sort[: sort.index(named[-1])]
        loose = [name for name in before if name not in given or given[name].operator != "="]
        if loose:
            raise ValidationException(
                f"RANGE key attributes {', '.join(loose)} must have equality conditions specified "
                f"in the query because a condition is present on key attribute {named[-1]}"
            )
    return named
