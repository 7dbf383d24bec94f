"""The key rings of all tables in the memory of one process.

They are a snapshot at one version of the catalog (see `database.catalog`): every change of a ring,
or of whether a master may be used, changes that version, so that every process reads them again
before it uses them. The changed rings are noted too (see `kernel.key_ring_changes`), so that all
others need not be read again. For what the rings seal see `open_rings`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Final
from uuid import UUID

import orjson

from jedlik.base.errors import ServiceError
from jedlik.base.loading import load
from jedlik.crypto.errors import CorruptCiphertext, UnknownDataKey
from jedlik.kernel.arns import Arns
from jedlik.kernel.key_ring_changes import changed_since, last_change
from jedlik.kernel.keyspaces import (
    CATALOG_VERSION,
    INTERNAL_STREAMS,
    KEY_RING_CHANGES,
    KEY_RINGS,
    STREAMS,
    internal_stream_key,
    key_ring_key,
    stream_key,
)
from jedlik.kernel.rows import all_rows
from jedlik.services.dynamodb.sealing.key_ring import ROOT, STORE, KeyRing, decode_ring
from jedlik.services.dynamodb.sealing.open_rings import KeyRingSnapshot, OpenRing, opened_by
from jedlik.services.kms.errors import KMSInvalidStateException
from jedlik.services.kms.model import EncryptionKey
from jedlik.services.kms.records import decoded, no_key, record_key, unusable
from jedlik.storage.engine import Reads

if TYPE_CHECKING:  # a server without key rings never loads the cryptography
    from jedlik.crypto.root_key import RootKey
    from jedlik.crypto.value_sealing import Nonces, ValueCipher

_CRYPTOGRAPHY: Final = (
    "jedlik.crypto.value_sealing",
    "jedlik.services.dynamodb.sealing.data_keys",
)
"""The modules that seal and open values: loading them takes as long as a hundred requests."""
WITHOUT_ROOT_KEY: Final = "This server was started without the root key of its data."
OTHER_ROOT_KEY: Final = "This server was started with another root key than that of its data."


class Vault:
    """All key rings. `new_id` makes ids for requests to the key service. With `disabled_too`, keys
    that may not be used still open values: for reading a store from outside."""

    def __init__(
        self,
        engine: Reads,
        arns: Arns,
        new_id: Callable[[], str],
        root: RootKey | None = None,
        *,
        disabled_too: bool = False,
    ) -> None:
        self._engine = engine
        self._arns = arns
        self._new_id = new_id
        self._root = root
        self._disabled_too = disabled_too
        self._nonces: Nonces | None = None
        self._begun = 0
        self._taken = 0
        self.snapshot = KeyRingSnapshot()
        """Replaced as a whole: a decision in a commit's thread sees one or the other."""

    async def load(self, *, all_again: bool = False) -> KeyRingSnapshot:
        """Read the changed rings with their masters and their tables' streams, or all of them if
        `all_again`, at one version. If there are several concurrent calls, an earlier one does not
        replace the result of a later one."""
        self._begun += 1
        turn = self._begun
        snapshot = None
        while snapshot is None:
            snapshot = await self._read(self.snapshot, all_again=all_again)
        if turn > self._taken:
            self._taken, self.snapshot = turn, snapshot
        return self.snapshot

    async def _read(self, known: KeyRingSnapshot, *, all_again: bool) -> KeyRingSnapshot | None:
        """The rings in the store; None if they changed meanwhile."""
        version, noted = await self._engine.read((CATALOG_VERSION, KEY_RING_CHANGES))
        changed = None
        if known.version is not None and not all_again:
            changed = changed_since(noted, known.version)
        if changed is not None and not changed:
            return known.at(version)
        rings: Mapping[int, OpenRing | None]
        if changed is None or STORE in changed:
            known = KeyRingSnapshot(new_id=self._new_id, root=self._root)
            rings = await self._all_rings()
        else:
            rings = await self._rings_of(changed, known.rings.get(STORE))
        if await self._engine.read((CATALOG_VERSION,)) != [version]:
            return None
        return known.with_rings(version, last_change(noted), rings)

    async def _all_rings(self) -> dict[int, OpenRing]:
        rows = await all_rows(self._engine, KEY_RINGS)
        models = [self._model(value) for _, value in rows]
        if not models:
            return {}
        await load(*_CRYPTOGRAPHY)
        streams: dict[int, list[int]] = {model.table_id: [] for model in models}
        for prefix in (STREAMS, INTERNAL_STREAMS):
            for _, value in await all_rows(self._engine, prefix):
                stream = orjson.loads(value)
                if stream["table_id"] in streams:
                    streams[stream["table_id"]].append(stream["id"])
        of_store = next((model for model in models if model.table_id == STORE), None)
        store = None
        if of_store is not None:
            store = OpenRing(of_store, {}, self._root_failure(of_store), (), self._cipher)
        masters = await self._masters(models, store)
        return {
            model.table_id: self._ring(model, masters, streams[model.table_id], store)
            for model in models
        }

    async def _rings_of(
        self, table_ids: Collection[int], store: OpenRing | None
    ) -> dict[int, OpenRing | None]:
        """The rings of these tables; None for a table without one. `store` is the ring of the
        store."""
        rings: dict[int, OpenRing | None] = dict.fromkeys(table_ids)
        stored = await self._engine.read([key_ring_key(table_id) for table_id in rings])
        models = [self._model(value) for value in stored if value is not None]
        if models:
            await load(*_CRYPTOGRAPHY)
        masters = await self._masters(models, store)
        for model in models:
            streams = await self._streams_of(model)
            rings[model.table_id] = self._ring(model, masters, streams, store)
        return rings

    async def _streams_of(self, ring: KeyRing) -> list[int]:
        """The ids of a table's streams, including old ones."""
        streams = []
        for prefix in (stream_key(ring.table_name), internal_stream_key(ring.table_name)):
            for _, value in await all_rows(self._engine, prefix):
                stream = orjson.loads(value)
                if stream["table_id"] == ring.table_id:
                    streams.append(stream["id"])
        return streams

    def _model(self, stored: bytes) -> KeyRing:
        """A ring from its record: the same object as before if it has not changed."""
        model = decode_ring(stored)
        before = self.snapshot.rings.get(model.table_id)
        return before.model if before is not None and before.model == model else model

    async def _masters(
        self, models: Sequence[KeyRing], store: OpenRing | None
    ) -> dict[str, EncryptionKey]:
        """The masters that exist and can be read, by id. `store` is the ring of the store, if any,
        which may seal them."""
        if store is not None and store.failure is not None:
            return {}
        ids = sorted({key.master for model in models for key in model.keys} - {ROOT})
        keys = [record_key(UUID(key_id)) for key_id in ids]
        masters = {}
        for key_id, key, record in zip(ids, keys, await self._engine.read(keys), strict=True):
            # A damaged record makes the tables under that key unusable, but no others.
            with contextlib.suppress(UnknownDataKey, CorruptCiphertext):
                if record is not None:
                    masters[key_id] = decoded(opened_by(key, record, 0, store))
        return masters

    def _ring(
        self,
        ring: KeyRing,
        known: Mapping[str, EncryptionKey],
        streams: Sequence[int],
        store: OpenRing | None,
    ) -> OpenRing:
        """The ring with its masters: if unchanged, that of the last snapshot, which already has its
        cipher."""
        before = self.snapshot.rings.get(ring.table_id)
        failure = self._root_failure(ring) if store is None else store.failure
        masters = {}
        for key_id in {key.master: None for key in ring.keys if key.master != ROOT}:
            master = known.get(key_id)
            if master is None:
                failure = failure or no_key(self._arns, key_id)
                continue
            masters[key_id] = master
            if not self._disabled_too:
                failure = failure or unusable(self._arns, master)
        if (
            before is not None
            and before.model is ring
            and before.failure is failure is None
            and (before.masters, before.streams) == (masters, streams)
        ):
            return before
        return OpenRing(ring, masters, failure, streams, self._cipher)

    def _root_failure(self, ring: KeyRing) -> ServiceError | None:
        """Why the root key cannot open the ring; None if it can, or need not."""
        if all(key.master != ROOT for key in ring.keys):
            return None
        before = self.snapshot.rings.get(ring.table_id)
        if before is not None and before.model is ring and before.failure is None:
            return None
        if self._root is None:
            return KMSInvalidStateException(WITHOUT_ROOT_KEY)
        from jedlik.services.dynamodb.sealing.data_keys import is_root_key_of  # noqa: PLC0415

        if not is_root_key_of(ring, self._root):
            return KMSInvalidStateException(OTHER_ROOT_KEY)
        return None

    def _cipher(self, ring: OpenRing) -> ValueCipher:
        # Loading the cryptography takes longer than a server without key rings takes to start.
        from jedlik.crypto.value_sealing import Nonces  # noqa: PLC0415
        from jedlik.services.dynamodb.sealing import data_keys  # noqa: PLC0415

        if self._nonces is None:
            self._nonces = Nonces()
        return data_keys.cipher_of(
            ring.model, self._arns.account, ring.masters, self._root, self._nonces
        )
