"""Delays of requests, so that a local server is as slow as a distant service.

The profile `service` draws from log-normal distributions by kind of operation: what a client in the
same region sees of a service whose reads and writes take single-digit milliseconds ("What is Amazon
DynamoDB?"), with a tail. Its figures are Jedlik's own, not a promise of the service: they are in
docs/testing.md.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable
from typing import Final, NamedTuple

MAX_MS: Final = 60_000.0
_Z99: Final = 2.3263478740408408
"""The 99th percentile of the standard normal distribution."""


class LatencyError(Exception):
    """A text that is not a profile; the message says what one is."""


class LogNormal(NamedTuple):
    """A distribution by its median and its 99th percentile, in milliseconds."""

    median: float
    p99: float

    def seconds(self, chance: random.Random) -> float:
        """A random value, at most ten times the 99th percentile."""
        sigma = math.log(self.p99 / self.median) / _Z99
        drawn = self.median * math.exp(sigma * chance.gauss(0.0, 1.0))
        return min(drawn, 10.0 * self.p99) / 1000.0


SERVICE: Final = {
    "reads": LogNormal(2.5, 9.0),
    "writes": LogNormal(4.0, 12.0),
    "pages": LogNormal(4.5, 20.0),
    "batches": LogNormal(7.0, 25.0),
    "transactions": LogNormal(11.0, 40.0),
    "streams": LogNormal(6.0, 25.0),
    "tables": LogNormal(30.0, 120.0),
}
"""Milliseconds of the profile `service`; `tables` are all other operations."""

_KINDS: Final = {
    "GetItem": "reads",
    "PutItem": "writes",
    "UpdateItem": "writes",
    "DeleteItem": "writes",
    "Query": "pages",
    "Scan": "pages",
    "ExecuteStatement": "pages",
    "BatchGetItem": "batches",
    "BatchWriteItem": "batches",
    "BatchExecuteStatement": "batches",
    "TransactGetItems": "transactions",
    "TransactWriteItems": "transactions",
    "ExecuteTransaction": "transactions",
    "GetRecords": "streams",
    "GetShardIterator": "streams",
}

_NUMBER: Final = r"([0-9]{1,6}(?:\.[0-9]{1,3})?)"
_FORM: Final = re.compile(f"{_NUMBER}(?:([-:]){_NUMBER})?").fullmatch

Latency = Callable[[str, random.Random], float]
"""Returns the seconds that a request for an operation waits."""


def latency_of(text: str) -> Latency:
    """The profile in a text: `service`, milliseconds (`20`), a range of them (`5-50`, evenly
    distributed), or median and 99th percentile (`5:40`). Raises LatencyError."""
    if text == "service":
        return _of_service
    found = _FORM(text)
    if found is None:
        raise LatencyError(
            "takes service, milliseconds (20), least and most (5-50), or median and 99th "
            f"percentile (5:40), not {text}"
        )
    low = float(found[1])
    high = low if found[3] is None else float(found[3])
    if not low <= high <= MAX_MS:
        raise LatencyError(f"takes the lower one first, and {MAX_MS:.0f} ms at most, not {text}")
    if found[2] != ":":
        return lambda _operation, chance: chance.uniform(low, high) / 1000.0
    if not low:
        raise LatencyError(f"takes a median above 0, not {text}")
    drawn = LogNormal(low, high)
    return lambda _operation, chance: drawn.seconds(chance)


def _of_service(operation: str, chance: random.Random) -> float:
    return SERVICE[_KINDS.get(operation, "tables")].seconds(chance)
