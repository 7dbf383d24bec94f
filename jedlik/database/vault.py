"""The key rings of all tables, as one process knows them, and what they seal.

The picture is of one version of the catalog: whatever changes a ring, or whether a master may be
used, moves that version, and so every process looks again before it acts on it (see `catalog`).

Items and index entries stand under their table's id, records under their stream's. Of an item its
size stays readable in front (see `values.stored`), of a record its head (see `stream_records`); the
rest is sealed, bound to what stands in front of it and to the key in the store. What is plain and
what is sealed is told apart by the first byte behind that: JSON begins with `{`, an image with the
high byte of its size, which is 0.

Under a root key a ring of the store itself seals the secrets among the rest: the values of
identities, keys of the key service and functions. Those are sealed whole; nothing plain that begins
with 01 is as long as what is sealed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Final
from uuid import UUID

import orjson

from jedlik.base.errors import ServiceError
from jedlik.base.key_errors import KMSInvalidStateException
from jedlik.database.key_failures import key_denied
from jedlik.database.key_records import decoded, no_key, record_key, unusable
from jedlik.database.keyspaces import (
    CATALOG_VERSION,
    ID_SIZE,
    ITEMS,
    KEY_RINGS,
    RECORDS,
    SECRETS,
    STREAMS,
    stream_records_prefix,
    table_prefix,
)
from jedlik.database.names import Names
from jedlik.database.stream_records import HEAD
from jedlik.kms.unopened import UnknownDataKey
from jedlik.model.encryption_key import EncryptionKey
from jedlik.model.key_ring import ROOT, STORE, KeyRing, key_ring_from_json
from jedlik.model.stream import stream_from_json
from jedlik.storage.engine import Reads, Row, Value
from jedlik.values.keybytes import successor
from jedlik.values.stored import HEADER_SIZE, is_sealed

if TYPE_CHECKING:  # a server without key rings never loads the cryptography
    from jedlik.kms.root_key import RootKey
    from jedlik.kms.value_sealing import Nonces, ValueCipher

WITHOUT_ROOT_KEY: Final = "This server was started without the root key of its data."
OTHER_ROOT_KEY: Final = "This server was started with another root key than that of its data."

_TABLE_AT: Final = len(ITEMS) + ID_SIZE
_STREAM_AT: Final = len(RECORDS) + ID_SIZE


Open = Callable[[bytes, int, bytes], bytes]
"""Opens a value, given the size of its readable head and its key (see `kms.value_sealing`)."""


class OpenRing:
    """A key ring and its masters. `failure` says why one of them may not be used, if that is so.

    `opens` opens the table's values, once a first one was asked for and where the masters may be
    used.
    """

    __slots__ = ("_cipher", "_make", "failure", "masters", "model", "opens", "streams")

    def __init__(
        self,
        model: KeyRing,
        masters: dict[str, EncryptionKey],
        failure: ServiceError | None,
        make: Callable[[OpenRing], ValueCipher],
    ) -> None:
        self.model = model
        self.masters = masters
        self.failure = failure
        self.streams: list[int] = []
        self._make = make
        self._cipher: ValueCipher | None = None
        self.opens: Open | None = None

    @property
    def unusable_since(self) -> float | None:
        """Since when a master cannot be used, in seconds since the epoch.

        None where all can be, and where one is gone altogether.
        """
        since = [each.unusable_since for each in self.masters.values() if not each.usable]
        return min((moment for moment in since if moment is not None), default=None)

    def cipher(self) -> ValueCipher:
        """What seals and opens the table's values; made when first needed."""
        if self._cipher is None:
            self._cipher = self._make(self)
            if self.failure is None:
                self.opens = self._cipher.open
        return self._cipher


