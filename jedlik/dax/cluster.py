"""A cluster: answers requests, from its caches or by calling DynamoDB.

The rules are those of the DAX developer guide, "How DAX processes requests" and "DAX and DynamoDB
consistency models":

- Eventually consistent reads are answered from the caches, which are filled on a miss: items by
  their key, even if there is no such item; pages by their request.
- Strongly consistent and transactional reads pass through, and are not cached.
- Writes go to DynamoDB first. If they succeed, the item is put into the item cache; the query cache
  does not change. After a transaction that wrote, its items are read again in the background.
- Projections are made from the whole item if that is cached. If not, the attributes that are read
  are not cached, since they are not a whole item.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from jedlik.base.clock import Clock
from jedlik.base.errors import LimitExceededException, ServiceError, ValidationException
from jedlik.base.turns import Turns
from jedlik.dax import replies
from jedlik.dax.attribute_lists import AttributeLists
from jedlik.dax.backend import Backend
from jedlik.dax.batches import Batches
from jedlik.dax.cache import ItemUse, NodeMemory, TimesToLive, closing_read, closing_writes
from jedlik.dax.calls import Part, ServiceCall
from jedlik.dax.counters import OperationCounters
from jedlik.dax.errors import DaxError, overloaded
from jedlik.dax.replies import ReplyWriter, Result
from jedlik.dax.requests import RequestReader
from jedlik.dax.table_definitions import TableDefinitions
from jedlik.dax.wire import cbor, methods
from jedlik.dax.wire.cbor import Reader
from jedlik.dax.wire.methods import Method
from jedlik.dax.wire.values import read_names
from jedlik.values.attribute import Item

log = logging.getLogger(__name__)


class _Operation(NamedTuple):
    """How a call is read from the arguments of a method, and answered; the answer may also need the
    request as it came."""

    read: Callable[[Reader], Awaitable[ServiceCall]]
    answer: Callable[[ServiceCall, bytes], Awaitable[bytes]]


class Cluster:
    """The data plane of one cluster. Everything raises `DaxError`, the service's errors, and
    `MalformedCbor` for requests that are not valid."""

    def __init__(
        self,
        name: str,
        backend: Backend,
        lists: AttributeLists,
        clock: Clock,
        memory_limit: int,
        lives: TimesToLive,
    ) -> None:
        self.name = name
        self.memory = NodeMemory(memory_limit, clock.monotonic, lives)
        self.counters = OperationCounters()
        self._backend = backend
        self._tables = TableDefinitions(backend, lists, clock)
        self._replies = ReplyWriter(self._tables)
        batches = Batches(self.memory, backend, self._replies)
        self._refills: set[asyncio.Task[None]] = set()
        self._definitions: dict[Method, Callable[[Reader, str], Awaitable[bytes]]] = {
            methods.DEFINE_KEY_SCHEMA: self._define_key_schema,
            methods.DEFINE_ATTRIBUTE_LIST: self._define_attribute_list,
            methods.DEFINE_ATTRIBUTE_LIST_ID: self._define_attribute_list_id,
        }
        read = RequestReader(self._tables)
        self._operations = {
            methods.GET_ITEM: _Operation(read.get_item, self._get_item),
            methods.PUT_ITEM: _Operation(read.put_item, self._put_item),
            methods.DELETE_ITEM: _Operation(read.delete_item, self._delete_item),
            methods.UPDATE_ITEM: _Operation(read.update_item, self._update_item),
            methods.QUERY: _Operation(read.query, self._page),
            methods.SCAN: _Operation(read.scan, self._page),
            methods.BATCH_GET_ITEM: _Operation(read.batch_get_item, batches.get),
            methods.BATCH_WRITE_ITEM: _Operation(read.batch_write_item, batches.write),
            methods.TRANSACT_GET_ITEMS: _Operation(
                read.transact_get_items, self._transact_get_items
            ),
            methods.TRANSACT_WRITE_ITEMS: _Operation(
                read.transact_write_items, self._transact_write_items
            ),
        }

    async def read(self, method: Method, reader: Reader, owner: str) -> ServiceCall:
        """The call from the arguments of an operation's method. Attribute lists that its answer
        needs are the `owner`'s."""
        call = await self._operations[method].read(reader)
        for part in call.parts:
            part.owner = owner
        return call

    async def operate(self, method: Method, call: ServiceCall, raw: bytes) -> bytes:
        """The answer to a call; `raw` is its request as it came."""
        self.counters.count(call.name)
        try:
            return await self._operations[method].answer(call, raw)
        except DaxError as error:
            if error.code in ("ResourceNotFoundException", ValidationException.__name__):
                for part in call.parts:  # the table may have been recreated with another key
                    self._tables.forget(part.table)
                    self._tables.forget(part.cached_as)
            raise

    async def define(self, method: Method, reader: Reader, owner: str) -> bytes:
        """The answer to a method for definitions, which are needed to read requests. An attribute
        list without an id becomes one of the `owner`'s."""
        return await self._definitions[method](reader, owner)

    def count(self, error: DaxError) -> None:
        """Count an error that is answered."""
        if error.status >= 500:
            self.counters.faults += 1
        else:
            self.counters.errors += 1
        if error.code == overloaded("").code:
            self.counters.throttled += 1

    def reboot(self) -> None:
        """Drop everything cached (API reference, "RebootNode")."""
        self.memory.clear()
        self._tables.forget_all()

    async def stop(self) -> None:
        """End background work."""
        for task in self._refills:
            task.cancel()
        await asyncio.gather(*self._refills, return_exceptions=True)

    # --- Definitions ------------------------------------------------------------------------------

    async def _define_key_schema(self, reader: Reader, _owner: str) -> bytes:
        return replies.key_schema(await self._tables.key_schema(reader.text_or_bytes()))

    async def _define_attribute_list(self, reader: Reader, _owner: str) -> bytes:
        return replies.attribute_list(await self._tables.list_names(reader.integer()))

    async def _define_attribute_list_id(self, reader: Reader, owner: str) -> bytes:
        names = read_names(reader)
        return replies.attribute_list_id(await self._tables.list_id(names, owner))

    # --- Reading an item --------------------------------------------------------------------------

    async def _get_item(self, call: ServiceCall, _raw: bytes) -> bytes:
        part, counters = call.part, self.memory.counters
        if call.consistent:
            result = await self._backend.call(call.name, call.payload)
            return await self._got(part, result)
        (key,) = part.item_keys
        cached = self.memory.find(key)
        if cached is not None:
            counters.item_hits += 1
            return cached if part.paths is None else await self._from_cached(part, cached)
        counters.item_misses += 1
        if part.paths is not None:
            return await self._got(part, await self._backend.call(call.name, call.payload))
        use = self.memory.reading(key)
        with closing_read(use):
            result = await self._backend.call(call.name, call.payload)
            reply = await self._replies.get_item(result.get("Item"), part)
            use.keep(reply)
        return reply if "ConsumedCapacity" not in result else await self._got(part, result)

    async def _got(self, part: Part, result: Result) -> bytes:
        return await self._replies.get_item(
            result.get("Item"), part, result.get("ConsumedCapacity")
        )

    async def _from_cached(self, part: Part, reply: bytes) -> bytes:
        item = await self._replies.cached_item(part.keys[0], reply)
        return await self._replies.get_item(item, part)

    # --- Writing an item --------------------------------------------------------------------------

    async def _put_item(self, call: ServiceCall, _raw: bytes) -> bytes:
        return await self._write(call, call.payload["Item"])

    async def _delete_item(self, call: ServiceCall, _raw: bytes) -> bytes:
        return await self._write(call, None)

    async def _write(self, call: ServiceCall, item: Item | None) -> bytes:
        """Write one item, which is then `item`."""
        part = call.part
        use = self.memory.writing(part.item_keys[0])
        with closing_writes(use):
            result = await self._backend.call(call.name, call.payload)
            use.keep(await self._replies.get_item(item, part))
        return await self._replies.write(call, result)

    async def _update_item(self, call: ServiceCall, _raw: bytes) -> bytes:
        """Update an item, asking for the whole new item unless the request asks for something
        else."""
        part = call.part
        wanted = call.payload.get("ReturnValues", "NONE")
        payload = call.payload
        if wanted == "NONE":
            payload = {**payload, "ReturnValues": "ALL_NEW"}
        use = self.memory.writing(part.item_keys[0])
        with closing_writes(use):
            result = await self._backend.call(call.name, payload)
            if payload["ReturnValues"] == "ALL_NEW":
                # Without attributes the item is its key: an update that removed all others.
                item = result.get("Attributes") or part.keys[0]
                await self._keep_updated(use, item, part)
            else:
                use.forget()
        if wanted == "NONE":
            result.pop("Attributes", None)
        return await self._replies.write(call, result)

    async def _keep_updated(self, use: ItemUse, item: Item, part: Part) -> None:
        """Cache an item, unless its attributes are ones for which the caller gets no list: the
        update was carried out, so it must not fail."""
        try:
            use.keep(await self._replies.get_item(item, part))
        except LimitExceededException:
            use.forget()

    # --- Pages ------------------------------------------------------------------------------------

    async def _page(self, call: ServiceCall, raw: bytes) -> bytes:
        if call.consistent:
            return await self._replies.page(call, await self._backend.call(call.name, call.payload))
        cached = self.memory.find(raw)
        if cached is not None:
            self.count_page(call.name, hit=True)
            return cached
        self.count_page(call.name, hit=False)
        result = await self._backend.call(call.name, call.payload)
        reply = await self._replies.page(call, result, capacity=False)
        self.memory.keep_query(raw, reply)
        return reply if "ConsumedCapacity" not in result else await self._replies.page(call, result)

    def count_page(self, name: str, *, hit: bool) -> None:
        """Count a hit or miss of the query cache."""
        counters = self.memory.counters
        if name == "Query":
            counters.query_hits += hit
            counters.query_misses += not hit
        else:
            counters.scan_hits += hit
            counters.scan_misses += not hit

    # --- Transactions -----------------------------------------------------------------------------

    async def _transact_get_items(self, call: ServiceCall, _raw: bytes) -> bytes:
        result = await self._backend.call(call.name, call.payload)
        return await self._replies.transact_get(call, result)

    async def _transact_write_items(self, call: ServiceCall, _raw: bytes) -> bytes:
        writes = [
            part
            for part, action in zip(call.parts, call.payload["TransactItems"], strict=True)
            if "ConditionCheck" not in action
        ]
        uses = [self.memory.writing(each.item_keys[0]) for each in writes]
        with closing_writes(*uses):
            try:
                result = await self._backend.call(call.name, call.payload)
            except DaxError as error:
                raise await self._with_reasons(call, error) from None
            for use in uses:
                use.forget()
        self._refill(writes)
        return self._replies.transact_write(result)

    async def _with_reasons(self, call: ServiceCall, error: DaxError) -> DaxError:
        """A cancelled transaction's error with its reasons in wire form."""
        reasons = error.details.get("CancellationReasons")
        if reasons is None or len(reasons) != len(call.parts):
            return error
        written = []
        for part, reason in zip(call.parts, reasons, strict=True):
            text, item = reason.get("Message"), reason.get("Item")
            written.append(cbor.text(reason.get("Code", "None")))
            written.append(cbor.NULL if text is None else cbor.text(text))
            written.append(cbor.NULL if not item else await self._replies.item(item, part))
        error.details = {"reasons": written}
        return error

    def _refill(self, parts: list[Part]) -> None:
        """Read again, in the background, what a transaction wrote."""
        if not parts:
            return
        task = asyncio.get_running_loop().create_task(self._read_again(parts))
        self._refills.add(task)
        task.add_done_callback(self._refills.discard)

    async def _read_again(self, parts: list[Part]) -> None:
        uses = [self.memory.reading(each.item_keys[0]) for each in parts]
        gets = [{"Get": {"TableName": each.table, "Key": each.keys[0]}} for each in parts]
        try:
            result = await self._backend.call("TransactGetItems", {"TransactItems": gets})
            turns = Turns()
            for part, response in zip(parts, result["Responses"], strict=True):
                reply = await self._replies.get_item(response.get("Item"), part)
                uses.pop(0).keep(reply)
                if turns.over:
                    await turns.give_way()
        except (DaxError, ServiceError) as error:  # the items are not cached then, and that is all
            log.debug("items of a transaction could not be read again: %s", error)
        except Exception:
            log.exception("items of a transaction could not be read again")
        finally:
            for use in uses:
                use.leave()
