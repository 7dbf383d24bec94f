"""May this identity use the key that a table is encrypted under?

Callers who read or write items of a table that is encrypted under a key of the key service need the
permission to decrypt with that key through DynamoDB. Callers who encrypt a table under a key need
all permissions that DynamoDB itself needs on it (DynamoDB developer guide, "DynamoDB encryption at
rest: How it works"; AWS KMS developer guide, "How Amazon DynamoDB uses AWS KMS"). DynamoDB does not
check them for every item: it caches a table's key for a caller for some minutes. Here the decision
is cached for a minute, and until policies, keys or tables change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jedlik.auth.identity import Identity
from jedlik.base.errors import AccessDeniedException
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.sealing.key_failures import not_allowed
from jedlik.services.dynamodb.sealing.key_ring import ROOT, KeyRing
from jedlik.services.iam.authorization.requests import CallContext, Sender
from jedlik.services.kms.aws_managed_keys import ALIAS, dynamodb_key
from jedlik.services.kms.errors import InvalidArnException, NotFoundException

if TYPE_CHECKING:
    from jedlik.services.kms.access.access import KeyAccess, Principals
    from jedlik.services.kms.model import EncryptionKey

KEPT_SECONDS: Final = 60.0
"""How long a decision is cached: policies may depend on the time."""
_MAX_KEPT: Final = 16_384
_USE: Final = ("Decrypt",)


class TableKeys:
    """Decides on the use of tables' keys. `principals` finds the caller."""

    def __init__(self, principals: Principals, database: Database) -> None:
        self._principals = principals
        self._database = database
        self._access: KeyAccess | None = None
        self._kept: dict[tuple[str, int], float] = {}

    def forget(self) -> None:
        """Drop all cached decisions: policies, keys or tables have changed."""
        self._kept = {}

    async def ring_of(self, name: str) -> KeyRing | None:
        """The key ring of the table with that name, if it exists and is encrypted."""
        table = await self._database.catalog.find(name)
        if table is None or not table.model.sealed:
            return None
        ring = (await self._database.rings()).rings.get(table.id)
        return None if ring is None else ring.model

    def may_use(self, context: CallContext, identity: Identity, table_id: int) -> bool:
        """Whether a cached decision allows the identity to use the table's keys."""
        if context.point is not None:
            return False
        until = self._kept.get((identity.access_key, table_id))
        return until is not None and self._database.clock.now() < until

    async def check_use(self, sender: Sender, ring: KeyRing) -> None:
        """Raise AccessDeniedException unless the identity may use the keys of the table with this
        key ring. The table may have been deleted."""
        if self.may_use(*sender, ring.table_id):
            return
        kept = self._kept  # not the dictionary that `forget` may make meanwhile
        now = self._database.clock.now()
        for master in sorted({key.master for key in ring.keys} - {ROOT}):
            await self._check(sender, master, ring.table_name, _USE)
        if sender.context.point is None:
            if len(kept) >= _MAX_KEPT:
                kept.clear()
            kept[sender.identity.access_key, ring.table_id] = now + KEPT_SECONDS

    async def check_new(self, sender: Sender, key: str, table: str) -> str:
        """The id of the key that a KeyId names. A text that names no key is returned unchanged: the
        operation refuses it.

        Raises AccessDeniedException unless the identity may encrypt a table of that name under it.
        """
        if key == ALIAS:
            await dynamodb_key(self._database)
        found = await self._check(sender, key, table, None)
        return key if found is None else found.id

    async def _check(
        self, sender: Sender, key: str, table: str, operations: tuple[str, ...] | None
    ) -> EncryptionKey | None:
        # A server on which no table has a key of its own never loads the key service.
        from jedlik.services.kms.access.access import TABLE_USES, KeyAccess  # noqa: PLC0415

        access = self._access = self._access or KeyAccess(self._principals, self._database)
        try:
            return await access.authorize_table(sender, key, table, operations or TABLE_USES)
        except (NotFoundException, InvalidArnException):
            return None
        except AccessDeniedException:
            raise not_allowed(self._database.ids.uuid()) from None
