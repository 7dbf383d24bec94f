"""The quotas of the account on capacity (developer guide, "Quotas"): settings of the server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import orjson

from jedlik.base.errors import LimitExceededException
from jedlik.base.limits import MAX_ACCOUNT_CAPACITY_UNITS, MAX_TABLE_CAPACITY_UNITS
from jedlik.base.turns import give_way
from jedlik.kernel.keyspaces import TABLES
from jedlik.kernel.rows import pages
from jedlik.services.dynamodb.tables.model import PROVISIONED, Table
from jedlik.services.dynamodb.tables.throughput.members import UNITS
from jedlik.storage.engine import Reads
from jedlik.values.keybytes import successor

_NOTHING: Final = (0, 0)
_TABLES_A_TURN: Final = 100

Reserved = dict[int, tuple[int, int]]
"""Read and write units that tables and their global indexes have provisioned, by table id."""


@dataclass(frozen=True, slots=True)
class Quotas:
    """Read units, and separately write units, of one table or index, and of all provisioned tables
    together with their indexes. `region` is named in errors."""

    region: str
    table: int = MAX_TABLE_CAPACITY_UNITS
    account: int = MAX_ACCOUNT_CAPACITY_UNITS

    def check_account(self, table: Table, reserved: Reserved) -> None:
        """Refuse a changed table if all provisioned tables together would then exceed the account's
        quota (LimitExceededException).

        A table that gets no more than it has is never refused: the quota may have been lowered.
        """
        had = reserved.get(table.id, _NOTHING)
        wanted = _units(table.billing_mode, _blocks(table))
        for position, member in enumerate(UNITS):
            more = wanted[position] - had[position]
            now = sum(units[position] for units in reserved.values())
            if more > 0 and now + more > self.account:
                raise LimitExceededException(
                    f"This request would have caused the {member} limit to be exceeded for the "
                    f"account in {self.region}. Current {member} reserved by the account: {now}. "
                    f"Limit: {self.account}. Requested: {more}. Refer to the Amazon DynamoDB "
                    "Developer Guide for current limits and how to request higher limits."
                )

    def exceeded(self, member: str, of: str) -> LimitExceededException:
        """The error of a member `of` on-demand or warm throughput above that of a table."""
        quota = "TableMaxReadCapacityUnits" if "Read" in member else "TableMaxWriteCapacityUnits"
        return LimitExceededException(
            f"Subscriber limit exceeded: Requested {member} for {of} exceeds {quota} of the "
            f"account in region {self.region}"
        )


async def reserved_by_account(engine: Reads) -> Reserved:
    """What every table has provisioned now. No lock is held, so two simultaneous requests may both
    find room that suffices for one."""
    reserved: Reserved = {}
    async for rows in pages(engine, TABLES, successor(TABLES), _TABLES_A_TURN):
        for _, stored in rows:
            table = orjson.loads(stored)
            blocks = [each["settings"] for each in table["indexes"] if not each["local"]]
            units = _units(table["billing_mode"], [table["settings"], *blocks])
            if units != _NOTHING:
                reserved[table["id"]] = units
        if len(rows) == _TABLES_A_TURN:
            await give_way()
    return reserved


def _blocks(table: Table) -> list[dict[str, Any]]:
    return [table.settings, *(index.settings for index in table.indexes if not index.local)]


def _units(billing_mode: str, blocks: list[dict[str, Any]]) -> tuple[int, int]:
    if billing_mode != PROVISIONED:
        return _NOTHING
    read, write = (
        sum(block.get("ProvisionedThroughput", {}).get(member, 0) for block in blocks)
        for member in UNITS
    )
    return (read, write)
