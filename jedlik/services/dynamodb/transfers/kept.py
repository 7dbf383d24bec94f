"""Exports, imports and bulk operations found by their ARNs, and listed: for 90 days."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from jedlik.base.errors import ServiceError
from jedlik.kernel.rows import all_rows
from jedlik.services.dynamodb.tables.database import Database
from jedlik.services.dynamodb.transfers.names import named_transfer

KEPT_SECONDS: Final = 90 * 86400.0
"""How long they are described and listed."""


class Begun(Protocol):
    """Something that was begun at a time, in seconds since the epoch."""

    @property
    def start(self) -> float: ...


BegunT = TypeVar("BegunT", bound=Begun)


@dataclass(frozen=True, slots=True)
class Kept(Generic[BegunT]):
    """One kind of them: the word for it in ARNs, what its keys begin with (an id and the table's
    name follow), and the error of an ARN that names none."""

    kind: str
    prefix: bytes
    decode: Callable[[bytes], BegunT]
    not_found: Callable[[str], ServiceError]

    async def find(self, database: Database, arn: str) -> BegunT:
        """That of an ARN. Raises ValidationException where it is no ARN of this kind, and what
        `not_found` makes."""
        named = named_transfer(self.kind, arn)
        key = self.prefix + named.id.encode() + named.table.encode()
        (stored,) = await database.store.read((key,))
        found = None if stored is None else self.decode(stored)
        if found is None or _is_old(database, found):
            raise self.not_found(arn)
        return found

    async def all(self, database: Database) -> list[BegunT]:
        """All that are still listed, the latest first."""
        rows = await all_rows(database.store, self.prefix)
        found = [self.decode(value) for _, value in reversed(rows)]
        return [each for each in found if not _is_old(database, each)]


def _is_old(database: Database, found: Begun) -> bool:
    return found.start < database.clock.now() - KEPT_SECONDS
