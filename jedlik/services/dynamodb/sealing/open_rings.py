"""The key rings of all tables at one version of the catalog: they seal and open values.

The keys of items, index entries, records of change logs and lines of reports have their table's id,
those of stream records their stream's. The beginning of a value stays readable: the size of an item
(see `values.stored`), or the head of a stream record (see `recording.stream_records`). The rest is
sealed, and bound to the beginning and to the key. The first byte after the beginning distinguishes
plain from sealed values: JSON begins with `{`, an image with the high byte of its size, which is 0,
as is the first byte of a change.

Under a root key, a ring of the store itself seals the secrets outside of tables: identities, KMS
keys and functions. Those values are sealed completely; plain values that begin with 01 are always
shorter than sealed ones (packages of functions begin with `PK`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from typing import TYPE_CHECKING, Final

from jedlik.base.errors import ServiceError
from jedlik.crypto.errors import UnknownDataKey
from jedlik.kernel.backup_keys import table_changes_prefix, table_reports_prefix
from jedlik.kernel.keyspaces import (
    BULK_REPORTS,
    CHANGES,
    ID_SIZE,
    ITEMS,
    RECORDS,
    SECRETS,
    stream_records_prefix,
    table_prefix,
)
from jedlik.services.dynamodb.recording.stream_records import HEAD
from jedlik.services.dynamodb.sealing.key_failures import key_denied
from jedlik.services.dynamodb.sealing.key_ring import STORE, KeyRing
from jedlik.services.kms.model import EncryptionKey
from jedlik.storage.engine import Row, Value
from jedlik.values.stored import HEADER_SIZE, is_sealed

if TYPE_CHECKING:  # a server without key rings never loads the cryptography
    from jedlik.crypto.root_key import RootKey
    from jedlik.crypto.value_sealing import ValueCipher

_TABLE_AT: Final = len(ITEMS) + ID_SIZE
_STREAM_AT: Final = len(RECORDS) + ID_SIZE
_LOG_AT: Final = len(CHANGES) + ID_SIZE


Open = Callable[[bytes, int, bytes], bytes]
"""Opens a value, given the size of its readable head and its key (see `crypto.value_sealing`)."""


class OpenRing:
    """A key ring and its master keys. `failure` is the reason if one of them may not be used;
    `streams` are the ids of the table's streams, including old ones. `opens` opens the table's
    values; it is None before the first one is needed, and if a master key may not be used."""

    __slots__ = ("_cipher", "_make", "failure", "masters", "model", "opens", "streams")

    def __init__(
        self,
        model: KeyRing,
        masters: dict[str, EncryptionKey],
        failure: ServiceError | None,
        streams: Sequence[int],
        make: Callable[[OpenRing], ValueCipher],
    ) -> None:
        self.model = model
        self.masters = masters
        self.failure = failure
        self.streams = streams
        self._make = make
        self._cipher: ValueCipher | None = None
        self.opens: Open | None = None

    @property
    def unusable_since(self) -> float | None:
        """Since when a master cannot be used, in seconds since the epoch. None if all can be used,
        or if one was deleted."""
        since = [each.unusable_since for each in self.masters.values() if not each.usable]
        return min((moment for moment in since if moment is not None), default=None)

    def cipher(self) -> ValueCipher:
        """Seals and opens the table's values; made when first needed."""
        if self._cipher is None:
            self._cipher = self._make(self)
            if self.failure is None:
                self.opens = self._cipher.open
        return self._cipher


