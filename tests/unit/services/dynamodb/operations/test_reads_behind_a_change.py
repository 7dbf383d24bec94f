"""Reads that wait while another request of the process finds the catalog changed.

What was decided about such a read (its table, whether policies allow it) is of the catalog as it
was, and what it reads is not: it has to be taken up anew, though the process knows the newer one.
"""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.kernel.catalog_version import CatalogChanged
from jedlik.services.dynamodb.database.catalog import CatalogDraft
from jedlik.services.dynamodb.operations.registry import OPERATIONS
from tests.control_plane import ControlPlane, on_demand

KEY = {"pk": {"S": "x"}}
SELECT = {"Statement": "SELECT * FROM \"music\" WHERE pk = 'x'"}
READS: list[tuple[str, dict[str, Any]]] = [
    ("DescribeTable", {"TableName": "music"}),
    ("GetItem", {"TableName": "music", "Key": KEY}),
    ("BatchGetItem", {"RequestItems": {"music": {"Keys": [KEY]}}}),
    ("TransactGetItems", {"TransactItems": [{"Get": {"TableName": "music", "Key": KEY}}]}),
    ("Scan", {"TableName": "music"}),
    ("Query", {
        "TableName": "music", "KeyConditionExpression": "pk = :x",
        "ExpressionAttributeValues": {":x": {"S": "x"}},
    }),
    ("ExecuteStatement", SELECT),
    ("ExecuteStatement", {"Statement": 'SELECT * FROM "music"'}),
    ("BatchExecuteStatement", {"Statements": [SELECT]}),
    ("ExecuteTransaction", {"TransactStatements": [SELECT]}),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "payload"), READS)
def test_a_read_behind_a_change_is_taken_up_anew(
    plane: ControlPlane, operation: str, payload: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    plane.call("CreateTable", **on_demand("music", "pk"))
    plane.put(KEY)
    plane.call(operation, **payload)
    engine, catalog = plane.database.engine, plane.database.catalog

    async def moved() -> None:
        """Another request changes the table, and the process learns of it."""

        def decide(draft: CatalogDraft) -> None:
            draft.put(draft.existing("music"))

        await catalog.change(("music",), decide)
        await catalog.refresh()

    async def read(*arguments: Any) -> Any:
        await moved()
        return await plane.database.store.read(*arguments)

    async def read_range(*arguments: Any, **options: Any) -> Any:
        await moved()
        return await plane.database.store.range(*arguments, **options)

    monkeypatch.setattr(engine, "read", read)
    monkeypatch.setattr(engine, "range", read_range)
    with pytest.raises(CatalogChanged):
        plane.run(OPERATIONS[operation](plane.database, payload))
    plane.call(operation, **payload)
