"""A server reads what another one writes; anything else is refused, and crashes nothing."""

from __future__ import annotations

import contextlib
from base64 import b64encode
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.base.errors import ValidationException
from jedlik.base.turns import at_once
from jedlik.kernel.keyspaces import INDEX_PREFIX_SIZE
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.dynamodb.recording.replication_log import LOG_SHARDS
from jedlik.services.dynamodb.recording.versions import Version
from jedlik.services.dynamodb.regions.messages import (
    Batch,
    Change,
    Greeting,
    Log,
    Receipt,
    Span,
    Welcome,
)
from jedlik.services.dynamodb.replication.peers import wire
from jedlik.services.dynamodb.tables.key_schema import KeyAttribute, KeySchema
from jedlik.services.dynamodb.tables.model import Table
from jedlik.values.canonical import canonical_item
from jedlik.values.image import Image
from tests.properties import examples
from tests.strategies import items

SCHEMA = KeySchema((KeyAttribute("pk", "S"),), (KeyAttribute("sk", "N"),))
TABLE = OpenTable(Table(7, "uuid", "music", 0.0, SCHEMA, {"pk": "S", "sk": "N"}))

numbers = st.integers(0, 2**62)
names = st.text(min_size=1, max_size=10)
positions = st.tuples(*[numbers] * LOG_SHARDS)
logs = st.builds(Log, names, numbers)
regions = st.sampled_from(("", "eu-west-1", "us-gov-west-1"))
versions = st.builds(Version, st.integers(0, 2**62 - 1), regions)


@st.composite
def changes(draw: st.DrawFn) -> Change:
    item = draw(items) | {"pk": {"S": draw(names)}, "sk": {"N": str(draw(st.integers(-9, 9)))}}
    image = Image.of(item, canonical_item(item))
    key = TABLE.key_of_item(item)[INDEX_PREFIX_SIZE:]
    return Change(key, draw(versions), draw(st.sampled_from([image.stored, None])))


batches = st.builds(
    Batch,
    names,
    names,
    logs,
    st.none() | st.builds(Span, positions, positions),
    st.lists(changes(), max_size=2, unique_by=lambda change: change.item),
    numbers,
)


def sent(message: dict[str, Any]) -> Any:
    return orjson.loads(orjson.dumps(message))


@examples(60)
@given(batches)
def test_a_batch_comes_as_it_was(batch: Batch) -> None:
    came = sent(wire.batch_json(batch))
    read = wire.read_batch(came)
    assert read._replace(changes=at_once(wire.read_changes(TABLE, came["changes"]))) == batch


@examples(60)
@given(st.builds(Greeting, names, names, logs, positions, positions, numbers))
def test_a_greeting_comes_as_it_was(greeting: Greeting) -> None:
    assert wire.read_greeting(sent(wire.greeting_json(greeting))) == greeting


@examples(60)
@given(st.builds(Welcome, names, logs, st.none() | positions, numbers, numbers), numbers)
def test_answers_come_as_they_were(welcome: Welcome, applied: int) -> None:
    assert wire.read_welcome(sent(wire.welcome_json(welcome))) == welcome
    receipt = Receipt(applied, applied)
    assert wire.read_receipt(sent(wire.receipt_json(receipt))) == receipt


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2**65) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


@examples(100)
@given(batches, st.data(), anything)
def test_what_is_no_message_is_refused(batch: Batch, data: st.DataObject, other: Any) -> None:
    message = sent(wire.batch_json(batch))
    member = data.draw(st.sampled_from(sorted(message)))
    message[member] = other
    with contextlib.suppress(ValidationException):
        wire.read_batch(message)
        at_once(wire.read_changes(TABLE, message["changes"]))
        wire.read_greeting(message)


@pytest.mark.parametrize(
    "change",
    [
        [1, "us-east-1", {"pk": {"S": "a"}}],
        [1, "us-east-1", {"pk": {"S": "a"}, "sk": {"S": "1"}}],
        [1, "us-east-1", {"pk": {"S": ""}, "sk": {"N": "1"}}],
        [1, "us-east-1", {"pk": {"S": "a"}, "sk": {"N": "1"}, "x": {"Q": "1"}}],
        [1, "us-east-1", None, "AAAA"],
        [1, "us-east-1", None, "no base64"],
        [1, "us-east-1", None],
        [1, 2, None, "A" * 40],
        [-1, "us-east-1", None, "A" * 40],
        [True, "us-east-1", None, "A" * 40],
        [1 << 62, "us-east-1", {"pk": {"S": "a"}, "sk": {"N": "1"}}],
        [1, "us-east-1\0", {"pk": {"S": "a"}, "sk": {"N": "1"}}],
        [1, "x" * 100_000, {"pk": {"S": "a"}, "sk": {"N": "1"}}],
    ],
)
def test_what_is_no_change_of_an_item_is_refused(change: list[Any]) -> None:
    with pytest.raises(ValidationException):
        at_once(wire.read_changes(TABLE, [change]))


def test_two_changes_of_an_item_are_refused() -> None:
    change = [1, "us-east-1", {"pk": {"S": "a"}, "sk": {"N": "1"}}]
    with pytest.raises(ValidationException, match="one change"):
        at_once(wire.read_changes(TABLE, [change, change]))


def test_a_batch_has_so_many_changes_at_most() -> None:
    changes = [[1, "us-east-1", None, b64encode(number.to_bytes(16, "big")).decode()]
               for number in range(wire.MAX_CHANGES + 1)]  # fmt: skip
    assert len(at_once(wire.read_changes(TABLE, changes[1:]))) == wire.MAX_CHANGES
    with pytest.raises(ValidationException, match="up to 4096"):
        at_once(wire.read_changes(TABLE, changes))


def test_others_are_served_between_changes() -> None:
    changes = [[1, "eu-west-1", {"pk": {"S": "a"}, "sk": {"N": str(number)}}] for number in (1, 2)]
    assert len(list(wire.read_changes(TABLE, changes))) == 2
