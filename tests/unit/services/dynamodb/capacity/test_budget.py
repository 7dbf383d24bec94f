"""Budgets: partitions by hash, debts, sleep and credit, and where a hot partition is cut."""

from __future__ import annotations

import pytest

from jedlik.base.errors import ServiceError
from jedlik.kernel.keyspaces import INDEX_PREFIX_SIZE
from jedlik.services.dynamodb.capacity.budget import CREDIT_SECONDS, TableBudget
from jedlik.services.dynamodb.capacity.limits import Limit, Limits
from jedlik.services.dynamodb.capacity.refusals import (
    KEY_RANGE,
    PROVISIONED_THROUGHPUT,
    Metered,
    Shortage,
)
from jedlik.values.keybytes import HASH_SIZE

LIMIT = Limit(100.0, 300.0, PROVISIONED_THROUGHPUT)


def key(hashed: bytes) -> bytes:
    """A key of the store whose hash begins with these bytes."""
    return bytes(INDEX_PREFIX_SIZE) + hashed.ljust(HASH_SIZE, b"\x00") + b"sort"


class Table:
    def __init__(self, partitions: int = 1) -> None:
        self.woken: list[TableBudget] = []
        self.short: list[Shortage] = []
        resource = Metered("arn:of:t", is_index=False, on_demand=False)
        self.budget = TableBudget(
            1, resource, Limits(LIMIT, LIMIT, partitions), self.woken.append, self.short.append
        )
        self.reads = self.budget.own.read


def test_a_table_wakes_on_credit_and_the_debt_is_paid_before_more_is_admitted() -> None:
    table = Table()
    partition = table.reads.admit(key(b"a"))
    assert table.woken == [table.budget]
    assert table.reads.left == table.reads.credit == 100.0 * CREDIT_SECONDS
    partition.charge(100.0)
    assert table.reads.left == -75.0
    with pytest.raises(ServiceError):
        table.reads.admit(key(b"a"))
    assert [shortage.cause for shortage in table.short] == [PROVISIONED_THROUGHPUT]
    assert table.reads.refused == 1
    table.reads.left = 0.0
    assert not partition.has_room
    with pytest.raises(ServiceError):
        table.reads.admit(key(b"a"))
    assert table.short[-1].cause == PROVISIONED_THROUGHPUT, "it is the table that has nothing left"
    assert (table.reads.refused, partition.samples) == (2, [])
    table.reads.left = 1.0
    assert table.reads.admit(key(b"a")) is partition


def test_a_table_that_sleeps_has_nothing() -> None:
    table = Table(partitions=2)
    table.budget.wake()
    table.budget.sleep()
    assert {balance.left for balance in table.budget.balances()} == {0.0}
    table.reads.admit(key(b"a"))
    assert len(table.woken) == 2


@pytest.mark.parametrize(
    ("stored", "consistent", "units"),
    [
        (None, True, 1.0),
        (None, False, 0.5),
        (b"\x00" * 4096, True, 1.0),
        # A stored item begins with its size, here of 4097 bytes and of 8192.
        (b"\x00\x00\x10\x01" + b"x" * 4097, True, 2.0),
        (b"\x00\x00\x20\x00" + b"x" * 8192, False, 1.0),
    ],
)
def test_reads_are_charged_by_four_kilobytes(
    stored: bytes | None, consistent: bool, units: float
) -> None:
    table = Table()
    partition = table.reads.at(key(b"a"))
    partition.charge_read(stored, consistent)
    assert (partition.left, table.reads.left) == (-units, -units)


def test_even_partitions_and_splits_by_their_starts() -> None:
    table = Table(partitions=4)
    starts = [partition.start[:1] for partition in table.reads.partitions]
    assert starts == [b"", b"\x40", b"\x80", b"\xc0"]
    assert table.reads.at(key(b"\x3f\xff")).start == b""
    assert table.reads.at(key(b"\x40")).start[:1] == b"\x40"
    kept = table.reads.partitions[1]
    table.budget.own.partition(4, [b"\x50".ljust(HASH_SIZE, b"\x00")])
    assert [partition.start[:1] for partition in table.reads.partitions] == [
        b"", b"\x40", b"\x50", b"\x80", b"\xc0",
    ]  # fmt: skip
    assert table.reads.partitions[1] is kept, "what was there keeps its balance"
    table.budget.wake()
    assert table.reads.admit(key(b"\x4f\xff")) is kept
    assert table.reads.admit(key(b"\x50")) is table.reads.partitions[2]


def test_a_split_within_a_byte_is_found_too() -> None:
    table = Table()
    table.budget.own.partition(1, [b"\x50\x80".ljust(HASH_SIZE, b"\x00")])
    table.budget.wake()
    assert table.reads.admit(key(b"\x50\x7f")).start == b""
    assert table.reads.admit(key(b"\x50\x80")).start[:2] == b"\x50\x80"


def test_a_partition_runs_out_before_its_table_does() -> None:
    table = Table(partitions=2)
    table.budget.wake()
    table.reads.left = 10_000.0
    hot, cold = table.reads.partitions
    hot.left = 0.0
    with pytest.raises(ServiceError):
        table.reads.admit(key(b"\x01\x02"))
    assert table.short[0].cause == KEY_RANGE
    assert (hot.refused, table.reads.refused) == (1, 0)
    assert hot.samples == [b"\x01\x02".ljust(HASH_SIZE, b"\x00")], "where to cut it"
    assert table.reads.is_short
    assert table.reads.admit(key(b"\xff")) is cold


def test_new_partitions_of_a_table_in_use_have_credit() -> None:
    table = Table()
    table.budget.own.partition(2, ())
    assert table.reads.partitions[1].left == 0.0
    table.budget.wake()
    table.budget.own.partition(4, ())
    assert all(partition.left > 0.0 for partition in table.reads.partitions)


def test_other_limits_bind_from_then_on_and_never_take_partitions_away() -> None:
    table = Table(partitions=4)
    resource = table.reads.resource
    less = Limit(5.0, 1.0, "OnDemand")
    table.budget.own.take(resource, Limits(less, LIMIT, 1))
    assert (table.reads.limit, table.reads.cause) == (less, "OnDemand")
    assert table.budget.own.write.limit == LIMIT
    assert len(table.reads.partitions) == 4
