"""A reader of a stream sees exactly the changes that a model predicts, whatever happens between."""

from __future__ import annotations

from itertools import islice
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from jedlik.services.dynamodb.background.background import table_jobs
from jedlik.services.dynamodb.streams.streams import RETENTION
from jedlik.services.dynamodb.tables.stream import HASHES, StreamSettings
from jedlik.services.dynamodb.verifying.verification import Finding, Verification
from tests.control_plane import ControlPlane, on_demand
from tests.kinesis_reader import Reader
from tests.properties import examples

Item = dict[str, dict[str, Any]]
Change = tuple[str, Item | None, Item | None]
"""Event name, old image, new image."""

LIFETIME = 3600.0
VALUES: list[dict[str, Any]] = [
    {"S": "x"},
    {"S": "xy"},
    {"N": "1"},
    {"SS": ["a", "b"]},
    {"SS": ["b", "a"]},
    {"L": [{"NS": ["2", "1"]}]},
    {"L": [{"NS": ["1", "2"]}]},
]

keys = st.sampled_from([f"item {number}" for number in range(12)])
values = st.sampled_from(VALUES)
view_types = st.sampled_from(["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"])


def _meaning(value: dict[str, Any]) -> Any:
    """A value with its sets as sets."""
    ((kind, content),) = value.items()
    if kind in ("SS", "NS"):
        return kind, frozenset(content)
    return kind, list(map(_meaning, content)) if kind == "L" else content


def _same(one: Item | None, other: Item | None) -> bool:
    if one is None or other is None:
        return one is other
    return {name: _meaning(value) for name, value in one.items()} == {
        name: _meaning(value) for name, value in other.items()
    }


class StreamMachine(RuleBasedStateMachine):
    """A table that is written to, with a stream that is rotated, split, trimmed and read."""

    def __init__(self) -> None:
        super().__init__()
        self.plane = ControlPlane()
        self.items: dict[str, Item] = {}
        self.expected: dict[str, list[Change]] = {}
        self.seen: dict[str, int] = {}
        self.event_ids: set[str] = set()
        self.state: dict[str, str] = {}

    def teardown(self) -> None:
        try:
            if hasattr(self, "arn"):
                self.read_all()
                self._verify()
        finally:
            self.plane.close()

    @initialize(view=view_types, shards=st.integers(1, 5))
    def begin(self, view: str, shards: int) -> None:
        self.shards = shards
        self.view = view
        self._restarted()
        specification = {"StreamEnabled": True, "StreamViewType": view}
        self.plane.call("CreateTable", **on_demand("t", StreamSpecification=specification))
        self.arn = self.plane.table("t")["LatestStreamArn"]
        self.read_at = self.plane.clock.now()

    def _restarted(self) -> None:
        self.plane.restart()
        self.plane.database.stream_settings = StreamSettings(self.shards, LIFETIME)
        self.upkeep = table_jobs(self.plane.database)

    def _changed(self, key: str, new: Item | None) -> None:
        old = self.items.pop(key, None)
        if new is not None:
            self.items[key] = new
        if not _same(old, new):
            name = "INSERT" if old is None else "REMOVE" if new is None else "MODIFY"
            self.expected.setdefault(key, []).append((name, old, new))

    @rule(key=keys, value=values, swapped=st.booleans())
    def put(self, key: str, value: dict[str, Any], swapped: bool) -> None:
        item: Item = {"pk": {"S": key}, "v": value}
        if swapped:
            item = dict(reversed(item.items()))
        self.plane.call("PutItem", TableName="t", Item=item)
        self._changed(key, item)

    @rule(key=keys, value=values)
    def update(self, key: str, value: dict[str, Any]) -> None:
        request = {"UpdateExpression": "SET v = :v", "ExpressionAttributeValues": {":v": value}}
        self.plane.call("UpdateItem", TableName="t", Key={"pk": {"S": key}}, **request)
        self._changed(key, {**self.items.get(key, {"pk": {"S": key}}), "v": value})

    @rule(key=keys)
    def delete(self, key: str) -> None:
        self.plane.call("DeleteItem", TableName="t", Key={"pk": {"S": key}})
        self._changed(key, None)

    @rule(some=st.dictionaries(keys, values | st.none(), min_size=2, max_size=6))
    def transact(self, some: dict[str, dict[str, Any] | None]) -> None:
        actions = []
        for key, value in some.items():
            item: Item = {"pk": {"S": key}}
            if value is None:
                actions.append({"Delete": {"TableName": "t", "Key": item}})
            else:
                actions.append({"Put": {"TableName": "t", "Item": {**item, "v": value}}})
        self.plane.call("TransactWriteItems", TransactItems=actions)
        for key, value in some.items():
            self._changed(key, None if value is None else {"pk": {"S": key}, "v": value})

    @rule(key=keys)
    def refused(self, key: str) -> None:
        self.plane.refusal(
            "PutItem",
            TableName="t",
            Item={"pk": {"S": key}, "v": {"S": "refused"}},
            ConditionExpression="attribute_exists(nowhere)",
        )

    @rule(shards=st.integers(1, 6))
    def restart(self, shards: int) -> None:
        self.shards = shards
        self._restarted()

    @rule(seconds=st.sampled_from([1.0, LIFETIME / 2, LIFETIME]))
    def time_passes(self, seconds: float) -> None:
        if self.plane.clock.now() + seconds > self.read_at + RETENTION:
            self.read_all()
        self.plane.clock.advance(seconds)
        self.plane.run(self.upkeep.run_once())

    @rule(limit=st.integers(1, 5), most=st.integers(1, 20))
    def read_some(self, limit: int, most: int) -> None:
        """A reader that stops, and whose checkpoints another one takes up."""
        reader = Reader(self.plane.call, self.arn, self.state, limit)
        for record in islice(reader.poll(), most):
            self._see(record)

    @rule()
    def read_all(self) -> None:
        for record in Reader(self.plane.call, self.arn, self.state).poll():
            self._see(record)
        assert self.seen == {key: len(changes) for key, changes in self.expected.items()}
        self.read_at = self.plane.clock.now()

    def _verify(self) -> None:
        findings: list[Finding] = []
        self.plane.run(Verification(self.plane.database.engine, findings.append).run())
        assert findings == []

    def _see(self, record: dict[str, Any]) -> None:
        """The record is of the next change of its item."""
        assert record["eventID"] not in self.event_ids
        self.event_ids.add(record["eventID"])
        body = record["dynamodb"]
        key = body["Keys"]["pk"]["S"]
        assert body["Keys"] == {"pk": {"S": key}}
        name, old, new = self.expected[key][self.seen.get(key, 0)]
        self.seen[key] = self.seen.get(key, 0) + 1
        assert record["eventName"] == name
        has_new = self.view in ("NEW_IMAGE", "NEW_AND_OLD_IMAGES")
        has_old = self.view in ("OLD_IMAGE", "NEW_AND_OLD_IMAGES")
        assert _same(body.get("NewImage"), new if has_new else None)
        assert _same(body.get("OldImage"), old if has_old else None)

    @invariant()
    def shards_cover_all_hashes(self) -> None:
        table = self.plane.run(self.plane.database.catalog.current("t"))
        assert table is not None
        assert table.stream is not None
        shards = sorted(table.stream.shards, key=lambda shard: shard.low)
        assert [shard.low for shard in shards] == [0, *(shard.high + 1 for shard in shards[:-1])]
        assert shards[-1].high == HASHES - 1


StreamMachine.TestCase.settings = examples(80, stateful_step_count=40)
test_the_reader_sees_what_the_model_predicts = StreamMachine.TestCase
