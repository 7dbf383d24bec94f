"""TransactWriteItems."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from jedlik.base.errors import ValidationException
from jedlik.base.places import Caller
from jedlik.base.turns import Turns
from jedlik.gateway.operation import Body, Payload
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.database.open_table import EmptyKeyValue, OpenTable
from jedlik.services.dynamodb.expressions.updates.update import compile_update
from jedlik.services.dynamodb.items.actions import (
    Action,
    Check,
    ConditionGuard,
    Delete,
    Put,
    UpdateAction,
)
from jedlik.services.dynamodb.items.idempotency import ClientToken
from jedlik.services.dynamodb.items.item_write import ItemWrite
from jedlik.services.dynamodb.items.transactions import (
    NO_REASON,
    Reason,
    Repeat,
    canceled,
    check_distinct,
    check_transaction_size,
    reason_of,
    transact_write,
    transactional_read,
)
from jedlik.services.dynamodb.items.write import Outcome
from jedlik.services.dynamodb.operations.items.answers import (
    capacities_by_table,
    collections_metrics,
)
from jedlik.services.dynamodb.operations.items.expression_parameters import (
    guard,
    only_guard,
    placeholders_of,
)
from jedlik.services.dynamodb.operations.items.first_errors import check_before_expressions
from jedlik.services.dynamodb.operations.items.update_item import check_updated_keys
from jedlik.values.attribute import Item
from jedlik.values.canonical import canonical_item
from jedlik.values.image import Image

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import TransactWriteItemsInput


class _Prepared(NamedTuple):
    """One item of the request, parsed as far as possible without its table.

    `item` is its item or key, of `size` bytes, `is_put` whether that is put; `bind` makes the write
    once the table is known and raises ValidationException if item and table do not fit.
    """

    table_name: str
    item: Item
    size: int
    bind: Callable[[OpenTable], ItemWrite]
    is_put: bool = False


async def transact_write_items(
    database: Database, payload: TransactWriteItemsInput, caller: Caller | None = None
) -> Body:
    """Up to 100 puts, updates, deletes and condition checks of any tables, all or nothing."""
    prepared = []
    turns = Turns()
    for item in payload["TransactItems"]:
        prepared.append(_prepare(item))
        if turns.over:  # an item may have a hundred thousand tiny values
            await turns.give_way()
    check_transaction_size(each.size for each in prepared)
    tables = [await database.table(each.table_name) for each in prepared]
    writes = _bind(prepared, tables)
    check_distinct([write.key for write in writes])
    text = payload.get("ClientRequestToken")
    token = None if text is None else ClientToken(text, payload, database.clock.now())
    outcomes = await transact_write(database, writes, token, "TransactWriteItems", caller)
    names = [each.table_name for each in prepared]
    capacities = transaction_capacities(payload, names, outcomes)
    if isinstance(outcomes, Repeat):
        return capacities
    written = (
        (each.table_name, write, each.item)
        for each, write in zip(prepared, writes, strict=True)
        if not isinstance(write.action, Check)
    )
    return {**capacities, **collections_metrics(payload, written)}


def _prepare(transact_item: Mapping[str, Any]) -> _Prepared:
    given = [
        (kind, request)
        for kind, request in transact_item.items()
        if kind in _PREPARE and request is not None
    ]
    if not given:
        raise ValidationException(
            "Invalid Request: TransactWriteRequest should contain Delete or Put or Update request"
        )
    if len(given) > 1:
        raise ValidationException(
            "TransactItems can only contain one of Check, Put, Update or Delete"
        )
    ((kind, request),) = given
    return _PREPARE[kind](request)


def _bind(prepared: list[_Prepared], tables: list[OpenTable]) -> list[ItemWrite]:
    """The writes. Raises TransactionCanceledException if items and tables do not fit, and
    ValidationException for an empty key value.

    Among the items to put, only the first that does not fit is a reason (answers of the service).
    """
    put_refused = False
    writes: list[ItemWrite] = []
    reasons: list[Reason] = []
    for each, table in zip(prepared, tables, strict=True):
        try:
            writes.append(each.bind(table))
            reasons.append(NO_REASON)
        except EmptyKeyValue:
            raise
        except ValidationException as error:
            reasons.append(NO_REASON if each.is_put and put_refused else reason_of(error))
            put_refused = put_refused or each.is_put
    if len(writes) < len(reasons):
        raise canceled(reasons)
    return writes


def _prepare_put(request: Payload) -> _Prepared:
    item = request["Item"]
    image = Image.of(item, canonical_item(item))
    action = Put(image, only_guard("Put", request))

    def bind(table: OpenTable) -> ItemWrite:
        key = table.key_of_item(item)
        table.check_indexable(item, image.size)
        return ItemWrite(table, key, action)

    return _Prepared(request["TableName"], item, image.size, bind, is_put=True)


def _prepare_update(request: Payload) -> _Prepared:
    key = request["Key"]
    try:
        placeholders = placeholders_of("Update", request)
        update = compile_update(request["UpdateExpression"], placeholders)
        condition = guard(request, placeholders)
        placeholders.check_all_used()
    except ValidationException:
        check_before_expressions("Update", request, key)
        raise
    size = canonical_item(key)

    def bind(table: OpenTable) -> ItemWrite:
        item_key = table.key_of(key)
        check_updated_keys(table, update)
        return ItemWrite(table, item_key, UpdateAction(table, key, update, condition))

    return _Prepared(request["TableName"], key, size, bind)


def _prepare_keyed(
    kind: str, make: Callable[[ConditionGuard], Action], request: Payload
) -> _Prepared:
    key = request["Key"]
    try:
        action = make(only_guard(kind, request))
    except ValidationException:
        check_before_expressions(kind, request, key)
        raise
    size = canonical_item(key)
    return _Prepared(
        request["TableName"], key, size, lambda table: ItemWrite(table, table.key_of(key), action)
    )


_PREPARE: dict[str, Callable[[Payload], _Prepared]] = {
    "ConditionCheck": partial(_prepare_keyed, "ConditionCheck", Check),
    "Put": _prepare_put,
    "Delete": partial(_prepare_keyed, "Delete", Delete),
    "Update": _prepare_update,
}


def transaction_capacities(
    payload: Payload, names: Sequence[str], outcomes: list[Outcome] | Repeat
) -> dict[str, Any]:
    """The consumption of a transaction's writes, or of reading their items if it is a repetition.

    `names` are the tables of the writes, as in the request.
    """
    if isinstance(outcomes, Repeat):
        read = zip(names, map(transactional_read, outcomes.sizes), strict=True)
        return capacities_by_table(payload, read, direction="Read")
    written = (outcome.consumption(transactional=True) for outcome in outcomes)
    return capacities_by_table(payload, zip(names, written, strict=True), direction="Write")
