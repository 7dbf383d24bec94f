"""Checks of the catalog and the counters."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from jedlik.kernel import key_ring_changes
from jedlik.kernel.catalog_version import VERSION_SIZE
from jedlik.kernel.findings import Report
from jedlik.kernel.keyspaces import (
    BACKFILLS,
    CATALOG_VERSION,
    COUNTERS,
    ID_SIZE,
    IDENTITY_CHANGES,
    INDEX_PREFIX_SIZE,
    INTERNAL_STREAMS,
    KEY_RING_CHANGES,
    KEY_RINGS,
    LAST_ID,
    LEASES,
    PURGES,
    RE_ENCRYPTIONS,
    STREAMS,
    TABLES,
    TABLES_WORK,
    TAGS,
    index_prefix,
)
from jedlik.kernel.rows import all_rows
from jedlik.services.dynamodb.database.catalog import decode_table
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.dynamodb.sealing.key_ring import KeyRing
from jedlik.services.dynamodb.tables.figures import Figures, parse, total
from jedlik.services.dynamodb.tables.model import DELETING, TABLE_INDEX_ID, Table
from jedlik.services.dynamodb.tables.stream import Stream
from jedlik.services.dynamodb.verifying.key_rings import check_rings_of_tables, decoded_ring
from jedlik.services.dynamodb.verifying.streams import check_streams_of_tables, decoded_stream
from jedlik.services.iam import identity_changes
from jedlik.storage.engine import Reads

_CATALOG: Final = CATALOG_VERSION[:1]
_CHANGES: Final = {
    KEY_RING_CHANGES: ("changes of key rings", key_ring_changes.is_well_formed),
    IDENTITY_CHANGES: ("changes of identities", identity_changes.is_well_formed),
}
_COUNTING: Final = (CATALOG_VERSION, TABLES_WORK, *_CHANGES, LAST_ID)
_FIGURE_SIZE: Final = 20


@dataclass(slots=True)
class CatalogFound:
    """The contents of the catalog, as far as they could be read."""

    tables: list[OpenTable] = field(default_factory=list)
    last_id: int = 0
    purges: set[tuple[int, int]] = field(default_factory=set)
    backfills: set[tuple[int, int]] = field(default_factory=set)
    figures: dict[int, Figures] = field(default_factory=dict)
    streams: dict[int, Stream] = field(default_factory=dict)
    rings: dict[int, KeyRing] = field(default_factory=dict)
    re_encryptions: set[int] = field(default_factory=set)
    keys: int = 0

    def is_purged(self, table_id: int, index_id: int) -> bool:
        """Whether the contents of a table or index are about to be removed."""
        return (table_id, index_id) in self.purges or (table_id, TABLE_INDEX_ID) in self.purges

    @property
    def expected_keys(self) -> int:
        """The expected number of items and entries."""
        return sum(items for table in self.figures.values() for items, _ in table.values())


async def catalog_found(engine: Reads, found: Report, held: Collection[int] = ()) -> CatalogFound:
    """Read and check the catalog and the counters. `held` are ids of deleted tables whose items are
    still kept."""
    catalog = CatalogFound()
    models: list[Table] = []
    tags: list[int] = []
    for key, value in await all_rows(engine, _CATALOG):
        catalog.keys += 1
        _catalog_row(key, value, catalog, models, tags, found)
    _check_ids(models, catalog, found)
    catalog.tables = [OpenTable(model) for model in models]
    known = {model.id for model in models}
    for tagged in tags:
        if tagged not in known | catalog.streams.keys() and not catalog.is_purged(
            tagged, TABLE_INDEX_ID
        ):
            found(f"tags of id {tagged}", "there is no such table or stream")
    _check_backfills(models, catalog, found)
    check_streams_of_tables(models, catalog.streams, found)
    check_rings_of_tables(models, catalog.rings, catalog.re_encryptions, found)
    await _read_counters(engine, known, catalog, found, held)
    return catalog


def _catalog_row(
    key: bytes,
    value: bytes,
    catalog: CatalogFound,
    models: list[Table],
    tags: list[int],
    found: Report,
) -> None:
    kind, rest = key[:2], key[2:]
    place = f"catalog key {key!r}"
    if key in _COUNTING:
        _counting_row(key, value, catalog, found)
    elif kind == TABLES:
        _table_row(rest, value, models, found)
    elif kind == TAGS and len(rest) == ID_SIZE:
        tags.append(int.from_bytes(rest, "big"))
        if not _is_object_of_texts(value):
            found(place, "tags that are not a JSON object of strings")
    elif kind in (PURGES, BACKFILLS) and len(rest) == 2 * ID_SIZE:
        ids = int.from_bytes(rest[:ID_SIZE], "big"), int.from_bytes(rest[ID_SIZE:], "big")
        _work_row(kind, ids, value, catalog, found)
    elif kind in (STREAMS, INTERNAL_STREAMS):
        stream = decoded_stream(rest, value, found)
        if stream is not None:
            catalog.streams[stream.id] = stream
    elif kind in (KEY_RINGS, RE_ENCRYPTIONS) and len(rest) == ID_SIZE:
        _encryption_row(kind, int.from_bytes(rest, "big"), value, catalog, found)
    elif kind == LEASES and rest:
        if not isinstance(_json(value), dict):
            found(place, "a lease that is not a JSON object")
    else:
        found(place, "no key that a catalog has")


def _counting_row(key: bytes, value: bytes, catalog: CatalogFound, found: Report) -> None:
    if key in _CHANGES:
        place, is_well_formed = _CHANGES[key]
        if not is_well_formed(value):
            found(place, f"{len(value)} bytes that are not a list of changes")
        return
    if key == LAST_ID:
        catalog.last_id = int.from_bytes(value, "big")
        place, size = "last id", ID_SIZE
    else:
        place, size = "catalog version", VERSION_SIZE
    if len(value) != size:
        found(place, f"{len(value)} bytes instead of {size}")


def _table_row(name: bytes, value: bytes, models: list[Table], found: Report) -> None:
    place = f"table {name.decode(errors='replace')}"
    try:
        model = decode_table(value)
        OpenTable(model)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        found(place, f"its description cannot be read: {error!r}")
        return
    if model.name.encode() != name:
        found(place, f"its description is that of {model.name}")
    models.append(model)


def _work_row(
    kind: bytes, ids: tuple[int, int], value: bytes, catalog: CatalogFound, found: Report
) -> None:
    table_id, index_id = ids
    if kind == PURGES:
        catalog.purges.add(ids)
        if value:
            found(f"purge of {table_id}/{index_id}", "has a value")
        return
    catalog.backfills.add(ids)
    if value and not value.startswith(index_prefix(table_id, TABLE_INDEX_ID)):
        found(
            f"backfill of {table_id}/{index_id}",
            "stands at a key that belongs to no item of its table",
        )


def _encryption_row(
    kind: bytes, table_id: int, value: bytes, catalog: CatalogFound, found: Report
) -> None:
    if kind == RE_ENCRYPTIONS:
        catalog.re_encryptions.add(table_id)
        return
    ring = decoded_ring(table_id, value, found)
    if ring is not None:
        catalog.rings[table_id] = ring


def _check_ids(models: list[Table], catalog: CatalogFound, found: Report) -> None:
    seen: dict[int, str] = {}
    for place, id_ in (*_ids(models), *_stream_ids(catalog)):
        if id_ in seen:
            found(place, f"has the id {id_} of {seen[id_]}")
        seen[id_] = place
        if not 0 < id_ <= catalog.last_id:
            found(place, f"has the id {id_}; the last one given is {catalog.last_id}")
    for model in models:
        if (model.id, TABLE_INDEX_ID) in catalog.purges and model.status(0.0) != DELETING:
            found(f"table {model.name}", "is due to be purged, and is not DELETING")


def _ids(models: list[Table]) -> Iterator[tuple[str, int]]:
    for model in models:
        yield f"table {model.name}", model.id
        for index in model.all_indexes:
            yield f"index {index.name} of table {model.name}", index.id
        if model.time_to_live is not None:
            yield f"expiry index of table {model.name}", model.time_to_live.id
        if model.log is not None:
            yield f"change log of table {model.name}", model.log.id
        if model.replication is not None:
            yield f"replication log of table {model.name}", model.replication.log


def _stream_ids(catalog: CatalogFound) -> Iterator[tuple[str, int]]:
    for stream in catalog.streams.values():
        yield f"stream {stream.label} of table {stream.table_name}", stream.id


def _check_backfills(models: list[Table], catalog: CatalogFound, found: Report) -> None:
    filling = {
        (model.id, index.id) for model in models for index in model.all_indexes if index.backfilling
    }
    filling |= {
        (model.id, model.time_to_live.id)
        for model in models
        if model.time_to_live is not None and model.time_to_live.backfilling
    }
    for table_id, index_id in catalog.backfills - filling:
        if not catalog.is_purged(table_id, index_id):
            found(f"backfill of {table_id}/{index_id}", "there is no such index being backfilled")


async def _read_counters(
    engine: Reads, known: set[int], catalog: CatalogFound, found: Report, held: Collection[int]
) -> None:
    records: dict[int, list[bytes]] = {}
    for key, value in await all_rows(engine, COUNTERS):
        catalog.keys += 1
        table_id = int.from_bytes(key[1 : 1 + ID_SIZE], "big")
        place = f"counter {key.hex()}"
        if len(key) != 2 + ID_SIZE or len(value) % _FIGURE_SIZE:
            found(place, f"a key of {len(key)} bytes with {len(value)} bytes")
        elif table_id in known:
            records.setdefault(table_id, []).append(value)
        elif table_id in held or catalog.is_purged(table_id, TABLE_INDEX_ID):
            continue
        elif parse(value):
            found(place, f"counts for the table id {table_id}, which does not exist")
    catalog.figures = {table_id: total(values) for table_id, values in records.items()}


def _json(value: bytes) -> Any:
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return None


def _is_object_of_texts(value: bytes) -> bool:
    data = _json(value)
    return isinstance(data, dict) and all(isinstance(text, str) for text in data.values())


assert INDEX_PREFIX_SIZE == 1 + 2 * ID_SIZE