class Vault:
    """All key rings. `new_id` gives ids for requests to the key service; with `disabled_too`, keys
    that may not be used open what they sealed all the same: for looking at a store from outside."""

    def __init__(
        self,
        engine: Reads,
        names: Names,
        new_id: Callable[[], str],
        root: RootKey | None = None,
        *,
        disabled_too: bool = False,
    ) -> None:
        self._engine = engine
        self._names = names
        self._new_id = new_id
        self._root = root
        self._disabled_too = disabled_too
        self._by_table: dict[bytes, OpenRing] = {}
        self._by_prefix: dict[bytes, OpenRing] = {}
        self._nonces: Nonces | None = None
        self.version: Value = None
        self.rings: dict[int, OpenRing] = {}
        """By table id."""

    # --- The picture --------------------------------------------------------------------------

    async def load(self) -> None:
        """Read the rings, their masters and the tables' streams, all of one version."""
        while True:
            (version,) = await self._engine.read((CATALOG_VERSION,))
            found: dict[int, OpenRing] = {}
            async for _, value in self._rows(KEY_RINGS):
                ring = key_ring_from_json(orjson.loads(value))
                found[ring.table_id] = await self._looked_up(ring, found.get(STORE))
            if found:
                async for _, value in self._rows(STREAMS):
                    stream = stream_from_json(orjson.loads(value))
                    if stream.table_id in found:
                        found[stream.table_id].streams.append(stream.id)
            if await self._engine.read((CATALOG_VERSION,)) == [version]:
                break
        self.version, self.rings = version, found
        self._by_table = {table_prefix(table_id): opened for table_id, opened in found.items()}
        self._by_prefix = dict(self._by_table)
        for opened in found.values():
            self._by_prefix |= {stream_records_prefix(stream): opened for stream in opened.streams}
        if STORE in found:
            self._by_prefix |= dict.fromkeys(SECRETS, found[STORE])

    async def load_newer(self) -> bool:
        """Read everything again; whether the version has moved meanwhile."""
        before = self.version
        await self.load()
        return self.version != before

    async def _rows(self, prefix: bytes) -> AsyncIterator[Row]:
        low, more = prefix, True
        while more:
            page = await self._engine.range(low, successor(prefix), limit=1000)
            for row in page.rows:
                yield row
            more = page.more
            low = page.rows[-1][0] + b"\x00" if page.rows else low

    async def _looked_up(self, ring: KeyRing, store: OpenRing | None) -> OpenRing:
        """The open ring; `store` is the store's own, which may seal the masters' records."""
        wanted = {key.master for key in ring.keys}
        failure = self._root_failure(ring) if store is None else store.failure
        ids = sorted(wanted - {ROOT})
        keys = [record_key(UUID(key_id)) for key_id in ids]
        masters = {}
        for key_id, key, record in zip(ids, keys, await self._engine.read(keys), strict=True):
            if record is None:
                failure = no_key(self._names, key_id)
                continue
            if store is not None and store.failure is not None:
                continue
            masters[key_id] = decoded(_opened(key, record, 0, store))
            if not self._disabled_too:
                failure = failure or unusable(self._names, masters[key_id])
        return OpenRing(ring, masters, failure, self._cipher)

    def _root_failure(self, ring: KeyRing) -> ServiceError | None:
        """Why the root key does not open what it should; None where it does, or has nothing to."""
        if all(key.master != ROOT for key in ring.keys):
            return None
        if self._root is None:
            return KMSInvalidStateException(WITHOUT_ROOT_KEY)
        from jedlik.database.data_keys import is_root_key_of  # noqa: PLC0415

        if not is_root_key_of(ring, self._root):
            return KMSInvalidStateException(OTHER_ROOT_KEY)
        return None

    def _cipher(self, ring: OpenRing) -> ValueCipher:
        # Loading the cryptography takes longer than a server without key rings takes to start.
        from jedlik.database import data_keys  # noqa: PLC0415
        from jedlik.kms.value_sealing import Nonces  # noqa: PLC0415

        if self._nonces is None:
            self._nonces = Nonces()
        return data_keys.cipher_of(
            ring.model, self._names.account, ring.masters, self._root, self._nonces
        )

    @property
    def root(self) -> RootKey | None:
        """The root key, where this store's values are sealed under one."""
        return self._root if STORE in self.rings else None

    # --- Whether a table can be used ----------------------------------------------------------

    def failure(self, table_id: int) -> ServiceError | None:
        """Why a key of the table may not be used; None where all may."""
        ring = self.rings.get(table_id)
        return None if ring is None else ring.failure

    def check(self, table_id: int) -> None:
        """Raise AccessDeniedException where a key of the table may not be used."""
        ring = self.rings.get(table_id)
        if ring is not None:
            self._check(ring)

    def _check(self, ring: OpenRing) -> None:
        if ring.failure is not None:
            raise key_denied(ring.failure, self._new_id())

    # --- Values -------------------------------------------------------------------------------

    def opened(self, key: bytes, value: bytes) -> bytes:
        """The plain value under a key of the store.

        Raises AccessDeniedException where the table's key may not be used, `UnknownDataKey` where
        the value is not as this picture has it (either may be outdated), and `ValueBroken`.
        """
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
        return _opened(key, value, place[1], ring)

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
        """What opens the rows where they all are of one table; None where that is not so."""
        if not rows or rows[0][0][:_TABLE_AT] != rows[-1][0][:_TABLE_AT]:
            return None
        ring = self._by_table.get(rows[0][0][:_TABLE_AT])
        return None if ring is None else ring.opens

    def sealed(self, key: bytes, value: bytes) -> bytes:
        """A plain value as it is to be stored under a key. Raises AccessDeniedException."""
        place = _place(key)
        ring = None if place is None else self._by_prefix.get(key[: place[0]])
        if place is None or ring is None:
            return value
        self._check(ring)
        cipher = ring.cipher()
        if cipher.sealing is None:
            return value
        return cipher.seal(value, place[1], key)

    def is_as_new(self, key: bytes, value: bytes, ring: KeyRing) -> bool:
        """Whether a stored value of the ring's table is sealed as a new one would be."""
        place = _place(key)
        if place is None:
            return True
        if not is_sealed(value, place[1]):
            return ring.sealing is None
        at = place[1] + 1
        return int.from_bytes(value[at : at + 4], "big") == ring.sealing


def _opened(key: bytes, value: bytes, head_size: int, ring: OpenRing | None) -> bytes:
    """The plain value under a key, whose ring this is."""
    if not is_sealed(value, head_size):
        if ring is not None and ring.model.seals_all:
            raise UnknownDataKey  # nobody but us may put values there
        return value
    if ring is None:
        raise UnknownDataKey
    return ring.cipher().open(value, head_size, key)


def _place(key: bytes) -> tuple[int, int] | None:
    """How long the part of a key is that names its table or stream, and the readable head of the
    value; None for keys of other things."""
    if key[:1] == ITEMS:
        return _TABLE_AT, HEADER_SIZE
    if key[:2] == RECORDS:
        return _STREAM_AT, HEAD.size
    if key[:2] in SECRETS:
        return 2, 0
    return None
