"""Figures that the processes of one server share, so that any of them can answer for all.

Workers share a port, so a scraper reaches any one of them. Each stores its families every few
seconds; the one that is reached adds those of the others to its own, each labelled with its
process. Families that have not been renewed for a minute belong to a process that has ended.

    0B "w" host name 00 parent's process id 00 process id
                                 JSON: time, families
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, Final

import orjson

from jedlik.app.admin.open_metrics import Family, Sample
from jedlik.base.turns import each_in_turn
from jedlik.kernel.keyspaces import METRIC_SNAPSHOTS
from jedlik.kernel.rows import all_rows
from jedlik.kernel.store import Store
from jedlik.storage.blind_write import BlindWrite
from jedlik.storage.engine import Value

FRESH_SECONDS: Final = 60.0


class Snapshots:
    """The snapshots of one server's processes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._prefix = METRIC_SNAPSHOTS + f"{socket.gethostname()}\0{os.getppid()}\0".encode()
        self.process = str(os.getpid())
        self._key = self._prefix + self.process.encode()

    async def put(self, families: Iterable[Family]) -> None:
        """Store the families of this process."""
        written = await each_in_turn(families, lambda family: orjson.dumps(family, tuple))
        now = orjson.dumps(self._store.clock.now())
        record = b'{"time":%b,"families":[%b]}' % (now, b",".join(written))
        await self._store.engine.write(BlindWrite({self._key: record}))

    async def others(self) -> list[Family]:
        """The recent families of the other processes; older ones are deleted, also those of other
        servers."""
        now = self._store.clock.now()
        found: list[Family] = []
        gone: dict[bytes, Value] = {}
        for key, stored in await all_rows(self._store.engine, METRIC_SNAPSHOTS):
            record: dict[str, Any] = orjson.loads(stored)
            if record["time"] < now - FRESH_SECONDS:
                gone[key] = None
            elif key.startswith(self._prefix) and key != self._key:
                read = partial(_family, process=key[len(self._prefix) :].decode())
                found += await each_in_turn(record["families"], read)
        if gone:
            await self._store.engine.write(BlindWrite(gone))
        return found


def _family(stored: Sequence[Any], process: str) -> Family:
    """A stored family of that process."""
    name, kind, unit, meaning, samples = stored
    family = Family(name, kind, unit, meaning, [Sample(*each) for each in samples])
    return labelled(family, process=process)


def labelled(family: Family, **labels: str) -> Family:
    """A family whose samples also have these labels."""
    return family._replace(
        samples=[sample._replace(labels={**labels, **sample.labels}) for sample in family.samples]
    )
