"""SearchConditionExpression: equality on attributes of a vector index's search schema.

"The HASH and INLINE_FILTER attributes support only the equality operator (=). You can reference
only top-level attributes from the search schema." (API reference, "SearchVectors"). A HASH
attribute has to be given. Texts are those of the service's answers in public issues.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.expressions.condition_texts import texts_of
from jedlik.services.dynamodb.expressions.paths import resolve
from jedlik.services.dynamodb.expressions.placeholders import Placeholders
from jedlik.services.dynamodb.expressions.syntax import (
    And,
    Comparison,
    Condition,
    Path,
    Value,
)
from jedlik.services.dynamodb.vectors.entries import OpenVectorIndex
from jedlik.values.attribute import AttributeValue, Item
from jedlik.values.compare import equal

SEARCH_CONDITION: Final = "SearchConditionExpression"

_COMPARATOR: Final = (
    "Invalid SearchConditionExpression: Invalid comparator used in SearchConditionExpression"
)


class SearchTerm(NamedTuple):
    """An attribute that has to equal a value."""

    attribute: str
    value: AttributeValue


class _TermPlan(NamedTuple):
    """The same before its value is known: the placeholder."""

    attribute: str
    value: str


def compile_search_condition(text: str, placeholders: Placeholders) -> list[SearchTerm]:
    """The terms of a SearchConditionExpression; ValidationException for anything wrong with it."""
    plan = _texts.plan(text, placeholders, SEARCH_CONDITION)
    values = placeholders.values
    return [SearchTerm(term.attribute, values[term.value]) for term in plan.made]


def _terms(tree: Condition, names: Mapping[str, str]) -> list[_TermPlan]:
    return [_term(node, names) for node in (tree.conditions if isinstance(tree, And) else (tree,))]


_texts = texts_of(_terms)


def _term(node: Condition, names: Mapping[str, str]) -> _TermPlan:
    if not isinstance(node, Comparison) or node.operator != "=":
        raise ValidationException(_COMPARATOR)
    left, right = node.left, node.right
    if isinstance(left, Value):
        left, right = right, left
    if not isinstance(left, Path) or not isinstance(right, Value):
        raise ValidationException(_COMPARATOR)
    parts = resolve(left.parts, names)
    if len(parts) > 1:
        raise _outside(".".join(map(str, parts)))
    return _TermPlan(str(parts[0]), right.name)


def _outside(attribute: str) -> ValidationException:
    return ValidationException(
        "SearchConditionExpression must not contain any attributes that is not in SearchSchema. "
        f"Invalid attribute: {attribute}"
    )


class SearchScope(NamedTuple):
    """Where in an index a search looks: a partition, or all of it for None, and in that the
    entries with all of `filters`."""

    partition: AttributeValue | None
    filters: list[SearchTerm]

    def holds(self, attributes: Item) -> bool:
        """Whether an entry has what the filters ask for."""
        for name, wanted in self.filters:
            value = attributes.get(name)
            if value is None or not equal(value, wanted):
                return False
        return True


def search_scope(index: OpenVectorIndex, terms: list[SearchTerm] | None) -> SearchScope:
    """The scope that terms give in an index. Raises ValidationException where they do not fit its
    search schema."""
    partition = index.partition
    if terms is None:
        if partition is not None:
            raise ValidationException(
                "SearchConditionExpression must be provided when SearchSchema has a HASH key"
            )
        return SearchScope(None, [])
    kinds = {name: attribute.kind for name, attribute in index.filters.items()}
    if partition is not None:
        kinds[partition.name] = partition.kind
    for term in terms:
        if term.attribute not in kinds:
            raise _outside(term.attribute)
    if partition is not None and all(term.attribute != partition.name for term in terms):
        raise ValidationException(
            "SearchConditionExpression must have all HASH attributes in configured SearchSchema"
        )
    for term in terms:
        if kinds[term.attribute] not in term.value:
            raise ValidationException(
                f"Search condition value for attribute '{term.attribute}' does not match type in "
                "search schema"
            )
    if partition is None:
        return SearchScope(None, terms)
    at = next(at for at, term in enumerate(terms) if term.attribute == partition.name)
    # A second term on the same attribute is a filter like any other.
    return SearchScope(terms[at].value, terms[:at] + terms[at + 1 :])
