"""The entries that are nearest to a vector.

With numpy they are found among the vectors in the process's memory (see `held`), and then read from
the store, in one snapshot with the catalog's version. If an entry has changed meanwhile (by another
process), the search is repeated. Without numpy, or if that happens too often, all entries are read
and scored (see `scan`).
"""

from __future__ import annotations

import asyncio
import importlib
import os
from collections.abc import Sequence
from functools import cache
from types import ModuleType
from typing import Final, NamedTuple

from jedlik.kernel.keyspaces import CATALOG_VERSION
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.dynamodb.recording.vector_entries import OpenVectorIndex
from jedlik.services.dynamodb.vectors import scan
from jedlik.services.dynamodb.vectors.conditions import SearchScope
from jedlik.services.dynamodb.vectors.held import HeldVectors
from jedlik.services.dynamodb.vectors.nearest_rows import nearest_rows
from jedlik.services.dynamodb.vectors.scoring import plain_scorer, shown_scores
from jedlik.services.dynamodb.vectors.selection import Candidate, Query

_ATTEMPTS: Final = 4
_THREADS: Final = "OPENBLAS_NUM_THREADS"


class Found(NamedTuple):
    """One result: its score, and its entry."""

    score: float
    entry: bytes


@cache
def loaded_numpy() -> ModuleType | None:
    """numpy, if it is installed: loaded by the first search, since it takes longer than the server
    takes to start. It computes on the thread that calls it: the other cores have workers."""
    before = os.environ.get(_THREADS)
    os.environ.setdefault(_THREADS, "1")
    try:
        return importlib.import_module("numpy")
    except ImportError:
        return None
    finally:
        if before is None:
            del os.environ[_THREADS]


async def held_vectors(database: Database) -> HeldVectors | None:
    """The database's vectors in this process's memory; None without numpy."""
    if database.held_vectors is not None:
        return database.held_vectors
    # It takes 0.1 s at first, in which other requests are answered.
    numpy = await asyncio.to_thread(loaded_numpy)
    if numpy is not None and database.held_vectors is None:
        database.held_vectors = HeldVectors(
            database, database.catalog, database.vector_memory, numpy
        )
    return database.held_vectors


async def nearest(
    database: Database,
    table: OpenTable,
    index: OpenVectorIndex,
    wanted: Sequence[float],
    scope: SearchScope,
    count: int,
) -> list[Found]:
    """The up to `count` entries in `scope` that are nearest to `wanted`, best first.

    Raises CatalogChanged, and LimitExceededException if there is no memory for the partition.
    """
    vectors = await held_vectors(database)
    if vectors is None:
        scorer = plain_scorer(index.model.distance, wanted)
    else:
        query = Query(vectors.numpy, index.model.distance, wanted)
        held = vectors.index(table, index)
        prefix = index.partition_prefix(scope.partition)
        for _ in range(_ATTEMPTS):
            partition = await held.partition(table, prefix)
            partition.searches += 1
            try:
                best = await nearest_rows(partition.rows, query, scope.filters, count)
            finally:
                partition.searches -= 1
            found = await _read(database, table, index, query, scope, best)
            if found is not None:
                return found
        scorer = query.score
    scanned = await scan.nearest(database, table, index, scorer, scope, count)
    scored = [(score, index.packed_vector(entry)) for score, entry in scanned]
    shown = shown_scores(index.model.distance, wanted, scored, vectors and vectors.numpy)
    return [Found(score, entry) for score, (_, entry) in zip(shown, scanned, strict=True)]


async def _read(
    database: Database,
    table: OpenTable,
    index: OpenVectorIndex,
    query: Query,
    scope: SearchScope,
    best: Sequence[Candidate],
) -> list[Found] | None:
    """The entries of the rows found; None if one differs from the row in memory."""
    prefix = index.partition_prefix(scope.partition)
    keys = [prefix + candidate.key for candidate in best]
    version, *entries = await database.engine.read((CATALOG_VERSION, *keys))
    database.catalog.check(version, table)
    found = []
    scored = [(candidate.score, candidate.vector) for candidate in best]
    shown = shown_scores(query.distance, query.wanted, scored, query.numpy)
    for candidate, score, entry in zip(best, shown, entries, strict=True):
        if entry is None or index.packed_vector(entry) != candidate.vector:
            return None
        if scope.filters and not scope.holds(index.attributes(entry)):
            return None
        found.append(Found(score, entry))
    return found
