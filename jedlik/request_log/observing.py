"""The middleware that makes an entry for each request.

A request's consumption is not known outside of its operation. So it is requested from the operation
(ReturnConsumedCapacity), and removed from the answer if the client did not request it.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from time import perf_counter_ns
from typing import Any, Final

import orjson

from jedlik.base.clock import Clock
from jedlik.gateway.apis import Api
from jedlik.gateway.exchange import Answer, Reply, Request, Withheld
from jedlik.gateway.middleware import Layered
from jedlik.request_log.entries import Entry
from jedlik.request_log.facts import BATCHES, Facts, with_payload
from jedlik.request_log.hints import KeysOf
from jedlik.request_log.recording import DROPPED
from jedlik.request_log.wording import MAX_LENGTH, expressions, key_operators

Sink = Callable[[Entry], None]
Explain = Callable[[Facts, dict[str, Any]], str | None]
"""Returns the hint for a request, given its answer."""

_METERED: Final = frozenset(
    (
        *BATCHES, "BatchExecuteStatement", "DeleteItem", "ExecuteStatement", "ExecuteTransaction",
        "GetItem", "PutItem", "Query", "Scan", "TransactGetItems", "TransactWriteItems",
        "UpdateItem",
    )
)  # fmt: skip
_ASKED: Final = "ReturnConsumedCapacity"
_CONSUMED: Final = "ConsumedCapacity"
_WRITES_OF_ONE: Final = ("DeleteItem", "PutItem", "UpdateItem")


class RequestLog:
    """Passes entries to its sinks. Without sinks, requests bypass it. `explain` adds hints,
    `keys_of` returns the keys for items that are put; `metered` False leaves inputs unchanged, and
    units unknown."""

    def __init__(
        self,
        layers: Layered,
        order: int,
        clock: Clock,
        explain: Explain | None = None,
        keys_of: KeysOf | None = None,
        *,
        metered: bool = True,
    ) -> None:
        self._layers = layers
        self._order = order
        self._clock = clock
        self._explain = explain
        self._keys_of = keys_of
        self._metered = metered
        self._sinks: list[Sink] = []
        self.number = 0
        """That of the latest entry."""

    def add(self, sink: Sink) -> None:
        """Pass entries to `sink` from now on."""
        if not self._sinks:
            self._layers.put(self, self._order)
        self._sinks.append(sink)

    def remove(self, sink: Sink) -> None:
        """Stop passing entries to it."""
        self._sinks.remove(sink)
        if not self._sinks:
            self._layers.take(self)

    def __call__(self, api: Api) -> Api:
        return _Observed(api, self)

    def observe(self, request: Request, api: Api, reply: Reply) -> None:
        """Have a request answered, and make an entry for it."""
        facts = Facts(request)
        asked = self._metered and _can_be_asked(facts)
        observed = request
        if asked:
            observed = with_payload(request, {**facts.payload, _ASKED: "TOTAL"})
        began = perf_counter_ns()

        def answered(answer: Answer) -> None:
            taken = perf_counter_ns() - began
            members = _members(answer) if facts.operation else {}
            units = _units(members)
            if asked and members.pop(_CONSUMED, None) is not None:
                answer = Answer(answer.status, orjson.dumps(members), answer.content_type)
            if facts.operation:
                # Before the answer is sent: a client that has it may read the log.
                self._record(facts, answer, members, units, taken / 1e6)
            reply(answer)

        api.submit(observed, answered)

    def _record(
        self, facts: Facts, answer: Answer, members: dict[str, Any], units: float | None, ms: float
    ) -> None:
        parts = facts.parts
        self.number += 1
        hint = None
        if self._explain is not None and answer.status == 200:
            hint = self._explain(facts, members)
        entry = Entry(
            self._clock.now(),
            self.number,
            facts.operation[:MAX_LENGTH],
            ",".join(islice(facts.tables, MAX_LENGTH))[:MAX_LENGTH],
            next((str(part.index_name)[:MAX_LENGTH] for part in parts if part.index_name), ""),
            units,
            _items(facts, members) if answer.status == 200 else None,
            members.get("ScannedCount") if isinstance(members.get("ScannedCount"), int) else None,
            round(ms, 3),
            answer.status,
            _error(answer, members),
            hint,
            key_operators(facts, self._keys_of),
            _message(members) if answer.status >= 400 else None,
            expressions(facts.payload),
        )
        for sink in tuple(self._sinks):
            sink(entry)


class _Observed:
    def __init__(self, api: Api, log: RequestLog) -> None:
        self._api = api
        self._observe = log.observe

    def submit(self, request: Request, reply: Reply) -> None:
        self._observe(request, self._api, reply)


def _can_be_asked(facts: Facts) -> bool:
    return (
        facts.operation in _METERED
        and b"content-encoding" not in facts.request.headers  # signed as it is
        and bool(facts.payload)
        and _ASKED not in facts.payload
    )


def _members(answer: Answer) -> dict[str, Any]:
    try:
        members = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return {}
    return members if isinstance(members, dict) else {}


def _units(members: dict[str, Any]) -> float | None:
    consumed = members.get(_CONSUMED) or []
    each = [consumed] if isinstance(consumed, dict) else consumed
    return sum(one.get("CapacityUnits", 0.0) for one in each) if each else None


def _items(facts: Facts, members: dict[str, Any]) -> int | None:
    """The number of items that a successful request read, wrote or returned."""
    operation = facts.operation
    if operation == "GetItem":
        return int("Item" in members)
    if operation in _WRITES_OF_ONE:
        return 1
    if operation in ("BatchWriteItem", "TransactWriteItems"):
        left = members.get("UnprocessedItems") or {}
        return len(facts.parts) - sum(map(len, left.values()))
    if operation == "BatchGetItem":
        return sum(map(len, members.get("Responses", {}).values()))
    if isinstance(members.get("Count"), int):
        return int(members["Count"])
    for name in ("Items", "Records", "Responses"):
        if isinstance(members.get(name), list):
            return len(members[name])
    return None


def _message(members: dict[str, Any]) -> str | None:
    found = members.get("message") or members.get("Message")
    return None if found is None else str(found)[:MAX_LENGTH]


def _error(answer: Answer, members: dict[str, Any]) -> str | None:
    if isinstance(answer, Withheld):
        return DROPPED
    if answer.status < 400:
        return None
    return str(members.get("__type", answer.status)).rpartition("#")[2]
