"""Exports, imports and bulk operations found by their ARNs, and listed in pages: for 90 days."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, NamedTuple, Protocol, TypeVar

from jedlik.base.errors import AccessDeniedException, ServiceError, ValidationException
from jedlik.kernel.rows import all_rows
from jedlik.services.dynamodb.tables.database import Database
from jedlik.services.dynamodb.transfers.names import named_transfer

KEPT_SECONDS: Final = 90 * 86400.0
"""For how long they are described and listed."""
_PAGE: Final = 10
"""The size of a page if a request does not give it (observed)."""
_TOKEN_BYTES: Final = 56
"""The model of ListImports wants tokens of at least 112 digits of hex, and all of them multiples of
16 digits."""
_TOKEN: Final = re.compile(r"([a-z-]+)/([0-9]{14}-[0-9a-f]{8}) *").fullmatch


class Begun(Protocol):
    """An operation that began at a time, in seconds since the epoch; its id begins with that."""

    @property
    def id(self) -> str: ...

    @property
    def start(self) -> float: ...


BegunT = TypeVar("BegunT", bound=Begun)


class Page(NamedTuple, Generic[BegunT]):
    """A page of a list, and the NextToken for the rest, if there is more."""

    found: Sequence[BegunT]
    token: dict[str, str]


@dataclass(frozen=True, slots=True)
class Kept(Generic[BegunT]):
    """One kind of them: its word in ARNs, the prefix of its keys (the id and the table's name
    follow), and the error for the ARN of a missing one."""

    kind: str
    prefix: bytes
    decode: Callable[[bytes], BegunT]
    not_found: Callable[[str], ServiceError]
    of_other_region: Callable[[str], ServiceError] | None = None
    """The error for one of another region, if that differs."""

    async def find(self, database: Database, arn: str) -> BegunT:
        """The one with an ARN. Raises AccessDeniedException if the ARN is another account's,
        ValidationException if it is not of this kind, and the error of `not_found`."""
        if database.names.of_other_account(arn):
            raise AccessDeniedException("Access is denied")
        named = named_transfer(self.kind, arn)
        if database.names.of_other_region(arn):
            raise (self.of_other_region or self.not_found)(arn)
        key = self.prefix + named.id.encode() + named.table.encode()
        (stored,) = await database.store.read((key,))
        found = None if stored is None else self.decode(stored)
        if found is None or _is_old(database, found):
            raise self.not_found(arn)
        return found

    async def all(self, database: Database) -> list[BegunT]:
        """All that are still listed, latest first."""
        rows = await all_rows(database.store, self.prefix)
        found = [self.decode(value) for _, value in reversed(rows)]
        return [each for each in found if not _is_old(database, each)]

    def page(self, found: Sequence[BegunT], token: str | None, limit: int | None) -> Page[BegunT]:
        """Up to `limit` of those that follow the page whose NextToken was `token`.

        Raises ValidationException if it is not a token of such a list."""
        if token is not None:
            last = self._last(token)
            found = [each for each in found if each.id < last]
        limit = limit or _PAGE
        if len(found) <= limit:
            return Page(found, {})
        after = f"{self.kind}/{found[limit - 1].id}".ljust(_TOKEN_BYTES).encode().hex()
        return Page(found[:limit], {"NextToken": after})

    def _last(self, token: str) -> str:
        try:
            named = _TOKEN(bytes.fromhex(token).decode("ascii"))
        except ValueError:
            named = None
        if named is None or named[1] != self.kind:
            raise ValidationException(f"Invalid Request: Provided nextToken is invalid: {token}")
        return named[2]


def _is_old(database: Database, found: Begun) -> bool:
    return found.start < database.clock.now() - KEPT_SECONDS
