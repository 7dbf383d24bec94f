"""SearchConditionExpression: equality on attributes of a vector index's search schema.

"The HASH and INLINE_FILTER attributes support only the equality operator (=). You can reference
only top-level attributes from the search schema." (API reference, "SearchVectors"). A HASH
attribute must be given, and each attribute at most once. Texts and their order are those of the
service's answers in public issues.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.database.open_table import EmptyKeyValue
from jedlik.services.dynamodb.expressions.conditions.texts import texts_of
from jedlik.services.dynamodb.expressions.parsing.syntax import (
    And,
    Comparison,
    ConditionTree,
    Path,
    Value,
)
from jedlik.services.dynamodb.expressions.paths import resolve
from jedlik.services.dynamodb.expressions.placeholders import Placeholders
from jedlik.services.dynamodb.recording.vector_entries import OpenVectorIndex
from jedlik.services.dynamodb.tables.key_schema import KeyAttribute
from jedlik.values.attribute import AttributeValue, Item, type_of
from jedlik.values.compare import equal

SEARCH_CONDITION: Final = "SearchConditionExpression"

_INVALID: Final = "Invalid SearchConditionExpression: "
_COMPARATOR: Final = f"{_INVALID}Invalid comparator used in SearchConditionExpression"
_NESTED: Final = f"{_INVALID}SearchConditionExpression cannot have conditions on nested attributes"
_REPEATED: Final = (
    f"{_INVALID}SearchConditionExpression must only contain one condition per attribute"
)


class SearchTerm(NamedTuple):
    """An attribute that must equal a value; `nested`: it is a part of the attribute."""

    attribute: str
    value: AttributeValue
    nested: bool = False


class _TermPlan(NamedTuple):
    """The same before its value is known, with the placeholder."""

    attribute: str
    value: str
    nested: bool


def compile_search_condition(text: str, placeholders: Placeholders) -> list[SearchTerm]:
    """The terms of a SearchConditionExpression; ValidationException for anything wrong with it."""
    plan = _texts.plan(text, placeholders, SEARCH_CONDITION)
    values = placeholders.values
    return [SearchTerm(term.attribute, values[term.value], term.nested) for term in plan.made]


def _terms(tree: ConditionTree, names: Mapping[str, str]) -> list[_TermPlan]:
    return [_term(node, names) for node in (tree.conditions if isinstance(tree, And) else (tree,))]


_texts = texts_of(_terms)


def _term(node: ConditionTree, names: Mapping[str, str]) -> _TermPlan:
    if not isinstance(node, Comparison) or node.operator != "=":
        raise ValidationException(_COMPARATOR)
    left, right = node.left, node.right
    if isinstance(left, Value):
        left, right = right, left
    if not isinstance(left, Path) or not isinstance(right, Value):
        raise ValidationException(_COMPARATOR)
    parts = resolve(left.parts, names)
    return _TermPlan(str(parts[0]), right.name, nested=len(parts) > 1)


class SearchScope(NamedTuple):
    """The scope of a search in an index: a partition, or the whole index for None, and in it the
    entries with all of `filters`."""

    partition: AttributeValue | None
    filters: list[SearchTerm]

    def holds(self, attributes: Item) -> bool:
        """Whether an entry matches all filters."""
        for name, wanted, _ in self.filters:
            value = attributes.get(name)
            if value is None or not equal(value, wanted):
                return False
        return True


def search_scope(index: OpenVectorIndex, terms: list[SearchTerm] | None) -> SearchScope:
    """The scope of these terms in an index. Raises ValidationException if they do not fit its
    search schema."""
    partition = index.partition
    if terms is None:
        if partition is not None:
            raise ValidationException(
                "SearchConditionExpression must be provided when SearchSchema has a HASH key"
            )
        return SearchScope(None, [])
    schema = {name: attribute.kind for name, attribute in index.filters.items()}
    if partition is not None:
        schema[partition.name] = partition.kind
    _check_attributes(schema, terms)
    if partition is not None and all(term.attribute != partition.name for term in terms):
        raise ValidationException(
            "SearchConditionExpression must have all HASH attributes in configured SearchSchema"
        )
    for term in terms:
        _check_type(schema[term.attribute], term)
    if partition is None:
        return SearchScope(None, terms)
    of_partition = next(term for term in terms if term.attribute == partition.name)
    _check_not_empty(partition, of_partition.value)
    return SearchScope(of_partition.value, [term for term in terms if term is not of_partition])


def _check_attributes(schema: Mapping[str, str], terms: list[SearchTerm]) -> None:
    if any(term.nested for term in terms):
        raise ValidationException(_NESTED)
    for term in terms:
        if term.attribute not in schema:
            raise ValidationException(
                "SearchConditionExpression must not contain any attributes that is not in "
                f"SearchSchema. Invalid attribute: {term.attribute}"
            )
    if len({term.attribute for term in terms}) < len(terms):
        raise ValidationException(_REPEATED)


def _check_type(kind: str, term: SearchTerm) -> None:
    if kind not in term.value:
        raise ValidationException(
            f"Type of '{term.attribute}' attribute in SearchConditionExpression "
            f"({type_of(term.value)}) does not match type in search schema ({kind})"
        )


def _check_not_empty(partition: KeyAttribute, value: AttributeValue) -> None:
    if not value[partition.kind]:
        empty = "string" if partition.kind == "S" else "binary"
        raise EmptyKeyValue(
            "One or more parameter values are not valid. The AttributeValue for a key attribute "
            f"cannot contain an empty {empty} value. Key: {partition.name}"
        )
