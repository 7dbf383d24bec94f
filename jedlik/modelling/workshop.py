"""Models for the console: documents in, a report with the tables' code out."""

from __future__ import annotations

from typing import Any, Final

import orjson

from jedlik.modelling.checks import check
from jedlik.modelling.code import WRITERS
from jedlik.modelling.collections import maker_of
from jedlik.modelling.examples import EXAMPLES
from jedlik.modelling.model import Facet, Model, ModelError, Table
from jedlik.modelling.reading import parse_all_facets, parse_model

MAX_COMPARISONS: Final = 50_000
"""Comparisons of an item with an entity or facet. A report makes each several times, at
microseconds each: anyone may request one, and other requests wait for it."""


def example(name: str) -> bytes | None:
    """The file of a model that comes with Jedlik; None if none has that name."""
    file = EXAMPLES.get(name)
    return None if file is None else file.read_bytes()


def report(document: bytes) -> bytes:
    """The findings on a model, as JSON: `Report.as_json` with `code` by tool, `tables`, inputs of
    CreateTable, and for each of them `items`, its sample data, `made`, the names of these items'
    entities, null if an item has none, and `facets`; or `error` if it is not a model."""
    try:
        given = orjson.loads(document)
        model = parse_model(given, MAX_COMPARISONS)
        facets = parse_all_facets(given, model)
    except ValueError as error:
        return orjson.dumps({"error": f"This is not JSON: {error}"})
    except ModelError as error:
        return orjson.dumps({"error": str(error)})
    found = check(model).as_json()
    found["code"] = {tool: write(model) for tool, write in WRITERS.items()}
    found["tables"] = [table.definition for table in model.tables]
    found["items"] = [table.items for table in model.tables]
    found["made"] = [_makers(model, table) for table in model.tables]
    found["facets"] = [[_facet(each) for each in table] for table in facets]
    return orjson.dumps(found)


def _makers(model: Model, table: Table) -> list[str | None]:
    entities = [each for each in model.entities if each.table == table.name]
    makers = (maker_of(table, entities, item) for item in table.items)
    return [None if maker is None else maker.name for maker in makers]


def _facet(facet: Facet) -> dict[str, Any]:
    return {
        "name": facet.name,
        "aliases": facet.aliases,
        "attributes": facet.attributes,
        "items": facet.items,
    }
