"""May this identity use the key that a table is encrypted under?

Who works with the items of a table under a key of the key service has to be allowed to decrypt with
that key through DynamoDB, and who puts a table under a key what DynamoDB needs of it (DynamoDB
developer guide, "DynamoDB encryption at rest: How it works"; AWS KMS developer guide, "How Amazon
DynamoDB uses AWS KMS"). DynamoDB does not ask for every item: it keeps a table's key for a caller
for some minutes. Here the answer is kept for a minute, and no longer than policies, keys and tables
stay as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jedlik.auth.identity import Identity
from jedlik.base.errors import AccessDeniedException
from jedlik.services.dynamodb.encryption.key_failures import not_allowed
from jedlik.services.dynamodb.encryption.key_ring import ROOT, KeyRing
from jedlik.services.dynamodb.tables.database import Database
from jedlik.services.iam.authorization.requests import CallContext
from jedlik.services.kms.aws_managed_keys import ALIAS, dynamodb_key
from jedlik.services.kms.errors import InvalidArnException, NotFoundException

if TYPE_CHECKING:
    from jedlik.services.kms.access.access import KeyAccess, Principals
    from jedlik.services.kms.model import EncryptionKey

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

    async def ring_of(self, name: str) -> KeyRing | None:
        """The key ring of the table of that name, if it is there and under a key."""
        table = await self._database.catalog.find(name)
        if table is None or not table.model.sealed:
            return None
        ring = (await self._database.rings()).rings.get(table.id)
        return None if ring is None else ring.model

    def may_use(self, request: CallContext, identity: Identity, table_id: int) -> bool:
        """Whether it is known that the identity may use the table's keys."""
        if request.point is not None:
            return False
        until = self._kept.get((identity.access_key, table_id))
        return until is not None and self._database.clock.now() < until

    async def check_use(self, request: CallContext, identity: Identity, ring: KeyRing) -> None:
        """Raise AccessDeniedException unless the identity may use the keys of a table that has
        this key ring, and may be gone."""
        if self.may_use(request, identity, ring.table_id):
            return
        kept = self._kept  # what is forgotten meanwhile stays forgotten
        now = self._database.clock.now()
        for master in sorted({key.master for key in ring.keys} - {ROOT}):
            await self._check(request, identity, master, ring.table_name, _USE)
        if request.point is None:
            if len(kept) >= _MAX_KEPT:
                kept.clear()
            kept[identity.access_key, ring.table_id] = now + KEPT_SECONDS

    async def check_new(
        self, request: CallContext, identity: Identity, key: str, table: str
    ) -> str:
        """The id of the key that a KeyId names, which the identity may put a table of that name
        under; what names no key is left as it is, for the operation to refuse.

        Raises AccessDeniedException.
        """
        if key == ALIAS:
            await dynamodb_key(self._database)
        found = await self._check(request, identity, key, table, None)
        return key if found is None else found.id

    async def _check(
        self,
        request: CallContext,
        identity: Identity,
        key: str,
        table: str,
        operations: tuple[str, ...] | None,
    ) -> EncryptionKey | None:
        # A server on which no table has a key of its own never loads the key service.
        from jedlik.services.kms.access.access import TABLE_USES, KeyAccess  # noqa: PLC0415

        access = self._access = self._access or KeyAccess(self._known, self._database)
        try:
            return await access.authorize_table(
                request, identity, key, table, operations or TABLE_USES
            )
        except (NotFoundException, InvalidArnException):
            return None
        except AccessDeniedException:
            raise not_allowed(self._database.ids.uuid()) from None
