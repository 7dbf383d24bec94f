"""Requests of another region about the replicas of a table.

The messages are those of `replication.membership_work`. Another region is as trusted as this one:
its caller was authorized there. Nevertheless its requests are checked like any other, and carried
out at most once. A request may concern only the table that the message names, since that is the one
for which the sender was authorized here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Final

from jedlik.base.errors import ServiceError, ValidationException
from jedlik.kernel.catalog_version import CatalogChanged
from jedlik.services.dynamodb.database.catalog import CatalogDraft
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.inputs import checker_for
from jedlik.services.dynamodb.operations.global_tables.control_messages import (
    consistency_in,
    key_in,
    names_in,
    reads_in,
    replica_in,
    request_in,
    scaling_in,
    text_in,
    witness_in,
)
from jedlik.services.dynamodb.operations.global_tables.replica_auto_scaling import scale_here
from jedlik.services.dynamodb.operations.global_tables.replica_request import ALREADY_THERE
from jedlik.services.dynamodb.operations.tables.create_table import create_table
from jedlik.services.dynamodb.operations.tables.delete_table import delete_table
from jedlik.services.dynamodb.operations.tables.replicated_change import OVERRIDE, REGION
from jedlik.services.dynamodb.operations.tables.update_table import update_table
from jedlik.services.dynamodb.operations.tables.update_time_to_live import update_time_to_live
from jedlik.services.dynamodb.replication.membership import (
    APPLY,
    CLASS,
    DETACH,
    FILLED,
    JOIN,
    KEY,
    LEAVE,
    OWN_KEY,
    READS,
    is_source,
    of_group,
    put,
    set_member,
    tell_key,
)
from jedlik.services.dynamodb.replication.parting import release, take_out
from jedlik.services.dynamodb.replication.read_units import with_own_reads, with_reads_of
from jedlik.services.dynamodb.replication.table_classes import (
    class_of,
    summary_in,
    tell_class,
    with_class,
)
from jedlik.services.dynamodb.tables.class_changes import class_is_kept
from jedlik.services.dynamodb.tables.model import DELETING, Table
from jedlik.services.dynamodb.tables.replicas import Replication
from jedlik.services.kms.errors import (
    DisabledException,
    KeyServiceError,
    KMSInvalidStateException,
)
from jedlik.services.kms.records import key_arn
from jedlik.services.kms.store import usable_key

Message = dict[str, Any]

_TRIES: Final = 100


async def handle(database: Database, message: Message) -> Message:
    """Carry out a request of another region. Raises ServiceError."""
    for _ in range(_TRIES):
        try:
            return await _HANDLERS[message["do"]](database, message)
        except CatalogChanged:
            await asyncio.sleep(0)
    raise ValidationException("The tables of this region change too often.")


async def _table(database: Database, message: Message) -> Table | None:
    await database.catalog.refresh()
    return await database.catalog.current(message["table"])


def _is_member(table: Table | None, message: Message) -> bool:
    replication = None if table is None else table.replication
    return replication is not None and replication.group == message["group"]


async def _describe(database: Database, message: Message) -> Message:
    """Whether a table of that name exists, what prevents its deletion, and whether a key can be
    used for it."""
    table = await _table(database, message)
    answer: Message = {
        "exists": table is not None,
        "protected": table is not None and table.deletion_protection,
        "source": table is not None and is_source(table, database.clock.now()),
        "class_kept": table is not None and class_is_kept(table, database.clock.now()),
    }
    named = message.get("key")
    if named is not None:
        answer |= await _usable_key(database, named)
    return answer


async def _usable_key(database: Database, named: str) -> Message:
    try:
        key = await usable_key(database, named)
    except (DisabledException, KMSInvalidStateException):
        return {
            "key_refused": "Operation cannot be performed while replica server-side encryption "
            "status is in UPDATING state. Please retry the request after the status is updated to "
            "ENABLED."
        }
    except (KeyServiceError, ValidationException) as error:
        region = database.arns.region
        return {"key_refused": f"KMS validation error for region {region}: {error.message}"}
    return {"key": key_arn(database.arns, key.id)}


async def _join(database: Database, message: Message) -> Message:
    """Make the table of a replica here, which the other region then fills."""
    table = await _table(database, message)
    if _is_member(table, message):
        return {}
    if table is not None:
        raise ValidationException(ALREADY_THERE.format(message["table"]))
    own = database.arns.region
    replicas = tuple(replica_in(each, own) for each in message["members"])
    if not replicas:
        raise ValidationException("A replica has others")
    replication = Replication(
        log=0,
        consistency=consistency_in(message),
        replicas=replicas,
        witnesses=tuple(map(witness_in, message["witnesses"])),
        group=text_in(message, "group"),
        joining=True,
    )
    payload = request_in(message, "CreateTable", "request")
    await create_table(database, payload, replication)
    return {}


async def _filled(database: Database, message: Message) -> Message:
    """The replica here has everything from the other region: open it to clients."""
    now = database.clock.now()
    attribute = message["time_to_live"]
    request: Any = None
    if attribute is not None:
        setting = {"Enabled": True, "AttributeName": attribute}
        request = checker_for("UpdateTimeToLive")(
            {"TableName": message["table"], "TimeToLiveSpecification": setting}
        )

    def open_it(draft: CatalogDraft) -> bool:
        found = of_group(draft, message["table"], message["group"])
        if found is None or not found[1].joining:
            return False
        opened = put(draft, found[0], replace(found[1], joining=False), now)
        tell_key(draft, opened, now)
        tell_class(draft, opened, now)
        return True

    opened = await database.catalog.change((message["table"],), open_it)
    if opened:
        database.wake_workers()
    if opened and request is not None:
        await update_time_to_live(database, request, from_region=True)
    return {}


async def _member(database: Database, message: Message) -> Message:
    """Enter a replica of a third region, or remove it."""
    member = message["member"]
    region = text_in(message, "region")
    if member is None:
        expelled, healing = (message.get(name) is True for name in ("expelled", "heal"))
        name, group = message["table"], message["group"]
        await take_out(database, name, group, region, expelled=expelled, healing=healing)
    else:
        replica = replica_in(member, database.arns.region)
        await set_member(database, message["table"], message["group"], replica, region)
    return {}


async def _detach(database: Database, message: Message) -> Message:
    """Send a region that separates the changes it still lacks; the answer is `pending` until it has
    them."""
    region = text_in(message, "region")
    done = await release(database, message["table"], text_in(message, "group"), region)
    return {"pending": not done}


async def _leave(database: Database, message: Message) -> Message:
    """Delete the replica here; the answer is `pending` until it has sent its last changes."""
    table = await _table(database, message)
    if table is None or not _is_member(table, message):
        return {}
    if table.status(database.clock.now()) != DELETING or table.leaving:
        await delete_table(database, {"TableName": message["table"]}, from_region=True)
    left = await _table(database, message)
    return {"pending": left is not None and left.id == table.id and left.leaving}


async def _apply(database: Database, message: Message) -> Message:
    """Repeat a change of shared settings."""
    if not _is_member(await _table(database, message), message):
        return {}
    operation = message["operation"]
    repeat = _REPEATED[operation]
    payload = request_in(message, operation, "payload")
    try:
        await repeat(database, message, payload)
    except ServiceError as error:
        return {"refused": error.message}
    table = await database.catalog.current(message["table"])
    return {} if table is None else {"class": class_of(table)}


async def _update_table(database: Database, message: Message, payload: Any) -> None:
    table = await database.catalog.current(payload["TableName"])
    if table is not None:
        payload = with_own_reads(table, payload, names_in(message, "own_reads"))
    alone = message.get("alone") is True
    await update_table(database, payload, origin=OVERRIDE if alone else REGION)


async def _update_time_to_live(database: Database, _message: Message, payload: Any) -> None:
    await update_time_to_live(database, payload, from_region=True)


async def _reads(database: Database, message: Message) -> Message:
    """Note the read capacity of another region's replica."""
    region, reads = text_in(message, "region"), reads_in(message, "reads")

    def note(draft: CatalogDraft) -> None:
        found = of_group(draft, message["table"], message["group"])
        if found is not None:
            draft.put(with_reads_of(found[0], region, reads))

    await database.catalog.change((message["table"],), note)
    return {}


