"""Exports, imports and bulk operations: found by their ARNs and listed in pages, for 90 days."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, NamedTuple, Protocol, TypeVar

from jedlik.base.errors import AccessDeniedException, ServiceError, ValidationException
from jedlik.kernel.rows import read_in_turns
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.transfers.names import named_transfer

LISTED_SECONDS: Final = 90 * 86400.0
"""How long an operation is described and listed."""
_PAGE_SIZE: Final = 10
"""The size of a page if a request does not give it (observed)."""
_TOKEN_BYTES: Final = 56
"""The model of ListImports wants tokens of at least 112 digits of hex, and all of them multiples of
16 digits."""
_TOKEN: Final = re.compile(r"([a-z-]+)/([0-9]{14}-[0-9a-f]{8}) *").fullmatch


class Listed(Protocol):
    """An operation in a list. `start` is in seconds since the epoch, and the id begins with it."""

    @property
    def id(self) -> str: ...

    @property
    def start(self) -> float: ...


OperationT = TypeVar("OperationT", bound=Listed)


class Page(NamedTuple, Generic[OperationT]):
    """A page of a list, and the NextToken for the rest, if there is more."""

    operations: Sequence[OperationT]
    token: dict[str, str]


@dataclass(frozen=True, slots=True)
class OperationList(Generic[OperationT]):
    """All operations of one kind. `kind` is its word in ARNs, `prefix` that of its keys, which the
    id and the table's name follow; `not_found` makes the error for the ARN of a missing one."""

    kind: str
    prefix: bytes
    decode: Callable[[bytes], OperationT]
    not_found: Callable[[str], ServiceError]
    of_other_region: Callable[[str], ServiceError] | None = None
    """Makes the error for one of another region, if that differs."""

    async def find(self, database: Database, arn: str) -> OperationT:
        """The operation with an ARN. Raises AccessDeniedException if the ARN is another account's,
        ValidationException if it is not of this kind, and the error of `not_found`."""
        if database.arns.of_other_account(arn):
            raise AccessDeniedException("Access is denied")
        named = named_transfer(self.kind, arn)
        if database.arns.of_other_region(arn):
            raise (self.of_other_region or self.not_found)(arn)
        key = self.prefix + named.id.encode() + named.table.encode()
        (stored,) = await database.store.read((key,))
        found = None if stored is None else self.decode(stored)
        if found is None or _is_old(database, found):
            raise self.not_found(arn)
        return found

    async def all(self, database: Database) -> list[OperationT]:
        """All operations that are still listed, latest first."""
        found = await read_in_turns(
            database.store, self.prefix, lambda _, value: self.decode(value)
        )
        return [each for each in reversed(found) if not _is_old(database, each)]

    def page(
        self, operations: Sequence[OperationT], token: str | None, limit: int | None
    ) -> Page[OperationT]:
        """Up to `limit` of the operations, from those on that follow the page with the NextToken
        `token`.

        Raises ValidationException if it is not a token of such a list.
        """
        if token is not None:
            last = self._last_id(token)
            operations = [each for each in operations if each.id < last]
        limit = limit or _PAGE_SIZE
        if len(operations) <= limit:
            return Page(operations, {})
        after = f"{self.kind}/{operations[limit - 1].id}".ljust(_TOKEN_BYTES).encode().hex()
        return Page(operations[:limit], {"NextToken": after})

    def _last_id(self, token: str) -> str:
        try:
            named = _TOKEN(bytes.fromhex(token).decode("ascii"))
        except ValueError:
            named = None
        if named is None or named[1] != self.kind:
            raise ValidationException(f"Invalid Request: Provided nextToken is invalid: {token}")
        return named[2]


def _is_old(database: Database, operation: Listed) -> bool:
    return operation.start < database.clock.now() - LISTED_SECONDS
