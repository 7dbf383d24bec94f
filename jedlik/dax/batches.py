"""Batches: what is in the cache, and one call for the rest; writes until all are done."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, Final

from jedlik.base.turns import Turns
from jedlik.dax import replies
from jedlik.dax.backend import Backend
from jedlik.dax.cache import ItemUse, NodeMemory, closing_writes
from jedlik.dax.calls import Part, ServiceCall
from jedlik.dax.errors import overloaded
from jedlik.dax.replies import NOTHING, ReplyWriter, Result
from jedlik.dax.wire import cbor
from jedlik.values.attribute import Item

_RETRIES: Final = 8
_FIRST_PAUSE: Final = 0.05
"""Seconds before unprocessed parts of a batch are tried again; twice as long each time."""

Written = dict[str, list[bytes]]
"""Keys and items of an answer by table, as they are sent."""


class Batches:
    """Answers the batches of one cluster."""

    def __init__(self, memory: NodeMemory, backend: Backend, writer: ReplyWriter) -> None:
        self._memory = memory
        self._backend = backend
        self._replies = writer

    async def get(self, call: ServiceCall, _raw: bytes) -> bytes:
        """The answer to a BatchGetItem."""
        async with contextlib.AsyncExitStack() as hold:
            if not _is_plain_batch(call):  # the service refuses it, whatever is cached
                result = await self._backend.call(call.name, call.payload, hold)
                return await self._reply(call, {}, {}, result)
            written: Written = {part.table: [] for part in call.parts}
            missing: dict[str, dict[str, Any]] = {}
            uses: dict[bytes, ItemUse] = {}
            try:
                for part in call.parts:
                    request = call.payload["RequestItems"][part.table]
                    keys = await self._uncached(part, request, written[part.table], uses)
                    if keys:
                        missing[part.table] = {**request, "Keys": keys}
                result = {}
                if missing:
                    payload = {**call.payload, "RequestItems": missing}
                    result = await self._backend.call(call.name, payload, hold)
                return await self._reply(call, written, uses, result)
            finally:
                for use in uses.values():
                    use.leave()

    async def _uncached(
        self,
        part: Part,
        request: dict[str, Any],
        written: list[bytes],
        uses: dict[bytes, ItemUse],
    ) -> list[Item]:
        """The keys of a table's part of a batch that have to be read; cached items go to
        `written`."""
        if request.get("ConsistentRead"):
            return part.keys
        keys, counters = [], self._memory.counters
        turns = Turns()
        for key, wire, at in zip(part.keys, part.wire_keys, part.item_keys, strict=True):
            cached = self._memory.find(at)
            if cached is None:
                counters.item_misses += 1
                keys.append(key)
                if part.paths is None:
                    uses[at] = self._memory.reading(at)
                continue
            counters.item_hits += 1
            if cached == NOTHING:
                continue
            if part.paths is None:
                written += (cbor.byte_string(wire), replies.found_item(cached))
            else:
                item = await self._replies.cached_item(key, cached)
                assert item is not None
                written += await self._replies.keyed(item, part)
                if turns.over:
                    await turns.give_way()
        return keys

    async def _reply(
        self, call: ServiceCall, written: Written, uses: dict[bytes, ItemUse], result: Result
    ) -> bytes:
        """The answer, with what was read in addition to what is `written` already. Of the keys that
        were read for the cache, the items are cached, and for the others that they do not exist."""
        turns = Turns()
        unread = result.get("UnprocessedKeys") or {}
        for part in call.parts:
            items = (result.get("Responses") or {}).get(part.table, ())
            for item in items:
                pieces = await self._replies.keyed(item, part)
                written.setdefault(part.table, []).extend(pieces)
                if part.paths is None:  # else it may lack its key, and is not cached
                    use = uses.pop(part.item_key(item), None)
                    if use is not None:
                        use.keep(replies.found(pieces[-1]))
                if turns.over:  # an item may have a hundred thousand tiny values
                    await turns.give_way()
            for key in unread.get(part.table, {}).get("Keys", ()):
                use = uses.pop(part.item_key(key), None)
                if use is not None:
                    use.leave()
        for use in uses.values():
            use.keep(NOTHING)
        return self._replies.batch_get(
            call,
            written,
            {table: each["Keys"] for table, each in unread.items()},
            result.get("ConsumedCapacity"),
        )

    async def write(self, call: ServiceCall, _raw: bytes) -> bytes:
        """The answer to a BatchWriteItem."""
        written = [
            (part, put, self._memory.writing(at))
            for part in call.parts
            for at, put in zip(part.item_keys, part.puts, strict=True)
        ]
        with closing_writes(*(use for _, _, use in written)):
            result = await self._write_all(call)
            turns = Turns()
            for part, put, use in written:
                use.keep(await self._replies.get_item(put, part))
                if turns.over:
                    await turns.give_way()
        return self._replies.batch_write(result)

    async def _write_all(self, call: ServiceCall) -> Result:
        """Write a whole batch: clients of this protocol cannot read unprocessed items."""
        payload, pause = call.payload, _FIRST_PAUSE
        capacities: list[Any] = []
        for _ in range(_RETRIES):
            result = await self._backend.call(call.name, payload)
            capacities += result.get("ConsumedCapacity") or ()
            left = result.get("UnprocessedItems")
            if not left:
                return {**result, "ConsumedCapacity": capacities}
            payload = {**payload, "RequestItems": left}
            await asyncio.sleep(pause)
            pause *= 2
        raise overloaded("Some items of the batch could not be written; try again.")


def _is_plain_batch(call: ServiceCall) -> bool:
    """Whether a BatchGetItem has no more keys than allowed, and none twice."""
    keys = [key for part in call.parts for key in part.item_keys]
    return 0 < len(keys) <= 100 and len(set(keys)) == len(keys) and all(p.keys for p in call.parts)