async def _key(database: Database, message: Message) -> Message:
    """Note the key under which another region's replica is encrypted."""
    region, key = text_in(message, "region"), key_in(message)
    now = database.clock.now()

    def note(draft: CatalogDraft) -> None:
        found = of_group(draft, message["table"], message["group"])
        replica = None if found is None else found[1].replica(region)
        if found is None or replica is None:
            return
        others = {name: value for name, value in replica.settings.items() if name != OWN_KEY}
        settings = others if key is None else {**others, OWN_KEY: key}
        put(draft, found[0], found[1].with_replica(replace(replica, settings=settings)), now)

    await database.catalog.change((message["table"],), note)
    return {}


async def _class(database: Database, message: Message) -> Message:
    """Note the class of another region's replica."""
    region, summary = text_in(message, "region"), summary_in(message["summary"])
    now = database.clock.now()

    def note(draft: CatalogDraft) -> None:
        found = of_group(draft, message["table"], message["group"])
        replica = None if found is None else found[1].replica(region)
        if found is not None and replica is not None:
            put(draft, found[0], found[1].with_replica(with_class(replica, summary)), now)

    await database.catalog.change((message["table"],), note)
    return {}


async def _scale(database: Database, message: Message) -> Message:
    """Change how the capacity of the replica here is scaled, and describe it."""
    table = await _table(database, message)
    if table is None:
        return {}
    return await scale_here(database, table, scaling_in(message))


_REPEATED: Final = {"UpdateTable": _update_table, "UpdateTimeToLive": _update_time_to_live}
_HANDLERS: Final[dict[str, Callable[[Database, Message], Awaitable[Message]]]] = {
    "describe": _describe,
    "member": _member,
    "scale": _scale,
    APPLY: _apply,
    CLASS: _class,
    DETACH: _detach,
    FILLED: _filled,
    JOIN: _join,
    KEY: _key,
    LEAVE: _leave,
    READS: _reads,
}
