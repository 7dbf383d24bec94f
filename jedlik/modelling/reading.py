"""Reads a model's file: NoSQL Workbench's JSON, with one member of ours that Workbench ignores.

    {"ModelName": "Shop", "DataModel": [...tables as Workbench has them...],
     "Jedlik": {
       "Entities": [{"Name": "Order", "Table": "Shop", "Count": 1000000, "ItemBytes": 300,
                     "Keys": {"PK": "USER#{user}", "SK": "ORDER#{at}"}, "PerCollection": 20}],
       "AccessPatterns": [{"Name": "orders of a user, newest first", "Operation": "Query",
                           "Entity": "Order", "Items": 10, "PerSecond": 50,
                           "Key": {"PK": "USER#{user}", "SK": {"begins_with": "ORDER#"}}}]}}

An access pattern may also have Index, Filter (names of attributes), Keeps (the share that the
filter leaves, of 1), Attributes (those that are needed), Hottest (the share of requests that go to
one key) and Consistent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

import orjson

from jedlik.modelling.model import (
    AccessPattern,
    Entity,
    Facet,
    Model,
    ModelError,
    SortCondition,
    Table,
)
from jedlik.modelling.tables import is_made_by, parse_facets, parse_table
from jedlik.modelling.templates import Template, TemplateError, parse_template
from jedlik.seeding import workbench
from jedlik.values.sizes import item_size

OPERATIONS: Final = ("GetItem", "Query", "Scan", "PutItem", "UpdateItem", "DeleteItem")
CONDITIONS: Final = {
    "=": 1, "<": 1, "<=": 1, ">": 1, ">=": 1, "begins_with": 1, "between": 2,
}  # fmt: skip
"""Conditions on keys, each with the number of its operands (Query in the API reference)."""
MAX_LISTED: Final = 200
"""Entities, and access patterns, of a model: each entity is compared with all sample data."""
_MAX_BYTES: Final = 64 * 1024 * 1024
_USUAL_ITEM_BYTES: Final = 500
"""For items whose size is neither in the model nor in its sample data."""

T = TypeVar("T")


def read_model(file: Path) -> Model:
    """The model in a file. Raises ModelError."""
    try:
        if file.stat().st_size > _MAX_BYTES:
            raise ModelError(f"{file} is larger than {_MAX_BYTES // 2**20} MB")
        document = orjson.loads(file.read_bytes())
    except OSError as error:
        raise ModelError(f"{file}: {error}") from error
    except ValueError as error:
        raise ModelError(f"{file} is not a model: it is not valid JSON: {error}") from error
    return parse_model(document)


def parse_model(document: Any, most: int | None = None) -> Model:
    """The model in a parsed file. Raises ModelError; also if items of the sample data would be
    compared with entities and facets more than `most` times."""
    if not workbench.recognizes(document):
        raise ModelError("this is not a NoSQL Workbench model: it has no list DataModel")
    tables = tuple(
        _at(f"table {number}", parse_table, each)
        for number, each in enumerate(document["DataModel"], 1)
    )
    if not tables:
        raise ModelError("it has no table")
    ours = document.get("Jedlik", {})
    if most is not None:
        _check_size(document, tables, len(_list(ours, "Entities")), most)
    model = Model(str(document.get("ModelName", "Model")), tables)
    entities = tuple(
        _at(f"entity {number}", lambda given: _entity(model, given), each)
        for number, each in enumerate(_list(ours, "Entities"), 1)
    )
    model = Model(model.name, tables, entities)
    patterns = tuple(
        _at(f"access pattern {number}", lambda given: _pattern(model, given), each)
        for number, each in enumerate(_list(ours, "AccessPatterns"), 1)
    )
    return Model(model.name, tables, entities, patterns)


def parse_all_facets(document: Any, model: Model) -> list[list[Facet]]:
    """The facets of each table of a model, read from `document`. Raises ModelError."""
    pairs = enumerate(zip(document["DataModel"], model.tables, strict=True), 1)
    return [
        _at(f"table {number}", lambda pair: [*parse_facets(*pair)], pair) for number, pair in pairs
    ]


def _check_size(document: Any, tables: tuple[Table, ...], entities: int, most: int) -> None:
    """Each item is compared with every entity, and with every facet of its table."""
    compared = 0
    for table, given in zip(tables, document["DataModel"], strict=True):
        facets = given.get("TableFacets")
        compared += len(table.items) * (entities + len(facets if isinstance(facets, list) else ()))
    if compared > most:
        raise ModelError(
            "its sample data are too many for so many entities and facets: leave some out, or use "
            "`jedlik model check FILE`"
        )


def _at(place: str, parse: Callable[[Any], T], given: Any) -> T:
    """The parsed value, or a ModelError with its place."""
    try:
        return parse(given)
    except KeyError as error:
        raise ModelError(f"{place} has no {error}, or it is not in the model") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise ModelError(f"{place}: {error}") from error
    except (TemplateError, ModelError) as error:
        raise ModelError(f"{place}: {error}") from error


def _list(members: Any, name: str) -> list[Any]:
    found = members.get(name, []) if isinstance(members, Mapping) else None
    if not isinstance(found, list):
        raise ModelError(f"{name} is not a list")
    if len(found) > MAX_LISTED:
        raise ModelError(f"{name} has more than {MAX_LISTED}")
    return found


def _entity(model: Model, given: Mapping[str, Any]) -> Entity:
    table = model.table(str(given.get("Table", model.tables[0].name)))
    keys = {str(name): parse_template(str(text)) for name, text in given["Keys"].items()}
    missing = [name for name in table.primary.keys if name not in keys]
    if missing:
        raise ModelError(f"Keys say nothing of {missing[0]}, a key of table {table.name}")
    return Entity(
        name=str(given["Name"]),
        table=table.name,
        keys=keys,
        count=_positive(given.get("Count", 1000), "Count"),
        item_bytes=_positive(given.get("ItemBytes") or _sampled(table, keys), "ItemBytes"),
        per_collection=_positive(given.get("PerCollection", 1), "PerCollection"),
    )


def _positive(given: Any, name: str) -> int:
    if not isinstance(given, int) or isinstance(given, bool) or given < 1:
        raise ModelError(f"{name} is not a number above 0")
    return given


def _number(given: Mapping[str, Any], name: str, default: float, most: float) -> float:
    found = given.get(name, default)
    if not isinstance(found, int | float) or isinstance(found, bool) or not 0 <= found <= most:
        raise ModelError(f"{name} is not a number from 0 to {most:g}")
    return float(found)


def _sampled(table: Table, keys: Mapping[str, Template]) -> int:
    """The mean size of the entity's items among the sample data."""
    found = [
        item_size(item)
        for item in table.items
        if is_made_by({name: keys[name] for name in table.primary.keys}, item)
    ]
    return sum(found) // len(found) if found else _USUAL_ITEM_BYTES


