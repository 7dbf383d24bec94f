"""Batches of statements while an index of another table of theirs is being backfilled."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.services.dynamodb.items import write as write_module
from jedlik.services.dynamodb.items.item_write import ItemWrite
from jedlik.storage.failures import StorageUnavailable
from jedlik.values.image import Image
from tests.control_plane import ControlPlane, attributes, index, on_demand
from tests.store_task import Store

OTHER = Image.of({"pk": {"S": "p"}}, 4).stored


NEW_INDEX: dict[str, Any] = {"Create": index("gsi", "a")}


@pytest.fixture
def filling(plane: ControlPlane) -> ControlPlane:
    """Tables `music` and `filling`; the second one has an index that nobody fills."""
    plane.call("CreateTable", **on_demand())
    plane.call("CreateTable", **on_demand("filling"))
    plane.put({"pk": {"S": "p"}, "a": {"S": "x"}}, table="filling")
    plane.call(
        "UpdateTable",
        TableName="filling",
        AttributeDefinitions=attributes("pk", "a"),
        GlobalSecondaryIndexUpdates=[NEW_INDEX],
    )
    assert plane.table("filling")["GlobalSecondaryIndexes"][0]["IndexStatus"] == "CREATING"
    return plane


def _count_writes(plane: ControlPlane, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    engine = plane.database.engine
    tasks: list[Any] = []
    write = engine.write

    async def counted(task: Any) -> Any:
        tasks.append(task)
        assert len(tasks) < 1000, "it spins"
        return await write(task)

    monkeypatch.setattr(engine, "write", counted)
    return tasks


def test_statements_beside_a_table_being_backfilled_are_one_write(
    filling: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = _count_writes(filling, monkeypatch)
    statements = [
        {"Statement": """INSERT INTO "music" VALUE {'pk': 'one', 'n': 1}"""},
        {"Statement": """UPDATE "filling" SET b = 1 WHERE pk = 'p'"""},
    ]
    answer = filling.call("BatchExecuteStatement", Statements=statements)
    assert [each.get("Error") for each in answer["Responses"]] == [None, None]
    assert len(tasks) == 1
    got = filling.call("GetItem", TableName="music", Key={"pk": {"S": "one"}})
    assert got["Item"]["n"] == {"N": "1"}


def test_an_item_that_changes_in_between_is_looked_at_again(
    filling: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = _count_writes(filling, monkeypatch)
    prefetch = write_module.prefetch
    changed = []

    async def then_changed(database: Any, writes: list[ItemWrite]) -> Any:
        seen = await prefetch(database, writes)
        if not changed:
            changed.append(True)
            await database.engine.write(Store(writes[0].key, OTHER))
        return seen

    monkeypatch.setattr(write_module, "prefetch", then_changed)
    filling.put({"pk": {"S": "p"}, "a": {"S": "mine"}}, table="filling")
    assert len(tasks) == 3, "refused once, then done"


def test_an_item_that_always_changes_in_between_is_given_up(
    filling: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = _count_writes(filling, monkeypatch)

    async def outdated(_database: Any, writes: list[ItemWrite]) -> Any:
        return {write.key: b"never" for write in writes}, []

    monkeypatch.setattr(write_module, "prefetch", outdated)
    with pytest.raises(StorageUnavailable):
        filling.put({"pk": {"S": "p"}}, table="filling")
    assert len(tasks) == write_module.MAX_ATTEMPTS
