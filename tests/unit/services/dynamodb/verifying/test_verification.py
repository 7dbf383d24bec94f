"""The findings of `verify` for each kind of damage; and that it finds nothing in an intact
store."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.kernel import keyspaces
from jedlik.services.dynamodb.background.maintenance import Maintenance
from jedlik.services.dynamodb.verifying.verification import Finding, Summary, Verification
from jedlik.storage.engine import Changes, Value
from jedlik.values import stored
from jedlik.values.sizes import item_size
from tests.control_plane import ControlPlane, attributes, index, on_demand
from tests.properties import examples

TABLE = {
    **on_demand("music", "artist", "/song:N"),
    "AttributeDefinitions": attributes("artist", "song:N", "genre", "year:N", "label"),
    "KeySchema": [
        {"AttributeName": "artist", "KeyType": "HASH"},
        {"AttributeName": "song", "KeyType": "RANGE"},
    ],
    "LocalSecondaryIndexes": [index("by-year", "artist", "/year", kind="KEYS_ONLY")],
    "GlobalSecondaryIndexes": [index("by-genre", "genre"), index("by-label", "label", "/song")],
}
ITEMS: list[dict[str, Any]] = [
    {
        "artist": {"S": f"artist {number % 3}"},
        "song": {"N": str(number)},
        "notes": {"M": {"stars": {"NS": ["1", "2.5"]}, "raw": {"B": "AAEC"}}},
        **({"genre": {"S": "jazz"}} if number % 2 else {}),
        **({"year": {"N": str(1950 + number)}} if number % 3 else {}),
        **({"label": {"S": "Blue"}} if number % 4 else {}),
    }
    for number in range(12)
]


@pytest.fixture
def store() -> Iterator[ControlPlane]:
    """A database with one table of 12 items and three indexes."""
    control = ControlPlane()
    control.call("CreateTable", **TABLE)
    control.put(*ITEMS)
    yield control
    control.close()


def verified(control: ControlPlane) -> tuple[Summary, list[Finding]]:
    findings: list[Finding] = []
    verification = Verification(control.database.engine, findings.append)
    summary = control.run(verification.run())
    assert summary.findings == len(findings)
    return summary, findings


def problems(control: ControlPlane) -> list[str]:
    return [f"{place}: {problem}" for place, problem in verified(control)[1]]


class Overwrite:
    """A task that puts and deletes what it is told, as no operation would."""

    keys = ()

    def __init__(self, values: dict[bytes, Value]) -> None:
        self.values = values

    def decide(self, _values: Any) -> Changes[None]:
        return Changes(self.values, None)


def damage(control: ControlPlane, values: dict[bytes, Value]) -> None:
    control.run(control.database.engine.write(Overwrite(values)))


def rows(control: ControlPlane, prefix: bytes) -> list[tuple[bytes, bytes]]:
    end = prefix[:-1] + bytes((prefix[-1] + 1,))
    return control.run(control.database.engine.range(prefix, end)).rows


def table_of(control: ControlPlane):
    return control.run(control.database.table("music"))


# --- Nothing to find -----------------------------------------------------------------------------


def test_an_empty_store():
    control = ControlPlane()
    assert verified(control) == (Summary(), [])
    control.close()


def test_a_sound_store(store):
    store.call(
        "TagResource", ResourceArn=store.table()["TableArn"], Tags=[{"Key": "a", "Value": "b"}]
    )
    summary, findings = verified(store)
    assert findings == []
    (table,) = summary.tables
    assert (table.name, table.items) == ("music", 12)
    assert table.size == store.table()["TableSizeBytes"]
    assert table.entries == {"by-year": 8, "by-genre": 6, "by-label": 9}
    assert summary.keys == len(rows(store, b"\x01")) + len(rows(store, b"\x02")) + 12 + 8 + 6 + 9
    assert summary.purged == 0


def test_tokens_of_transactions(store):
    put = {"Put": {"TableName": "music", "Item": ITEMS[0]}}
    store.call("TransactWriteItems", TransactItems=[put], ClientRequestToken="once")
    assert problems(store) == []
    ((key, value),) = rows(store, keyspaces.TOKENS)
    damage(store, {keyspaces.TOKEN_TIMES + value[:8] + key[2:]: None})
    (problem,) = problems(store)
    assert "is not listed under its time" in problem
    damage(store, {key: b"short"})
    assert "a record of 5 bytes" in problems(store)[0]
    damage(store, {key: None, b"\x04x": b""})
    assert "neither a token nor" in problems(store)[0]


@examples(25)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(("put", "delete")),
            st.integers(0, 3),
            st.sampled_from(("jazz", "blues", None)),
            st.sampled_from((1950, 1960, None)),
        ),
        max_size=12,
    )
)
def test_whatever_is_written_is_sound(writes):
    control = ControlPlane()
    control.call("CreateTable", **TABLE)
    for kind, song, genre, year in writes:
        key = {"artist": {"S": "a"}, "song": {"N": str(song)}}
        if kind == "delete":
            control.call("DeleteItem", TableName="music", Key=key)
            continue
        item = dict(key)
        if genre is not None:
            item["genre"] = {"S": genre}
        if year is not None:
            item["year"] = {"N": str(year)}
        control.put(item)
    assert problems(control) == []
    control.close()


def test_what_a_deleted_table_left_is_only_counted(store):
    store.call("DeleteTable", TableName="music")
    summary, findings = verified(store)
    assert findings == []
    assert summary.purged == 12 + 8 + 6 + 9
    store.run(Maintenance(store.database).run_once())
    summary, findings = verified(store)
    assert (summary.purged, findings) == (0, [])


def test_an_index_being_backfilled_may_lack_entries(store):
    create = {"Create": index("by-song", "song")}
    store.call(
        "UpdateTable",
        TableName="music",
        AttributeDefinitions=attributes("song:N"),
        GlobalSecondaryIndexUpdates=[create],
    )
    store.put({**ITEMS[0], "new": {"BOOL": True}})
    summary, findings = verified(store)
    assert findings == []
    assert summary.tables[0].entries["by-song"] < 12
    store.run(Maintenance(store.database).run_once())
    summary, findings = verified(store)
    assert findings == []
    assert summary.tables[0].entries["by-song"] == 12


def test_progress_comes_to_its_end(store):
    seen: list[tuple[int, int]] = []
    verification = Verification(
        store.database.engine, lambda _finding: None, lambda *done: seen.append(done)
    )
    summary = store.run(verification.run())
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1] == (summary.keys, summary.keys)


# --- Damage --------------------------------------------------------------------------------------


def some_item(control: ControlPlane, number: int = 7) -> tuple[bytes, bytes]:
    """Key and stored bytes of an item that every index has."""
    table = table_of(control)
    key = table.key_of({name: ITEMS[number][name] for name in ("artist", "song")})
    (value,) = control.run(control.database.engine.read([key]))
    return key, value


def some_entry(control: ControlPlane, name: str = "by-genre") -> tuple[bytes, bytes]:
    return rows(control, table_of(control).index(name).prefix)[0]


def broken_json(control: ControlPlane) -> dict[bytes, Value]:
    key, value = some_item(control)
    return {key: value[:-1]}


def no_item_at_all(control: ControlPlane) -> dict[bytes, Value]:
    return {some_item(control)[0]: b"\0\0\0\4null"}


def empty_item(control: ControlPlane) -> dict[bytes, Value]:
    return {some_item(control)[0]: b""}


def wrong_size(control: ControlPlane) -> dict[bytes, Value]:
    key, value = some_item(control)
    return {key: struct.pack(">I", stored.size_of(value) + 1) + value[4:]}


def odd_number(control: ControlPlane) -> dict[bytes, Value]:
    key, value = some_item(control)
    item = {**stored.decode(value), "notes": {"N": "1.0"}}
    return {key: stored.encode(item, item_size({**item, "notes": {"N": "1"}}))}


def other_key(control: ControlPlane) -> dict[bytes, Value]:
    key, value = some_item(control)
    return {key + b"\x01": value}


def missing_key_attribute(control: ControlPlane) -> dict[bytes, Value]:
    key, value = some_item(control)
    item = stored.decode(value)
    del item["song"]
    return {key: stored.encode(item, item_size(item))}


def lost_entry(control: ControlPlane) -> dict[bytes, Value]:
    return {some_entry(control)[0]: None}


def changed_entry(control: ControlPlane) -> dict[bytes, Value]:
    key, value = some_entry(control)
    item = {**stored.decode(value), "notes": {"NULL": True}}
    return {key: stored.encode(item, item_size(item))}


def lost_item(control: ControlPlane) -> dict[bytes, Value]:
    return {some_item(control)[0]: None}


def stray_entry(control: ControlPlane) -> dict[bytes, Value]:
    key, value = some_entry(control)
    prefix = table_of(control).index("by-genre").prefix
    return {prefix + b"\xff" * 16 + key[len(prefix) + 16 :]: value}


def entry_of_an_unknown_index(control: ControlPlane) -> dict[bytes, Value]:
    return {keyspaces.index_prefix(table_of(control).id, 99) + b"x" * 32: b""}


def row_of_an_unknown_table(control: ControlPlane) -> dict[bytes, Value]:
    return {keyspaces.index_prefix(77, 0) + b"x" * 16: b""}


def wrong_counter(control: ControlPlane) -> dict[bytes, Value]:
    ((key, value),) = rows(control, keyspaces.COUNTERS)
    entries = list(struct.iter_unpack(">Iqq", value))
    return {
        key: b"".join(
            struct.pack(">Iqq", id_, count + (id_ == 0), size) for id_, count, size in entries
        )
    }


def torn_counter(control: ControlPlane) -> dict[bytes, Value]:
    ((key, value),) = rows(control, keyspaces.COUNTERS)
    return {key[:-1] + b"\xee": value[:-1]}


def counter_of_an_unknown_table(control: ControlPlane) -> dict[bytes, Value]:
    return {keyspaces.counters_prefix(77) + b"\0": struct.pack(">Iqq", 0, 1, 1)}


def unknown_keyspace(_control: ControlPlane) -> dict[bytes, Value]:
    return {b"\x09what": b"", b"": b"", b"\xff": b""}


def unknown_catalog_key(_control: ControlPlane) -> dict[bytes, Value]:
    return {b"\x01z": b""}


def unreadable_table(_control: ControlPlane) -> dict[bytes, Value]:
    return {keyspaces.table_key("broken"): b'{"id": 9}'}


def renamed_table(control: ControlPlane) -> dict[bytes, Value]:
    ((_, value),) = rows(control, keyspaces.TABLES)
    return {keyspaces.table_key("copied"): value}


def id_beyond_the_last(_control: ControlPlane) -> dict[bytes, Value]:
    return {keyspaces.LAST_ID: b"\0\0\0\1"}


def short_version(_control: ControlPlane) -> dict[bytes, Value]:
    return {keyspaces.CATALOG_VERSION: b"\1"}


def torn_lists_of_changes(_control: ControlPlane) -> dict[bytes, Value]:
    return {keyspaces.KEY_RING_CHANGES: b"?", keyspaces.IDENTITY_CHANGES: b"?"}


def tags_of_an_unknown_table(_control: ControlPlane) -> dict[bytes, Value]:
    return {keyspaces.tags_key(77): b"{}"}


def tags_that_are_none(control: ControlPlane) -> dict[bytes, Value]:
    return {keyspaces.tags_key(table_of(control).id): b'{"a": 1}'}


def lease_that_is_none(_control: ControlPlane) -> dict[bytes, Value]:
    return {keyspaces.LEASES + b"x": b"?"}


def backfill_of_a_whole_index(control: ControlPlane) -> dict[bytes, Value]:
    table = table_of(control)
    return {keyspaces.backfill_key(table.id, table.indexes[0].id): b""}


def backfill_elsewhere(control: ControlPlane) -> dict[bytes, Value]:
    return {keyspaces.backfill_key(77, 78): b"\x03elsewhere"}


def purge_of_a_living_table(control: ControlPlane) -> dict[bytes, Value]:
    return {keyspaces.purge_key(table_of(control).id, 0): b"?"}


@pytest.mark.parametrize(
    ("make", "found"),
    [
        (broken_json, ["cannot be read"]),
        (no_item_at_all, ["cannot be read", "counters say"]),
        (empty_item, ["cannot be read", "counters say"]),
        (wrong_size, ["its header says", "counters say"]),
        (odd_number, ["not in its canonical form"]),
        (other_key, ["belongs under", "counters say 12 items"]),
        (missing_key_attribute, ["has no proper key", "Missing the key song"]),
        (lost_entry, ["has no entry in index by-genre", "there are 5 of"]),
        (changed_entry, ["another content than its entry in index by-genre"]),
        (lost_item, ["stands for an item that does not exist", "there are 11"]),
        (stray_entry, ["is not where its item's attributes lead", "there are 7"]),
        (entry_of_an_unknown_index, ["1 entries of an index that does not exist (id 99)"]),
        (row_of_an_unknown_table, ["table id 77: 1 items or entries of a table that does not"]),
        (wrong_counter, ["its counters say 13 items"]),
        (torn_counter, ["a key of 6 bytes with"]),
        (counter_of_an_unknown_table, ["counts for the table id 77"]),
        (unknown_keyspace, ["key : belongs to no", "key 0977686174:", "key ff:"]),
        (unknown_catalog_key, ["no key that a catalog has"]),
        (unreadable_table, ["table broken: its description cannot be read"]),
        (renamed_table, ["table copied: its description is that of music", "has the id"]),
        (id_beyond_the_last, ["index by-year of table music: has the id 2; the last one"]),
        (short_version, ["catalog version: 1 bytes"]),
        (
            torn_lists_of_changes,
            ["changes of identities: 1 bytes that are not a list", "changes of key rings: 1 bytes"],
        ),
        (tags_of_an_unknown_table, ["tags of id 77: there is no such table or stream"]),
        (tags_that_are_none, ["tags that are not a JSON object of strings"]),
        (lease_that_is_none, ["a lease that is not a JSON object"]),
        (backfill_of_a_whole_index, ["there is no such index being backfilled"]),
        (backfill_elsewhere, ["belongs to no item of its table"]),
        (purge_of_a_living_table, ["is due to be purged, and is not DELETING", "has a value"]),
    ],
)
def test_damage_is_found(
    store: ControlPlane, make: Callable[[ControlPlane], dict[bytes, Value]], found: list[str]
) -> None:
    assert problems(store) == []
    damage(store, make(store))
    told = "\n".join(problems(store))
    for text in found:
        assert text in told


@examples(60)
@given(data=st.data())
def test_any_flipped_byte_of_an_item_is_found_or_harmless(data):
    """And nothing that is stored makes the walk itself fail."""
    control = ControlPlane()
    control.call("CreateTable", **TABLE)
    control.put(ITEMS[7])
    everything = rows(control, b"\x01") + rows(control, b"\x02") + rows(control, b"\x03")
    key, value = data.draw(st.sampled_from([row for row in everything if row[1]]))
    place = data.draw(st.integers(0, len(value) - 1))
    byte = data.draw(st.integers(0, 255))
    changed = value[:place] + bytes((byte,)) + value[place + 1 :]
    damage(control, {key: changed})
    told = problems(control)
    if key.startswith(keyspaces.ITEMS) and not _same_json(value, changed):
        assert told
    control.close()


def _same_json(value: bytes, changed: bytes) -> bool:
    if value[:4] != changed[:4]:
        return False
    try:
        return bool(orjson.loads(value[4:]) == orjson.loads(changed[4:]))
    except orjson.JSONDecodeError:
        return False


def test_ledgers_of_capacity() -> None:
    control = ControlPlane(capacity="enforced")
    control.call("CreateTable", **TABLE)
    control.put(ITEMS[0])
    control.pass_seconds(1.0)
    assert rows(control, keyspaces.LEDGERS)
    assert problems(control) == []
    damage(control, {keyspaces.ledger_key(99): b'{"levels":{}}'})
    (key,) = [key for key, _ in rows(control, keyspaces.LEDGERS) if key[-1] != 99]
    damage(control, {key: b'{"levels":[]}'})
    assert problems(control) == [
        f"ledger {key.hex()}: its record cannot be read",
        f"ledger {keyspaces.ledger_key(99).hex()}: is of the table id 99, which does not exist",
    ]
    control.close()