class KeyRingSnapshot:
    """All key rings at one version; immutable. `changed` is the version that last changed any of
    them. `new_id` makes ids for requests to the key service; `root` is the server's root key."""

    def __init__(
        self,
        version: Value = None,
        changed: Value = None,
        new_id: Callable[[], str] = str,
        root: RootKey | None = None,
    ) -> None:
        self.version = version
        self.changed = changed
        self.rings: Mapping[int, OpenRing] = {}
        """By table id."""
        self._new_id = new_id
        self._root = root
        self._by_table: Mapping[bytes, OpenRing] = {}
        self._by_prefix: Mapping[bytes, OpenRing] = {}

    @property
    def root(self) -> RootKey | None:
        """The root key, if this store's values are sealed under one."""
        return self._root if STORE in self.rings else None

    def at(self, version: Value) -> KeyRingSnapshot:
        """The same rings at another version."""
        later = copy(self)
        later.version = version
        return later

    def has_rings_of(self, other: KeyRingSnapshot) -> bool:
        """Whether the data keys and streams are those of another snapshot."""
        mine, others = (
            {table_id: (ring.model, ring.streams) for table_id, ring in each.rings.items()}
            for each in (self, other)
        )
        return mine == others

    def with_rings(
        self, version: Value, changed: Value, rings: Mapping[int, OpenRing | None]
    ) -> KeyRingSnapshot:
        """The snapshot at `version`, which changed these rings; None: a table's ring was
        removed."""
        later = KeyRingSnapshot(version, changed, self._new_id, self._root)
        all_rings, by_table, by_prefix = (
            dict(self.rings),
            dict(self._by_table),
            dict(self._by_prefix),
        )
        for table_id, ring in rings.items():
            before = all_rings.pop(table_id, None)
            if before is not None:
                del by_table[table_prefix(table_id)]
                for prefix in _prefixes(before):
                    del by_prefix[prefix]
            if ring is not None:
                all_rings[table_id] = by_table[table_prefix(table_id)] = ring
                by_prefix |= dict.fromkeys(_prefixes(ring), ring)
        later.rings, later._by_table, later._by_prefix = all_rings, by_table, by_prefix
        return later

    # --- Whether a table can be used ----------------------------------------------------------

    def of_stream(self, stream_id: int) -> OpenRing | None:
        """The ring of a stream's table, which may have been deleted."""
        return self._by_prefix.get(stream_records_prefix(stream_id))

    def failure(self, table_id: int) -> ServiceError | None:
        """Why a key of the table may not be used; None if all may be used."""
        ring = self.rings.get(table_id)
        return None if ring is None else ring.failure

    def check(self, table_id: int) -> None:
        """Raise the error of `key_denied` if a key of the table may not be used."""
        ring = self.rings.get(table_id)
        if ring is not None:
            self._check(ring)

    def _check(self, ring: OpenRing) -> None:
        if ring.failure is not None:
            raise key_denied(ring.failure, self._new_id())

    # --- Values -------------------------------------------------------------------------------

    def opened(self, key: bytes, value: bytes) -> bytes:
        """The plain value of a key of the store. Raises AccessDeniedException if the table's key
        may not be used, `UnknownDataKey` if the value does not match this snapshot (either may be
        outdated), and `CorruptCiphertext`."""
        # Nearly all values are items and entries of a table whose key may be used.
        ring = self._by_table.get(key[:_TABLE_AT])
        if ring is not None and ring.opens is not None and is_sealed(value):
            return ring.opens(value, HEADER_SIZE, key)
        place = _place(key)
        if place is None:
            return value
        ring = self._by_prefix.get(key[: place[0]])
        if ring is not None and ring.failure is not None and is_sealed(value, place[1]):
            self._check(ring)
        return opened_by(key, value, place[1], ring)

    def opened_rows(self, rows: list[Row]) -> list[Row]:
        """Rows in the order of their keys, with plain values. Raises as `opened` does."""
        opened = self.opened
        opens = self._opens_all(rows)
        if opens is None:
            return [(key, opened(key, value)) for key, value in rows]
        return [
            (key, opens(value, HEADER_SIZE, key) if is_sealed(value) else opened(key, value))
            for key, value in rows
        ]

    def _opens_all(self, rows: list[Row]) -> Open | None:
        """Opens the rows, if they are all of one table; otherwise None."""
        if not rows or rows[0][0][:_TABLE_AT] != rows[-1][0][:_TABLE_AT]:
            return None
        ring = self._by_table.get(rows[0][0][:_TABLE_AT])
        return None if ring is None else ring.opens

    def sealed(self, key: bytes, value: bytes) -> bytes:
        """The stored form of a plain value under a key. Raises AccessDeniedException."""
        place = _place(key)
        ring = None if place is None else self._by_prefix.get(key[: place[0]])
        if place is None or ring is None:
            return value
        self._check(ring)
        cipher = ring.cipher()
        if cipher.sealing is None:
            return value
        return cipher.seal(value, place[1], key)


def is_as_new(key: bytes, value: bytes, ring: KeyRing) -> bool:
    """Whether a stored value of the ring's table is sealed as a new one would be."""
    place = _place(key)
    if place is None:
        return True
    if not is_sealed(value, place[1]):
        return ring.sealing is None
    at = place[1] + 1
    return int.from_bytes(value[at : at + 4], "big") == ring.sealing


def opened_by(key: bytes, value: bytes, head_size: int, ring: OpenRing | None) -> bytes:
    """The plain value of a key that belongs to this ring."""
    if not is_sealed(value, head_size):
        if ring is not None and ring.model.seals_all:
            raise UnknownDataKey  # only this server may put values there
        return value
    if ring is None:
        raise UnknownDataKey
    return ring.cipher().open(value, head_size, key)


def _prefixes(ring: OpenRing) -> list[bytes]:
    """The prefixes of the keys whose values the ring seals."""
    table_id = ring.model.table_id
    of_table = (table_prefix, table_changes_prefix, table_reports_prefix)
    return [
        *(prefix(table_id) for prefix in of_table),
        *map(stream_records_prefix, ring.streams),
        *(SECRETS if table_id == STORE else ()),
    ]


def _place(key: bytes) -> tuple[int, int] | None:
    """The lengths of the part of a key that names its table or stream, and of the value's readable
    head; None for other keys."""
    if key[:1] == ITEMS:
        return _TABLE_AT, HEADER_SIZE
    if key[:2] == RECORDS:
        return _STREAM_AT, HEAD.size
    if key[:2] in (CHANGES, BULK_REPORTS):
        return _LOG_AT, 0
    if key[:2] in SECRETS:
        return 2, 0
    return None