def _pattern(model: Model, given: Mapping[str, Any]) -> AccessPattern:
    operation = str(given["Operation"])
    if operation not in OPERATIONS:
        raise ModelError(f"{operation!r} is not one of {', '.join(OPERATIONS)}")
    entity = model.entity(str(given["Entity"]))
    key = {str(name): _condition(what) for name, what in given.get("Key", {}).items()}
    if operation in ("PutItem", "UpdateItem", "DeleteItem") and not key:
        primary = model.table(entity.table).primary
        key = {name: SortCondition("=", (entity.keys[name],)) for name in primary.keys}
    return AccessPattern(
        name=str(given["Name"]),
        operation=operation,
        entity=entity.name,
        index=given.get("Index"),
        key=key,
        filtered=tuple(map(str, given.get("Filter", ()))),
        keeps=_number(given, "Keeps", 1.0, 1.0),
        wanted=tuple(map(str, given.get("Attributes", ()))),
        items=_positive(given.get("Items", 1), "Items"),
        per_second=_number(given, "PerSecond", 1.0, 1e9),
        hottest=_number(given, "Hottest", 0.0, 1.0),
        consistent=given.get("Consistent") is True,
    )


def _condition(given: Any) -> SortCondition:
    if isinstance(given, str):
        return SortCondition("=", (parse_template(given),))
    ((kind, operands),) = given.items()
    if kind not in CONDITIONS:
        raise ModelError(f"{kind!r} is not one of {', '.join(CONDITIONS)}")
    texts = operands if isinstance(operands, list) else [operands]
    if len(texts) != CONDITIONS[kind]:
        raise ModelError(f"{kind} has {CONDITIONS[kind]} operands, not {len(texts)}")
    return SortCondition(kind, tuple(parse_template(str(text)) for text in texts))
