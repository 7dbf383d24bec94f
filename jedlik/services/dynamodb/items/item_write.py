"""One item to write."""

from __future__ import annotations

from typing import NamedTuple

from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.dynamodb.items.actions import Action
from jedlik.services.dynamodb.recording.versions import Version


class ItemWrite(NamedTuple):
    """One item to write: its table, its key in the store, and what to do to it.

    `by_service` says that no client but the server itself wants it (an item that expired).
    `version` is that of a change which another region has made, and which is carried out here if it
    is later than what is there.
    """

    table: OpenTable
    key: bytes
    action: Action
    by_service: bool = False
    version: Version | None = None

    @property
    def by_client(self) -> bool:
        """Whether a client of this region wants it, whose capacity it takes."""
        return not self.by_service and self.version is None
