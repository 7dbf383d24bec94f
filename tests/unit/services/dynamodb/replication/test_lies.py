"""Changes from a region that lies, or whose clock is wrong."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.base.errors import ServiceError
from jedlik.kernel.keyspaces import INDEX_PREFIX_SIZE
from jedlik.services.dynamodb.recording.replication_log import LOG_SHARDS, Position
from jedlik.services.dynamodb.recording.versions import MICROSECONDS, Version
from jedlik.services.dynamodb.regions.messages import (
    Batch,
    Change,
    Greeting,
    Log,
    PositionMismatch,
    ReplicaRefused,
    Span,
    Welcome,
)
from jedlik.services.dynamodb.replication.progress import applied_key, decode_applied, incarnation
from jedlik.services.dynamodb.replication.receiving import (
    MAX_AHEAD_MICROSECONDS,
    answer_greeting,
    receive,
)
from jedlik.values.canonical import canonical_item
from jedlik.values.image import Image
from tests.properties import examples
from tests.regions import TABLE, World, replicated

A, B, C = "ap-south-1", "eu-west-1", "us-east-1"
KEYS = ("a", "b", "c")
START = (0,) * LOG_SHARDS


@pytest.fixture
def world() -> Iterator[World]:
    """Two regions that have greeted each other."""
    with replicated(A, B) as world:
        yield world


def now(world: World, region: str = A) -> int:
    return int(world.regions[region].clock.now() * MICROSECONDS)


def log_of(world: World, region: str) -> Log:
    """Which its log is, as the others were told."""
    replication = world.table(region).replication
    assert replication is not None
    return Log(world.run(incarnation(world.regions[region].database)), replication.id)


def change(world: World, key: str, time: int, value: str | None, region: str = B) -> Change:
    """A change of an item, or (None) its deletion."""
    wire: Any = {"pk": {"S": key}, "value": {"S": value or ""}}
    item = world.table(A).key_of_item(wire)[INDEX_PREFIX_SIZE:]
    stored = None if value is None else Image.of(wire, canonical_item(wire)).stored
    return Change(item, Version(time, region), stored)


def bring(world: World, *changes: Change, complete_at: int = 0) -> int:
    """Have A take changes from B; how many were later than what was there."""
    batch = Batch(B, TABLE, log_of(world, B), None, list(changes), complete_at)
    return world.run(receive(world.regions[A].database, batch)).applied


def test_what_comes_twice_or_late_changes_nothing(world: World) -> None:
    first, second = now(world), now(world) + 1
    assert bring(world, change(world, "a", second, "new")) == 1
    assert bring(world, change(world, "a", second, "new")) == 0
    assert bring(world, change(world, "a", first, None)) == 0
    assert world.items(A)["a"]["value"] == {"S": "new"}


def test_the_position_in_an_older_copy_of_a_log_is_never_further_than_the_copy(
    world: World,
) -> None:
    """Else changes that the copy makes afterwards would be taken for those that had come before."""
    database, log = world.regions[A].database, log_of(world, B)

    def greet(last: int) -> Position | None:
        last_position = (last,) * LOG_SHARDS
        greeting = Greeting(B, TABLE, log, START, last_position, 0)
        return world.run(answer_greeting(database, greeting)).position

    begun = greet(20)
    assert begun is not None
    span = Span(begun, (20,) * LOG_SHARDS)
    world.run(receive(database, Batch(B, TABLE, log, span, [], 0)))
    assert greet(20) == (20,) * LOG_SHARDS
    assert greet(5) == (5,) * LOG_SHARDS
    assert greet(30) == (5,) * LOG_SHARDS, "what comes after the copy has not come"


def test_times_are_at_most_so_far_ahead_and_what_follows_them_is_sent(world: World) -> None:
    limit = now(world) + MAX_AHEAD_MICROSECONDS
    with pytest.raises(ReplicaRefused, match="100 years ahead"):
        bring(world, change(world, "a", limit + 1, "too far"))
    assert world.items(A) == {}
    bring(world, change(world, "a", limit, "far"))
    world.call(A, "PutItem", Item={"pk": {"S": "a"}})
    version = world.version(A, "a")
    assert version is not None
    assert version.version == (limit + 1, A)
    with pytest.raises(ReplicaRefused):
        world.settle()
    world.advance(0.001)
    world.settle()
    assert world.items(B) == world.items(A) == {"a": {"pk": {"S": "a"}}}


def test_a_clock_that_runs_ahead_does_not_say_what_is_complete(world: World) -> None:
    bring(world, complete_at=now(world) + 10**12)
    table = world.table(A)
    assert table.replication is not None
    database = world.regions[A].database
    key = applied_key(table.id, table.replication.id, B)
    applied = decode_applied(world.run(database.store.read((key,)))[0])
    assert applied is not None
    assert applied.complete_at == now(world)


positions = st.just(START) | st.tuples(*[st.integers(0, 10**6)] * LOG_SHARDS)
times = st.integers(-5 * MICROSECONDS, 5 * MICROSECONDS) | st.integers(0, MAX_AHEAD_MICROSECONDS)
"""Before and after the clock's."""
lies = st.fixed_dictionaries(
    {
        "region": st.sampled_from((B, C, A)),
        "log": st.sampled_from((B, C, "unknown")),
        "span": st.none() | st.tuples(positions, positions),
        "changes": st.lists(
            st.tuples(
                st.sampled_from(KEYS), times, st.none() | st.just("lie"), st.sampled_from((A, B, C))
            ),
            max_size=3,
            unique_by=lambda each: each[0],
        ),
        "complete": st.sampled_from((0, 10**17)),
        "greeting": st.booleans(),
        "twice": st.booleans(),
    }
)


def lie_to(world: World, lie: dict[str, Any]) -> Batch | Greeting:
    """A message that says what is not so."""
    logs = {region: log_of(world, region) for region in (B, C)}
    log = logs.get(lie["log"], Log("unknown", 1))
    span: tuple[Position, Position] = lie["span"] or (START, START)
    if lie["greeting"]:
        return Greeting(lie["region"], TABLE, log, *span, lie["complete"])
    changes = [
        change(world, key, now(world) + time, value, region)
        for key, time, value, region in lie["changes"]
    ]
    told = None if lie["span"] is None else Span(*span)
    return Batch(lie["region"], TABLE, log, told, changes, lie["complete"])


@examples(80)
@given(st.lists(lies, max_size=5))
def test_what_is_written_after_lies_comes_everywhere(told: list[dict[str, Any]]) -> None:
    world = World(A, B, C)
    try:
        world.replicate()
        world.settle()
        for number, lie in enumerate(told):
            database = world.regions[A].database
            message = lie_to(world, lie)
            for _ in range(1 + lie["twice"]):
                tell = answer_greeting if isinstance(message, Greeting) else receive
                with contextlib.suppress(ServiceError, PositionMismatch, ReplicaRefused):
                    assert isinstance(world.run(tell(database, message)), tuple | Welcome)  # type: ignore[arg-type]
            origin = (A, B, C)[number % 3]
            world.call(origin, "PutItem", Item={"pk": {"S": f"own-{number}"}})
        world.settle()
        for key in KEYS:  # who was lied to has seen the latest there is
            world.call(A, "PutItem", Item={"pk": {"S": key}, "value": {"S": "honest"}})
        world.advance(0.001)
        world.settle()
        assert world.items(A) == world.items(B) == world.items(C)
        assert all(world.items(B)[key]["value"] == {"S": "honest"} for key in KEYS)
        assert {f"own-{number}" for number in range(len(told))} <= world.items(A).keys()
    finally:
        world.close()
