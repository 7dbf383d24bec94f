"""A write of one item by itself, and the same among the tasks for any number of items."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.kernel.catalog_version import CatalogChanged
from jedlik.kernel.keyspaces import DUE_WORK
from jedlik.services.dynamodb.database.catalog import CatalogDraft
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.dynamodb.items.actions import ConditionGuard, Delete, Put
from jedlik.services.dynamodb.items.item_write import ItemWrite
from jedlik.services.dynamodb.items.single_write import SingleWrite
from jedlik.services.dynamodb.items.write import WriteItems, all_or_nothing
from jedlik.services.dynamodb.recording.versions import encode_version
from jedlik.services.dynamodb.tables.figures import Tally
from jedlik.services.dynamodb.tables.replicas import ACTIVE, Replica, Replication
from jedlik.storage.engine import Changes
from jedlik.values.image import Image
from jedlik.values.sizes import item_size
from tests.control_plane import ControlPlane, attributes, index, on_demand
from tests.properties import examples

PLAIN: dict[str, Any] = {}
INDEXED = {
    "AttributeDefinitions": attributes("pk", "a"),
    "GlobalSecondaryIndexes": [index("gsi", "a")],
}
STREAMED = {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}}
GUARD = ConditionGuard(None)
EARLIER, LATER = 1, 1 << 60
"""Times of versions, in microseconds: before the clock's, and after it."""

items = st.fixed_dictionaries(
    {"pk": st.just({"S": "p"})},
    optional={
        "a": st.sampled_from([{"S": "x"}, {"S": "y"}]),
        "n": st.integers(0, 1000).map(lambda number: {"N": str(number)}),
        "gone": st.integers(1_800_000_000, 1_800_000_500).map(lambda time: {"N": str(time)}),
    },
)


@pytest.fixture(scope="module")
def planes() -> Any:
    """Databases with a plain table, one with an index and a stream, one whose items expire, and
    one that has a replica."""
    found = []
    for settings_of_table in (PLAIN, {**INDEXED, **STREAMED}, STREAMED, STREAMED):
        plane = ControlPlane()
        plane.call("CreateTable", **{**on_demand(), **settings_of_table})
        found.append(plane)
    expiry = {"Enabled": True, "AttributeName": "gone"}
    found[2].call("UpdateTimeToLive", TableName="music", TimeToLiveSpecification=expiry)
    found[3].run(found[3].database.catalog.change(("music",), replicate))
    yield found
    for plane in found:
        plane.close()


def replicate(draft: CatalogDraft) -> None:
    replicas = (Replica("eu-west-1", ACTIVE),)
    replication = Replication(draft.new_id(), group="group", replicas=replicas)
    draft.put(replace(draft.existing("music"), replication=replication))


def image(item: Any) -> Image:
    return Image.of(item, item_size(item))


@examples(200)
@given(
    old=st.none() | items,
    new=st.none() | items,
    counted=st.none() | st.integers(1, 9),
    written=st.none() | st.sampled_from([EARLIER, LATER]),
)
def test_changes_are_those_of_the_general_task(
    planes: list[ControlPlane], old: Any, new: Any, counted: int | None, written: int | None
) -> None:
    for plane in planes:
        database = plane.database
        table: OpenTable = plane.run(database.table("music"))
        table = plane.run(database.table("music"))
        assert table.is_self_contained
        action = Delete(GUARD) if new is None else Put(image(new), GUARD)
        write = ItemWrite(table, table.key_of({"pk": {"S": "p"}}), action)
        single = SingleWrite(database, write)
        general = WriteItems(database, (write,), all_or_nothing, {}, ())
        assert single.keys == general.keys
        record = None
        if counted is not None:
            tally = Tally()
            tally.add(0, counted, 100 * counted)
            record = tally.applied_to(None)
        value = None if old is None else image(old).stored
        values = [database.catalog.version, record, value, *[None] * (len(single.keys) - 3)]
        if table.replication is not None and written is not None:
            version = encode_version(written, b"eu-west-1", 0, deleted=old is None)
            values[single.keys.index(table.replication.version_key(write.key))] = version
        one, other = single.decide(values), general.decide(values)
        assert unmarked(one) == unmarked(other)
        (outcome,) = other.result
        assert one.result.index_writes == outcome.index_writes
        assert (one.result.old is None, one.result.new is None) == (old is None, new is None)


def unmarked(changes: Changes[Any]) -> dict[bytes, Any]:
    """The changes; of jobs that are due only that they are there, as each task marks its own."""
    return {key: key.startswith(DUE_WORK) or value for key, value in changes.values.items()}


def test_a_table_as_it_was_is_no_longer_written_to(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    table = plane.run(plane.database.table("music"))
    write = ItemWrite(table, table.key_of({"pk": {"S": "p"}}), Delete(GUARD))
    task = SingleWrite(plane.database, write)
    with pytest.raises(CatalogChanged):
        task.decide([b"another version", None, None])
    plane.call("CreateTable", **on_demand("other"))
    plane.run(plane.database.catalog.refresh())
    with pytest.raises(CatalogChanged):
        SingleWrite(plane.database, write)
