"""Encryption of a table under a KMS key: SSESpecification and SSEDescription.

API reference, "SSESpecification", "SSEDescription"; developer guide, "Managing encrypted tables".
Without a specification, a table is encrypted under a key that the service owns and does not show.
Here, an embedded engine encrypts it; on a shared one its values are sealed under the root key.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from jedlik.base.errors import ResourceInUseException, ValidationException
from jedlik.kernel.arns import Arns
from jedlik.kernel.keyspaces import key_ring_key
from jedlik.services.dynamodb.database.catalog import CatalogDraft, table_not_found
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.encryption.specification import (
    Specification,
    enables,
    names_key_by_arn,
)
from jedlik.services.dynamodb.sealing.key_failures import invalid_key
from jedlik.services.dynamodb.sealing.key_ring import ROOT, DataKey, KeyRing, decode, encode
from jedlik.services.dynamodb.tables.descriptions import ShownEncryption
from jedlik.services.dynamodb.tables.model import Table
from jedlik.services.dynamodb.tables.waiting import IN_USE
from jedlik.services.kms.aws_managed_keys import ALIAS, dynamodb_key
from jedlik.services.kms.errors import KeyServiceError
from jedlik.services.kms.model import EncryptionKey
from jedlik.services.kms.records import key_arn
from jedlik.services.kms.store import usable_key
from jedlik.storage.engine import Value

if TYPE_CHECKING:
    from jedlik.crypto.root_key import RootKey

UPDATING: Final = "UPDATING"
ENABLED: Final = "ENABLED"

_WITH_GIVEN_KEY: Final = (
    "with given KMSMasterKeyId. Use KMSMasterKeyId parameter if you want to change Master Key"
)


def check_specification(specification: Specification | None) -> None:
    """Check the rules of SSESpecification that need no key. Raises ValidationException."""
    if specification is None:
        return
    sse_type, key = specification.get("SSEType"), specification.get("KMSMasterKeyId")
    if not enables(specification):
        for member, value in (("SSEType", sse_type), ("KMSMasterKeyId", key)):
            if value is not None:
                raise ValidationException.of_values(
                    f"{member} can not be specified if Enabled is false"
                )
        return
    if sse_type == "AES256":
        raise ValidationException.of_values("SSEType AES256 is not supported")
    if sse_type is None and key is not None:
        raise ValidationException.of_values(
            "SSEType KMS is required if KMSMasterKeyId is specified"
        )


async def master_of(
    database: Database, specification: Specification | None
) -> EncryptionKey | RootKey | None:
    """The key that wraps a table's data key; None if no data key is needed.

    Raises ValidationException if the named key cannot be used.
    """
    if specification is None or not enables(specification):
        return (await database.rings()).root
    named = specification.get("KMSMasterKeyId")
    if named is None or named == ALIAS:
        return await dynamodb_key(database)
    try:
        return await usable_key(database, named)
    except (KeyServiceError, ValidationException) as failure:
        raise invalid_key(failure, database.ids.uuid()) from None


def is_aws_managed(master: EncryptionKey | RootKey | None) -> bool:
    """Whether a key is the one that the service has for a region's tables."""
    return isinstance(master, EncryptionKey) and master.aws_managed


async def new_data_key(
    database: Database, specification: Specification | None, table_name: str
) -> DataKey | None:
    """A data key for a table with this specification; None if it needs none. Raises
    ValidationException if the named key cannot be used.
    """
    master = await master_of(database, specification)
    if master is None:
        return None
    # Loading the cryptography takes longer than a server without such tables takes to start.
    from jedlik.services.dynamodb.sealing.data_keys import wrapped_under  # noqa: PLC0415

    return wrapped_under(master, database.arns.account, table_name, 1)


def with_ids(
    draft: CatalogDraft, table: Table, key: DataKey | None
) -> tuple[Table, KeyRing | None]:
    """A new table that gets its ids, and the key ring with its data key, which is put into the
    draft."""
    table = replace(table, id=draft.new_id())
    table = table.map_indexes(lambda index: replace(index, id=draft.new_id()))
    ring = None if key is None else KeyRing(table.id, table.name, (key,), key.number)
    return put(draft, table, ring), ring


