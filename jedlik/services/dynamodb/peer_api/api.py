"""The API for other servers: sending changes, and setting up tables as replicas.

Targets are `JedlikReplication.Introduce`, and for each version of the protocol `.1.Greet`,
`.1.Send` and `.1.Control`, or `.2.`. Permissions are those of the service for replication across
accounts: dynamodb:WriteDataForReplication to send changes of a table, dynamodb:ReplicateSettings to
set one up ("Multi-account global tables", developer guide).
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, ClassVar, Final

from jedlik.base.errors import InternalServerError, ServiceError, ValidationException
from jedlik.base.limits import MAX_REQUEST_SIZE
from jedlik.base.turns import in_turns
from jedlik.gateway.json_pipeline import JsonPipeline, Operation
from jedlik.gateway.operation import Payload
from jedlik.gateway.pipeline import Call
from jedlik.services.dynamodb.api.authorizer import TableAuthorizer
from jedlik.services.dynamodb.api.permissions import RequiredPermission
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.operations.global_tables.control import handle
from jedlik.services.dynamodb.regions.messages import (
    KeyInaccessible,
    PositionMismatch,
    ReplicaExpelled,
    ReplicaRefused,
)
from jedlik.services.dynamodb.replication.peers import wire
from jedlik.services.dynamodb.replication.peers.protocol import VERSIONS
from jedlik.services.dynamodb.replication.receiving import (
    answer_greeting,
    find_replica,
    microseconds,
    receive,
)
from jedlik.services.dynamodb.table_name import NAME_PATTERN

_TABLE_NAME: Final = re.compile(NAME_PATTERN).fullmatch
_ACTIONS: Final = {
    f"{version}.{operation}": f"dynamodb:{action}"
    for version in VERSIONS
    for operation, action in (
        ("Greet", "WriteDataForReplication"),
        ("Send", "WriteDataForReplication"),
        ("Control", "ReplicateSettings"),
    )
}


class ReplicaRefusedException(ServiceError):
    """This region has no such replica, or does not accept what was sent."""


class ReplicaExpelledException(ServiceError):
    """The calling region was taken out of the global table."""


class KeyInaccessibleException(ServiceError):
    """The replica's key cannot be used."""


class PositionMismatchException(ServiceError):
    """Batches before this one are missing."""


_ONE_REFUSAL: Final[Mapping[type[ReplicaRefused], type[ServiceError]]] = {}
_REFUSALS: Final[Mapping[type[ReplicaRefused], type[ServiceError]]] = {
    ReplicaExpelled: ReplicaExpelledException,
    KeyInaccessible: KeyInaccessibleException,
}


async def _introduce(database: Database, _payload: Payload) -> dict[str, Any]:
    return {
        "region": database.arns.region,
        "versions": list(VERSIONS),
        "clock": microseconds(database),
    }


async def _greet(database: Database, payload: Payload) -> dict[str, Any]:
    return wire.welcome_json(await answer_greeting(database, wire.read_greeting(payload)))


async def _send(database: Database, payload: Payload) -> dict[str, Any]:
    batch = wire.read_batch(payload)
    replica = await find_replica(database, batch.table, batch.region)
    changes = await in_turns(wire.read_changes(replica.table, payload["changes"]))
    return wire.receipt_json(await receive(database, batch._replace(changes=changes)))


async def _control(database: Database, payload: Payload) -> dict[str, Any]:
    try:
        return await handle(database, dict(payload))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValidationException(f"This is not a message of replication: {error!r}") from error


def _refusing(
    operation: Callable[[Database, Payload], Awaitable[dict[str, Any]]],
    refusals: Mapping[type[ReplicaRefused], type[ServiceError]] = _ONE_REFUSAL,
) -> Callable[[Database, Payload], Awaitable[dict[str, Any]]]:
    """The operation, with its refusals as errors of the API, according to `refusals`."""

    async def refusing(database: Database, payload: Payload) -> dict[str, Any]:
        try:
            return await operation(database, payload)
        except ReplicaRefused as error:
            raise refusals.get(type(error), ReplicaRefusedException)(str(error)) from None
        except PositionMismatch:
            raise PositionMismatchException from None

    return refusing


_OPERATIONS: Final[Mapping[int, Mapping[str, Operation]]] = {
    1: {"Greet": _refusing(_greet), "Send": _refusing(_send), "Control": _control},
    2: {
        "Greet": _refusing(_greet, _REFUSALS),
        "Send": _refusing(_send, _REFUSALS),
        "Control": _control,
    },
}


class ReplicationService(JsonPipeline[Database, TableAuthorizer]):
    """Answers other servers. Without an `authorizer` everyone may do anything."""

    browser_refusal = "Replicas are not written from web pages."
    operations: ClassVar[Mapping[str, Operation]] = {
        "Introduce": _introduce,
        **{
            f"{version}.{name}": operation
            for version in VERSIONS
            for name, operation in _OPERATIONS[version].items()
        },
    }
    internal = InternalServerError
    max_content = MAX_REQUEST_SIZE

    def check(self, operation: str, parsed: Any) -> Payload:
        if type(parsed) is not dict:
            raise ValidationException("A message of replication is an object")
        if operation in _ACTIONS:
            table = parsed.get("table")
            if type(table) is not str or not _TABLE_NAME(table):
                raise ValidationException("A message of replication names its table")
        return parsed

    async def authorize(self, call: Call[str]) -> Payload:
        action = _ACTIONS.get(call.operation)
        if self._authorizer is not None and action is not None:
            table = call.payload["table"]
            arn = self._subject.arns.table_arn(table)
            permission = RequiredPermission(action, arn, table, "", call.payload)
            await self._authorizer.check(call.request, call.identity, [permission], call.payload)
            for key in _keys_in(call.payload):
                await self._authorizer.check_key(call.request, call.identity, key, table)
        return call.payload


def _keys_in(message: Payload) -> Iterator[str]:
    """The keys that a message names for its table, or asks about. Its sender must be allowed to use
    them, for encryption as well as to learn about them. Invalid messages are refused by their
    reader."""
    for asked in (message.get("request"), message.get("payload")):
        given = asked.get("SSESpecification") if type(asked) is dict else None
        key = given.get("KMSMasterKeyId") if type(given) is dict else None
        if type(key) is str:
            yield key
    if type(message.get("key")) is str:
        yield message["key"]
