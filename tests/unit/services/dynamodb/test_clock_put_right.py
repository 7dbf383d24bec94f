"""A clock that was wrong by a day and is corrected: what docs/operations.md says of each stored
time."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.base.errors import ExpiredIteratorException, IdempotentParameterMismatchException
from jedlik.kernel.keyspaces import TOKENS
from jedlik.services.dynamodb.background.token_sweep import TokenSweep
from jedlik.services.dynamodb.tables.stream import StreamSettings
from jedlik.values.keybytes import successor
from tests.control_plane import ControlPlane, on_demand
from tests.streams import iterator, names, streamed

DAY = 86_400


def put_right(plane: ControlPlane, seconds: float) -> None:
    """Set the clock, forward or back."""
    vars(plane.clock)["_now"] += seconds


def transact(plane: ControlPlane, value: str) -> Any:
    put = {"Put": {"TableName": "music", "Item": {"pk": {"S": "x"}, "v": {"S": value}}}}
    return plane.call("TransactWriteItems", TransactItems=[put], ClientRequestToken="t")


def tokens(plane: ControlPlane) -> int:
    """How many tokens are remembered, once those that are over were swept."""

    async def swept() -> int:
        await TokenSweep(plane.database).run_once()
        return len((await plane.database.engine.range(TOKENS, successor(TOKENS))).rows)

    return plane.run(swept())


def test_tokens_of_a_clock_that_was_ahead_are_remembered_longer(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    transact(plane, "1")
    put_right(plane, -DAY)
    with pytest.raises(IdempotentParameterMismatchException):
        transact(plane, "2")
    plane.clock.advance(601)
    assert tokens(plane) == 1
    plane.clock.advance(DAY)
    assert tokens(plane) == 0
    transact(plane, "2")


def test_tokens_of_a_clock_that_was_behind_are_forgotten_earlier(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    transact(plane, "1")
    put_right(plane, DAY)
    assert tokens(plane) == 0
    transact(plane, "2")


def test_iterators_expire_by_the_corrected_clock(plane: ControlPlane) -> None:
    arn = streamed(plane)
    position = iterator(plane, arn)
    put_right(plane, -DAY)
    plane.clock.advance(901)
    behind = plane.call("GetRecords", ShardIterator=position)["NextShardIterator"]
    put_right(plane, DAY)
    assert type(plane.refusal("GetRecords", ShardIterator=behind)) is ExpiredIteratorException


@pytest.mark.parametrize("off", [DAY, -DAY])
def test_records_are_trimmed_later_or_earlier(plane: ControlPlane, off: int) -> None:
    plane.database.stream_settings = StreamSettings(1, 1e9)
    put_right(plane, off)
    arn = streamed(plane)
    plane.put({"pk": {"S": "a"}, "n": {"N": "1"}})
    put_right(plane, -off)
    plane.clock.advance(DAY - 600)
    plane.run_jobs()
    assert names(plane, arn) == (["INSERT"] if off > 0 else [])
    plane.clock.advance(2 * DAY)
    plane.run_jobs()
    assert names(plane, arn) == []


@pytest.mark.parametrize("off", [DAY, -DAY])
def test_tables_become_active_later_or_at_once(off: int) -> None:
    plane = ControlPlane(transition_seconds=5)
    try:
        put_right(plane, off)
        plane.call("CreateTable", **on_demand())
        put_right(plane, -off)
        described = plane.call("DescribeTable", TableName="music")["Table"]["TableStatus"]
        assert described == ("CREATING" if off > 0 else "ACTIVE")
        plane.clock.advance(DAY + 6)
        described = plane.call("DescribeTable", TableName="music")["Table"]["TableStatus"]
        assert described == "ACTIVE"
    finally:
        plane.close()


@pytest.mark.parametrize("off", [DAY, -DAY])
def test_items_expire_by_the_clock_as_it_is(plane: ControlPlane, off: int) -> None:
    """Those that were not due are deleted by a clock that is ahead; by one that is behind, those
    that are due once it is right."""
    plane.call("CreateTable", **on_demand())
    expiry = {"Enabled": True, "AttributeName": "ttl"}
    plane.call("UpdateTimeToLive", TableName="music", TimeToLiveSpecification=expiry)
    now = int(plane.clock.now())
    for key, due in (("due", now - 60), ("tomorrow", now + DAY // 2), ("later", now + 2 * DAY)):
        plane.put({"pk": {"S": key}, "ttl": {"N": str(due)}})

    def left() -> set[str]:
        plane.run_jobs()
        return {item["pk"]["S"] for item in plane.call("Scan", TableName="music")["Items"]}

    put_right(plane, off)
    assert left() == ({"later"} if off > 0 else {"due", "tomorrow", "later"})
    put_right(plane, -off)
    assert left() == ({"later"} if off > 0 else {"tomorrow", "later"})