def changed_ring(
    table: Table, stored: Value, key: DataKey | None, *, again: bool = False
) -> KeyRing:
    """The key ring of a table that gets another data key, or (None) no data key. `stored` is the
    present ring. Raises ValidationException if nothing would change, unless it may be encrypted
    `again` under the same key, and ResourceInUseException if the last change is not complete."""
    ring = decode(stored) or KeyRing(table.id, table.name, (), None)
    master = None if ring.current is None else ring.current.master
    wanted = None if key is None else key.master
    if master == wanted and not again:
        how = _WITH_GIVEN_KEY if wanted else "by default"
        raise ValidationException.of_values(f"Table is already encrypted {how}")
    if ring.changing:
        raise ResourceInUseException(f"{IN_USE}Server-Side Encryption is still being updated")
    return ring.changed_to(None if key is None else replace(key, number=ring.next_number))


def put(draft: CatalogDraft, table: Table, ring: KeyRing | None) -> Table:
    """The table with this key ring, which is put into the draft."""
    if ring is None:
        return table
    draft.values[key_ring_key(table.id)] = encode(ring)
    return replace(table, sealed=True)


def shown(arns: Arns, ring: KeyRing | None) -> ShownEncryption | None:
    """The visible part of a key ring; None if nothing is visible."""
    keys = [] if ring is None else [key for key in ring.keys if key.master != ROOT]
    if ring is None or not keys:
        return None
    master = ring.current.master if ring.current in keys else keys[-1].master
    description = {
        "Status": UPDATING if ring.changing else ENABLED,
        "SSEType": "KMS",
        "KMSMasterKeyArn": key_arn(arns, master),
    }
    return ShownEncryption(description)


async def encryption_of(database: Database, table: Table) -> ShownEncryption | None:
    """The visible part of an existing table's encryption."""
    if not table.sealed:
        return None
    ring = (await database.current_rings()).rings.get(table.id)
    encryption = None if ring is None else shown(database.arns, ring.model)
    if ring is None or encryption is None or ring.failure is None:
        return encryption
    description = encryption.description
    if ring.unusable_since is not None:
        description = {**description, "InaccessibleEncryptionDateTime": ring.unusable_since}
    return ShownEncryption(description, inaccessible=True)


async def key_of(database: Database, table: Table) -> str | None:
    """The ARN of the key under which a table is encrypted, or will be once a change is complete;
    None if it is not visible."""
    ring = (await database.current_rings()).rings.get(table.id) if table.sealed else None
    current = None if ring is None else ring.model.current
    if current is None or current.master == ROOT:
        return None
    return key_arn(database.arns, current.master)


async def change_encryption(
    database: Database,
    name: str,
    specification: Specification,
    check_state: Callable[[Table], None],
    follow: Callable[[CatalogDraft, Table], Table],
    *,
    again: bool = False,
) -> tuple[Table, ShownEncryption]:
    """Change the encryption of a table; its items are re-encrypted later. `follow` makes the
    changes that go with it, and does not show in what is returned. That has the old key, as at the
    moment at which the change was accepted. A key that the table has already is refused if it is
    named by its ARN, unless the table may be encrypted `again`. Raises what `check_state`
    raises for the table, ValidationException if the named key cannot be used or is the table's
    already, ResourceInUseException if the last change is not complete, and AccessDeniedException if
    the table's present key cannot be used."""
    (await database.current_rings()).check(await _id_of(database, name))
    key = await new_data_key(database, specification, name)
    again = again or (enables(specification) and not names_key_by_arn(specification))
    while True:
        table_id = await _id_of(database, name)

        def decide(
            draft: CatalogDraft, table_id: int = table_id
        ) -> tuple[Table, ShownEncryption] | None:
            table = draft.existing(name)
            if table.id != table_id:
                return None
            check_state(table)
            ring = changed_ring(table, draft.also_read[0], key, again=again)
            changed = put(draft, table, ring)
            draft.put(follow(draft, changed))
            before = shown(database.arns, decode(draft.also_read[0]))
            description = {} if before is None else before.description
            return changed, ShownEncryption({**description, "Status": UPDATING})

        done = await database.catalog.change((name,), decide, also_read=(key_ring_key(table_id),))
        if done is not None:
            database.wake_workers()
            return done


async def _id_of(database: Database, name: str) -> int:
    table = await database.catalog.current(name)
    if table is None:
        raise table_not_found(name)
    return table.id
