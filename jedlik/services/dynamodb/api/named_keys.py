"""The keys under which a request encrypts tables, and those under which they are encrypted now.

DynamoDB developer guide, "DynamoDB encryption at rest: How it works": callers who encrypt a table
under a key need permissions on it. A restored table or backup may get another key, or none, so its
caller needs permissions on the present one too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jedlik.base.errors import ServiceError
from jedlik.base.turns import Turns
from jedlik.gateway.operation import Payload
from jedlik.services.dynamodb.api.permissions import named_resource
from jedlik.services.dynamodb.api.table_key_permissions import TableKeys
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.encryption.specification import enables, names_key_by_arn
from jedlik.services.dynamodb.sealing.key_ring import ROOT, KeyRing
from jedlik.services.iam.authorization.requests import Sender
from jedlik.services.kms.aws_managed_keys import ALIAS
from jedlik.services.kms.records import key_arn

if TYPE_CHECKING:
    from jedlik.services.kms.access.access import Principals

_PARAMETERS: Final = "TableCreationParameters"
_RESTORES: Final = ("RestoreTableFromBackup", "RestoreTableToPointInTime")
_REPLICA_KEY: Final = "KMSMasterKeyId"


class NamedKeys:
    """Decides on the keys in requests. `principals` finds the caller, `keys` decides on one key."""

    def __init__(self, principals: Principals, database: Database, keys: TableKeys) -> None:
        self._principals = principals
        self._database = database
        self._keys = keys

    async def checked(self, sender: Sender, name: str, payload: Payload) -> Payload:
        """The request, in which keys are named by their ids: so the operation uses the keys for
        which the decision was made.

        Raises AccessDeniedException unless the identity may use all of them.
        """
        if name == "ImportTable":
            made = await self._of_new_table(sender, payload[_PARAMETERS])
            return {**payload, _PARAMETERS: made}
        if name in _RESTORES:
            return await self._of_restore(sender, payload)
        if name == "UpdateTable" and payload.get("ReplicaUpdates"):
            return await self._of_replicas(sender, payload)
        return await self._of_new_table(sender, payload)

    async def _of_new_table(self, sender: Sender, payload: Payload) -> Payload:
        member = "SSESpecification"
        specification = payload.get(member)
        if specification is None:
            return payload
        found = await self._specified(sender, specification, payload["TableName"])
        return {**payload, member: found}

    async def _of_restore(self, sender: Sender, payload: Payload) -> Payload:
        member, target = "SSESpecificationOverride", payload["TargetTableName"]
        specification = payload.get(member)
        source = await self._source(payload)
        if source is not None:
            await self._keys.check_use(sender, source)
            key = source.current
            if specification is None and key is not None and key.master != ROOT:
                await self._keys.check_new(sender, key.master, target)
        if specification is None:
            return payload
        found = await self._specified(sender, specification, target)
        return {**payload, member: found}

    async def _source(self, payload: Payload) -> KeyRing | None:
        """The key ring of the backup or table to be restored, if it exists and is encrypted."""
        backup = payload.get("BackupArn")
        if backup is not None:
            return await self._of_backup(backup)
        arns, name = self._database.arns, payload.get("SourceTableName")
        if name is not None:
            return await self._keys.ring_of(arns.table_name(name))
        table, _ = named_resource(arns, payload.get("SourceTableArn") or "")
        return None if table is None else await self._keys.ring_of(table)

    async def _of_backup(self, arn: str) -> KeyRing | None:
        # Loaded by the first restore: few servers see one.
        from jedlik.services.dynamodb.backups.store import find_backup  # noqa: PLC0415

        try:
            found = await find_backup(self._database, arn)
        except ServiceError:
            return None  # the operation raises the error
        ring = (await self._database.rings()).rings.get(found.backup.data_id)
        return None if ring is None else ring.model

    async def _of_replicas(self, sender: Sender, payload: Payload) -> Payload:
        """Replicas are encrypted under keys of their own regions."""
        table = self._database.arns.table_name(payload["TableName"])
        updates = []
        turns = Turns()
        for update in payload["ReplicaUpdates"]:
            if turns.over:  # a request may have thousands, which say the same
                await turns.give_way()
            updates.append(
                {
                    kind: member and await self._of_replica(sender, kind, member, table)
                    for kind, member in update.items()
                }
            )
        return {**payload, "ReplicaUpdates": updates}

    async def _of_replica(self, sender: Sender, kind: str, member: Payload, table: str) -> Payload:
        key: str | None = member.get(_REPLICA_KEY)
        database = self._database_in(member["RegionName"])
        if key is None or database is None:
            return member
        keys = TableKeys(self._principals, database)
        ring = await keys.ring_of(table) if kind == "Update" else None
        if ring is not None:
            await keys.check_use(sender, ring)
        found = await keys.check_new(sender, key, table)
        if kind == "Update" and key == ALIAS:
            return member  # another key in each region
        if key.startswith("arn:"):
            found = key_arn(database.arns, found) if ":alias/" in key else key
        return {**member, _REPLICA_KEY: found}

    def _database_in(self, region: str) -> Database | None:
        """The tables and keys of a region of this server; other servers decide on their keys."""
        if region == self._database.arns.region:
            return self._database
        # Loaded by the first replica under a key: few servers have one.
        from jedlik.services.dynamodb.replication.local_link import LocalLink  # noqa: PLC0415

        link = self._database.links.get(region)
        return link.database if isinstance(link, LocalLink) else None

    async def _specified(self, sender: Sender, specification: Payload, named: str) -> Payload:
        """The SSESpecification of a table, with the id of its key.

        Raises AccessDeniedException unless the identity may use the table's new key and its present
        one, without which the table could be read afterwards.
        """
        arns = self._database.arns
        name = arns.table_name(named)
        ring = await self._keys.ring_of(name)
        if ring is not None:
            await self._keys.check_use(sender, ring)
        if not enables(specification):
            return specification
        key = specification.get("KMSMasterKeyId")
        found = await self._keys.check_new(sender, key or ALIAS, name)
        if key is None:
            return specification
        if names_key_by_arn(specification):
            found = key_arn(arns, found)
        return {**specification, "KMSMasterKeyId": found}
