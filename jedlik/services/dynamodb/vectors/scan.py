"""The nearest vectors of a partition without vectors in memory: every entry is read.

Entries are read in pages, each in its own snapshot, scored a page at a time, and only the best so
far are kept. Between pages other requests get their turn, so a long search does not delay them.
Entries with equal scores come in the order of their keys.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import Final

from jedlik.base.limits import KIB
from jedlik.base.turns import Turns
from jedlik.kernel.keyspaces import CATALOG_VERSION
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.dynamodb.recording.vector_entries import OpenVectorIndex
from jedlik.services.dynamodb.vectors.conditions import SearchScope
from jedlik.services.dynamodb.vectors.scoring import Scorer, better_first
from jedlik.storage.engine import Row
from jedlik.values.keybytes import successor

_BYTES_A_PAGE: Final = 64 * KIB
"""Read and scored without a pause: under a millisecond with numpy, and without it some five for
short vectors."""
_ALSO_READ: Final = (CATALOG_VERSION,)


async def nearest(
    database: Database,
    table: OpenTable,
    index: OpenVectorIndex,
    scorer: Scorer,
    scope: SearchScope,
    count: int,
) -> list[tuple[float, bytes]]:
    """The up to `count` entries in `scope` that have the best scores, each after its score.

    Raises CatalogChanged.
    """
    rank = better_first(index.model.distance)
    prefix = index.partition_prefix(scope.partition)
    low, high = prefix, successor(prefix)
    best: list[tuple[float, bytes, float, bytes]] = []
    turns = Turns()
    while True:
        page = await database.reader(consistent=False).range(
            low, high, max_bytes=_BYTES_A_PAGE, also_read=_ALSO_READ
        )
        database.catalog.check(page.also_read[0], table)
        rows = _filtered(index, scope, page.rows)
        scores = scorer([index.packed_vector(entry) for _, entry in rows])
        ranked = [
            (rank(score), key, score, entry)
            for score, (key, entry) in zip(scores, rows, strict=True)
        ]
        best = heapq.nsmallest(count, (*best, *ranked))
        if not page.more:
            return [(score, entry) for _, _, score, entry in best]
        low = page.rows[-1][0] + b"\x00"
        if turns.over:
            await turns.give_way()


def _filtered(index: OpenVectorIndex, scope: SearchScope, rows: Sequence[Row]) -> Sequence[Row]:
    if not scope.filters:
        return rows
    return [row for row in rows if scope.holds(index.attributes(row[1]))]
