"""A table of a model's file: keys, indexes, facets and sample data.

Files may come from any source, and the results made from a table (code, costs, an input of
CreateTable) rely on valid names and items: so all of it is checked here.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any, Final

from jedlik.base.errors import ServiceError
from jedlik.modelling.model import Facet, Index, Item, ModelError, Table
from jedlik.modelling.templates import Template, TemplateError, parse_template
from jedlik.seeding import workbench
from jedlik.values.attribute import KEY_TYPES, type_of
from jedlik.values.canonical import canonical_item

_PROJECTIONS: Final = ("ALL", "KEYS_ONLY", "INCLUDE")
_KINDS: Final = (("GlobalSecondaryIndexes", False), ("LocalSecondaryIndexes", True))


def parse_table(given: Any) -> Table:
    """The table. Raises ModelError; KeyError, TypeError or AttributeError if members are missing or
    have another type."""
    definition = workbench.definition(given)
    _check_texts(definition)
    indexes = [_index(None, definition["KeySchema"], {"ProjectionType": "ALL"})]
    for kind, is_local in _KINDS:
        indexes += [
            _index(each["IndexName"], each["KeySchema"], each["Projection"], indexes[0], is_local)
            for each in definition.get(kind, [])
        ]
    items = [_item(number, each) for number, each in enumerate(workbench.items(given), 1)]
    return Table(definition["TableName"], definition, tuple(indexes), tuple(items))


def _check_texts(definition: dict[str, Any]) -> None:
    _text(definition["TableName"], "TableName")
    for each in definition["AttributeDefinitions"]:
        _text(each["AttributeName"], "AttributeName")
        if each["AttributeType"] not in KEY_TYPES:
            raise ModelError(
                f"key {each['AttributeName']} has a type that is not one of {', '.join(KEY_TYPES)}"
            )
    for kind, _ in _KINDS:
        for index in definition.get(kind, []):
            _text(index["IndexName"], "IndexName")
            projection = index["Projection"]
            if projection["ProjectionType"] not in _PROJECTIONS:
                raise ModelError(f"a projection is not one of {', '.join(_PROJECTIONS)}")
            _texts(projection.get("NonKeyAttributes", []), "NonKeyAttributes")


def _text(given: Any, name: str) -> str:
    if not isinstance(given, str) or not given:
        raise ModelError(f"{name} is not a string")
    return given


def _texts(given: Any, name: str) -> tuple[str, ...]:
    if not isinstance(given, list):
        raise ModelError(f"{name} is not a list")
    return tuple(_text(each, name) for each in given)


def _index(
    name: str | None,
    schema: list[dict[str, str]],
    projection: dict[str, Any],
    table: Index | None = None,
    is_local: bool = False,
) -> Index:
    names = [key["AttributeName"] for key in schema]
    projected = None
    if projection["ProjectionType"] != "ALL":
        keys = (*names, *(table.keys if table else ()))
        projected = frozenset((*keys, *projection.get("NonKeyAttributes", ())))
    return Index(name, names[0], names[1] if len(names) > 1 else None, projected, is_local)


def _item(number: int, given: Any) -> Item:
    """An item as the server would store it; the file's own is unchanged."""
    item: Item = copy.deepcopy(given)
    try:
        canonical_item(item)
    except ServiceError as error:
        raise ModelError(f"item {number} of its data: {error.message}") from error
    return item


def is_made_by(keys: Mapping[str, Template], item: Item) -> bool:
    """Whether an item's key attributes may have been made by these templates."""
    return all(
        name in item and template.matches(str(item[name][type_of(item[name])]))
        for name, template in keys.items()
    )


def parse_facets(given: dict[str, Any], table: Table) -> Iterator[Facet]:
    """The facets of a table, whose file `given` is. Errors as in `parse_table`.

    A facet has the items entered in it, and those whose keys match its aliases as templates.
    """
    known = [workbench.key_of(given, item) for item in workbench.items(given)]
    for each in given.get("TableFacets") or ():
        own = {workbench.key_of(given, item) for item in each.get("TableData") or ()}
        aliases = _aliases(table.primary, each.get("KeyAttributeAlias") or {})
        templates = _templates(aliases)
        within = [
            number
            for number, item in enumerate(table.items)
            if known[number] in own or (templates and is_made_by(templates, item))
        ]
        attributes = _texts(each.get("NonKeyAttributes") or [], "NonKeyAttributes")
        name = _text(each["FacetName"], "FacetName")
        yield Facet(name, tuple(aliases.values()), attributes, tuple(within))


def _aliases(keys: Index, given: Mapping[str, Any]) -> dict[str, str]:
    """A facet's names for the table's keys, by key."""
    named = (given.get("PartitionKeyAlias"), given.get("SortKeyAlias"))
    return {
        name: _text(alias or name, "an alias")
        for name, alias in zip(keys.keys, named, strict=False)
    }


def _templates(aliases: Mapping[str, str]) -> dict[str, Template]:
    """Aliases as templates of keys; empty if one is not a template."""
    try:
        return {name: parse_template(alias) for name, alias in aliases.items()}
    except TemplateError:
        return {}
