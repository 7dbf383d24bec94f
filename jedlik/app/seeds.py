"""Seeds, put into a server before it answers its first request."""

from __future__ import annotations

from typing import Any

import orjson

from jedlik.kernel.catalog_version import CatalogChanged
from jedlik.seeding.planting import Planted, Send, plant
from jedlik.seeding.seed import Seed
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.inputs import checker_for
from jedlik.services.dynamodb.operations.registry import OPERATIONS
from jedlik.values.nesting import NestingTooDeep


async def plant_in(database: Database, seed: Seed) -> Planted:
    """Put a seed into a database. Raises SeedError if a table or an item is refused."""
    return await plant(seed, _sender(database))


def _sender(database: Database) -> Send:
    async def send(operation: str, given: dict[str, Any]) -> dict[str, Any]:
        # As from the wire: what operations are given is theirs to keep and change.
        try:
            wire = orjson.dumps(given)
        except TypeError:  # whatever else is not JSON is not a seed either
            raise NestingTooDeep from None
        payload = checker_for(operation)(orjson.loads(wire))
        while True:
            try:
                body = await OPERATIONS[operation](database, payload)
            except CatalogChanged:
                continue  # a table of this seed was made a moment ago
            answer: dict[str, Any] = orjson.loads(body) if isinstance(body, bytes) else body
            return answer

    return send
