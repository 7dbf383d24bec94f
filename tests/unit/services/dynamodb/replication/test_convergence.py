"""Whatever happens, in any order: in the end all regions have the last writes.

Three regions with clocks of their own, a network that loses, repeats, delays and reorders, and
processes that forget everything but their store. Each write is noted with the version that it was
given; the latest of an item decides what it is everywhere.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from jedlik.kernel.keyspaces import EXPIRIES
from jedlik.services.dynamodb.recording.versions import MICROSECONDS, Version
from jedlik.services.dynamodb.regions.messages import PositionMismatch
from jedlik.services.dynamodb.replication.receiving import receive
from jedlik.services.dynamodb.verifying.verification import Finding, Verification
from jedlik.values.keybytes import successor
from tests.control_plane import attributes, index
from tests.kinesis_reader import Reader
from tests.properties import examples
from tests.regions import Wire, World

NAMES = ("ap-south-1", "eu-west-1", "us-east-1")
PAIRS = [(origin, target) for origin in NAMES for target in NAMES if origin != target]
LONG = 10**9

regions = st.sampled_from(NAMES)
pairs = st.sampled_from(PAIRS)
keys = st.sampled_from("abc")
values = st.sampled_from("xyz")


class Replicas(RuleBasedStateMachine):
    """The regions, and what is known of every write."""

    def __init__(self) -> None:
        super().__init__()
        self.written: dict[str, dict[Version, Wire | None]] = {}
        self.expired: Counter[str] = Counter()

    @initialize(skews=st.lists(st.sampled_from([0.0, 0.5, 3.0]), min_size=3, max_size=3))
    def begin(self, skews: list[float]) -> None:
        self.world = World(*NAMES, skews=skews)
        self.world.replicate(
            AttributeDefinitions=attributes("pk", "value"),
            GlobalSecondaryIndexes=[index("by-value", "value")],
        )
        specification = {"Enabled": True, "AttributeName": "ttl"}
        for name in NAMES:
            self.world.call(name, "UpdateTimeToLive", TimeToLiveSpecification=specification)

    def note(self, region: str, key: str, after: Wire | None) -> None:
        """Note the version that a write of a region was given."""
        found = self.world.version(region, key)
        assert found is not None
        assert found.version.region == region
        assert found.version.time >= int(self.world.regions[region].clock.now() * MICROSECONDS)
        assert found.deleted == (after is None)
        noted = self.written.setdefault(key, {})
        assert found.version not in noted
        noted[found.version] = after

    @rule(region=regions, key=keys, value=values, expires=st.sampled_from([None, 1, 3]))
    def put(self, region: str, key: str, value: str, expires: int | None) -> None:
        item: Wire = {"pk": {"S": key}, "value": {"S": value}}
        if expires is not None:
            item["ttl"] = {"N": str(int(self.world.regions[region].clock.now()) + expires)}
        self.world.call(region, "PutItem", Item=item)
        self.note(region, key, item)

    @rule(region=regions, key=keys)
    def delete(self, region: str, key: str) -> None:
        self.world.call(region, "DeleteItem", Key={"pk": {"S": key}})
        self.note(region, key, None)

    @rule(region=regions, some=st.dictionaries(keys, st.none() | values, min_size=1))
    def transact(self, region: str, some: dict[str, str | None]) -> None:
        actions: list[dict[str, Any]] = []
        for key, value in some.items():
            table: dict[str, Any] = {"TableName": "music"}
            item: Wire = {"pk": {"S": key}, "value": {"S": value or ""}}
            if value is None:
                actions.append({"Delete": {**table, "Key": {"pk": {"S": key}}}})
            else:
                actions.append({"Put": {**table, "Item": item}})
        self.world.call(region, "TransactWriteItems", TransactItems=actions)
        for key, value in some.items():
            after: Wire = {"pk": {"S": key}, "value": {"S": value or ""}}
            self.note(region, key, None if value is None else after)

    @rule(region=regions, seconds=st.sampled_from([1, 4]))
    def expire(self, region: str, seconds: int) -> None:
        self.world.advance(seconds)
        self.sweep(region)

    def sweep(self, region: str) -> None:
        """Delete what has expired in a region."""
        before = self.world.items(region)
        self.world.run_jobs(region)
        for key in before.keys() - self.world.items(region).keys():
            self.expired[region] += 1
            self.note(region, key, None)

    @rule(
        pair=pairs,
        fate=st.sampled_from(["deliver", "deliver", "twice", "lose", "late", "unanswered"]),
        delay=st.sampled_from([0.0, 1.0]),
    )
    def send(self, pair: tuple[str, str], fate: str, delay: float) -> None:
        self.world.network.fate = fate
        self.world.send(*pair, delay)
        self.world.network.fate = "deliver"

    @rule(place=st.integers(0, 5))
    def arrive(self, place: int) -> None:
        """A batch comes in late, with others before and behind it."""
        late = self.world.network.late
        if late:
            target, batch = late.pop(place % len(late))
            try:
                self.world.run(receive(self.world.regions[target].database, batch))
            except PositionMismatch:
                return

    @rule(pair=pairs)
    def pause_or_resume(self, pair: tuple[str, str]) -> None:
        self.world.network.cut ^= {pair}

    @rule(region=regions)
    def restart(self, region: str) -> None:
        self.world.regions[region].restart()
        for other in self.world.regions.values():
            other.senders.clear()

    @rule(seconds=st.sampled_from([0.0005, 0.5]))
    def wait(self, seconds: float) -> None:
        self.world.advance(seconds)

    def teardown(self) -> None:
        if hasattr(self, "world"):
            try:
                self.check()
            finally:
                self.world.close()

    def check(self) -> None:
        """Once it is quiet, all regions are equal, and equal to what was written last."""
        while self.world.network.late:
            self.arrive(0)
        self.world.network.cut.clear()
        self.world.settle()
        self.world.settle()
        expected = {}
        for key, versions in self.written.items():
            latest = versions[max(versions)]
            if latest is not None:
                expected[key] = latest
        for name in NAMES:
            assert self.world.items(name) == expected, name
            assert self.world.waiting(name) == 0
            self.check_streams(name)
            self.check_store(name)

    def check_streams(self, region: str) -> None:
        """The stream's records lead from nothing to what is there."""
        stream = self.world.call(region, "DescribeTable")["Table"]["LatestStreamArn"]

        def call(operation: str, **payload: Any) -> dict[str, Any]:
            return self.world.call(region, operation, **payload)

        state: dict[str, Wire] = {}
        by_service = 0
        for record in Reader(call, stream).poll():
            change = record["dynamodb"]
            key = change["Keys"]["pk"]["S"]
            assert state.get(key) == change.get("OldImage")
            state.pop(key, None)
            if "NewImage" in change:
                state[key] = change["NewImage"]
            by_service += "userIdentity" in record
        assert state == self.world.items(region)
        # Where it was found, and in no other region's stream.
        assert by_service == self.expired[region]

    def check_store(self, region: str) -> None:
        """Indexes, counters and expiry entries follow the items."""
        findings: list[Finding] = []
        engine = self.world.regions[region].engine
        self.world.run(Verification(engine, findings.append).run())
        assert findings == []
        expiries = self.world.run(engine.range(EXPIRIES, successor(EXPIRIES))).rows
        assert len(expiries) == sum("ttl" in item for item in self.world.items(region).values())


TestReplicas = Replicas.TestCase
TestReplicas.settings = examples(40, stateful_step_count=30)
