"""How `verify` checks keys of the key service and their aliases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import orjson

from jedlik.crypto.material import MATERIAL_SIZE
from jedlik.kernel.findings import Report
from jedlik.kernel.keyspaces import KEY_ALIASES, KEYS
from jedlik.services.kms.alias import alias_from
from jedlik.services.kms.model import encryption_key_from_json
from jedlik.storage.engine import Row

_ID_SIZE: Final = 16


class EncryptionKeyWalk:
    """Checks rows as they are read; call `end` after the last."""

    def __init__(self, found: Report) -> None:
        self._found = found
        self._keys: set[str] = set()
        self._aliases: list[tuple[str, str]] = []

    def rows(self, rows: Sequence[Row]) -> None:
        """Check the next rows."""
        for key, value in rows:
            if key.startswith(KEYS) and len(key) == len(KEYS) + _ID_SIZE:
                self._keys.add(str(UUID(bytes=key[len(KEYS) :])))
                self._check(key[len(KEYS) :], value)
            elif key.startswith(KEY_ALIASES):
                self._add_alias(key[len(KEY_ALIASES) :].decode("utf-8", "replace"), value)
            else:
                self._found(f"key {key.hex()}", "belongs to no keyspace")

    def end(self) -> None:
        """Check what depends on all rows."""
        for name, target in self._aliases:
            if target not in self._keys:
                self._found(f"alias {name}", "leads to a key that does not exist")

    def _add_alias(self, name: str, value: bytes) -> None:
        try:
            self._aliases.append((name, alias_from(value).target))
        except ValueError:
            self._found(f"alias {name}", "its record cannot be read")

    def _check(self, key_id: bytes, value: bytes) -> None:
        place = f"encryption key {UUID(bytes=key_id)}"
        try:
            key = encryption_key_from_json(orjson.loads(value))
            sizes = {len(material.bytes) for material in key.materials}
        except (ValueError, TypeError, KeyError, AttributeError):
            self._found(place, "its record cannot be read")
            return
        if key.id != str(UUID(bytes=key_id)):
            self._found(place, f"its record is that of {key.id}")
        if sizes != {MATERIAL_SIZE}:
            self._found(place, "its key material has a wrong size")
