"""May this identity use the key that a table is encrypted under?

Who works with the items of a table under a key of the key service has to be allowed to decrypt with
that key through DynamoDB, and who puts a table under a key what DynamoDB needs of it (DynamoDB
developer guide, "DynamoDB encryption at rest: How it works"; AWS KMS developer guide, "How Amazon
DynamoDB uses AWS KMS"). DynamoDB does not ask for every item: it keeps a table's key for a caller
for some minutes. Here the answer is kept for a minute, and no longer than policies, keys and tables
stay as they are.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from jedlik.auth.identity import Identity
from jedlik.base.errors import AccessDeniedException
from jedlik.base.key_errors import InvalidArnException, NotFoundException
from jedlik.database.aws_managed_keys import ALIAS, dynamodb_key
from jedlik.database.database import Database
from jedlik.database.key_failures import not_allowed
from jedlik.database.open_table import OpenTable
from jedlik.model.key_ring import ROOT
from jedlik.service.access.parts import Asking

if TYPE_CHECKING:
    from jedlik.service.access.keys.access import KeyAccess, Principals

KEPT_SECONDS: Final = 60.0
"""For how long an answer is kept: policies may ask for the time."""
_MAX_KEPT: Final = 16_384
_USE: Final = ("Decrypt",)


class TableKeys:
    """Decides on the use of tables' keys. `known` says who asks."""

    def __init__(self, known: Principals, database: Database) -> None:
        self._known = known
        self._database = database
        self._access: KeyAccess | None = None
        self._kept: dict[tuple[str, int], float] = {}

    def forget(self) -> None:
        """Keep no answer: policies, keys or tables have changed."""
        self._kept = {}

    def may_use(self, request: Asking, identity: Identity, table: OpenTable) -> bool:
        """Whether it is known that the identity may use the table's keys."""
        if request.point is not None:
            return False
        until = self._kept.get((identity.access_key, table.id))
        return until is not None and self._database.clock.now() < until

    async def check_use(self, request: Asking, identity: Identity, table: OpenTable) -> None:
        """Raise AccessDeniedException unless the identity may use the table's keys."""
        if self.may_use(request, identity, table):
            return
        ring = (await self._database.rings()).rings.get(table.id)
        masters = set() if ring is None else {key.master for key in ring.model.keys} - {ROOT}
        for master in sorted(masters):
            await self._check(request, identity, master, table.name, _USE)
        if request.point is None:
            if len(self._kept) >= _MAX_KEPT:
                self._kept.clear()
            now = self._database.clock.now()
            self._kept[identity.access_key, table.id] = now + KEPT_SECONDS

    async def check_new(
        self, request: Asking, identity: Identity, key: str, table_name: str
    ) -> None:
        """Raise AccessDeniedException unless a table may be put under a key by this identity.

        `key` is a KeyId; one that is not there is the operation's to refuse.
        """
        if key == ALIAS:
            await dynamodb_key(self._database)
        await self._check(request, identity, key, table_name, None)

    async def _check(
        self,
        request: Asking,
        identity: Identity,
        key: str,
        table_name: str,
        operations: tuple[str, ...] | None,
    ) -> None:
        # A server on which no table has a key of its own never loads the key service.
        from jedlik.service.access.keys.access import TABLE_USES, KeyAccess  # noqa: PLC0415

        access = self._access = self._access or KeyAccess(self._known, self._database)
        try:
            with contextlib.suppress(NotFoundException, InvalidArnException):
                await access.authorize_table(
                    request, identity, key, table_name, operations or TABLE_USES
                )
        except AccessDeniedException:
            raise not_allowed(self._database.ids.uuid()) from None
