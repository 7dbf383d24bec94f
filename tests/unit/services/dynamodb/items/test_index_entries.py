"""What writes do to the entries of a table's indexes, and what that consumes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.dynamodb.items.index_entries import write_entries
from jedlik.services.dynamodb.tables.figures import Tally
from jedlik.values.canonical import canonical_item
from jedlik.values.image import Image
from tests.control_plane import ControlPlane, attributes, index, on_demand

ITEM = {"pk": {"S": "p"}, "g": {"S": "1"}, "t": {"M": {"a": {"S": "x"}, "b": {"N": "1"}}}}
KEYS, ALL = "keys", "all"


@pytest.fixture(scope="module")
def table() -> Iterator[OpenTable]:
    plane = ControlPlane()
    request = {**on_demand("music", "pk"), "AttributeDefinitions": attributes("pk", "g")}
    indexes = [index(KEYS, "g", kind="KEYS_ONLY"), index(ALL, "g", kind="ALL")]
    plane.call("CreateTable", **request, GlobalSecondaryIndexes=indexes)
    yield plane.run(plane.database.table("music"))
    plane.close()


def image(item: dict[str, Any] | None) -> Image | None:
    return None if item is None else Image.of(item, canonical_item(item))


def written(
    table: OpenTable, old: dict[str, Any] | None, new: dict[str, Any] | None
) -> tuple[dict[str, float], dict[bytes, Any]]:
    """The units by index, and the changes."""
    changes: dict[bytes, Any] = {}
    key = table.key_of({"pk": ITEM["pk"]})
    writes = write_entries(table, key, image(old), image(new), changes, Tally(), {})
    return {write.written.name: write.units for write in writes}, changes


LONG = {"x": {"S": "x" * 1024}}


@pytest.mark.parametrize(
    ("old", "new", "units"),
    [
        (None, ITEM, {KEYS: 1, ALL: 1}),
        (ITEM, None, {KEYS: 1, ALL: 1}),
        (None, {"pk": ITEM["pk"]}, {}),
        (ITEM, ITEM, {}),
        (ITEM, {**ITEM, "g": {"S": "2"}}, {KEYS: 2, ALL: 2}),
        (ITEM, {**ITEM, "t": {"S": "y"}}, {ALL: 1}),
        (ITEM, {**ITEM, **LONG}, {ALL: 2}),
        ({**ITEM, **LONG}, {**ITEM, "g": {"S": "2"}}, {KEYS: 2, ALL: 3}),
    ],
)
def test_what_a_change_consumes(table: OpenTable, old: Any, new: Any, units: Any) -> None:
    assert written(table, old, new)[0] == units


def test_another_order_is_kept_and_consumes_nothing(table: OpenTable) -> None:
    turned = dict(reversed(ITEM.items()))
    turned["t"] = {"M": dict(reversed(ITEM["t"]["M"].items()))}
    units, changes = written(table, ITEM, turned)
    assert units == {}
    assert changes == written(table, None, turned)[1]
