"""When access keys were last used, and for what.

If a key is used more than once within 15 minutes, only the first use is recorded (IAM user guide,
"Generate credential reports for your AWS account"). So a process records a key's use once in that
time, in parallel with the request, and verifying a signature costs only one comparison. A use is
not a change of the identities: no decision depends on it.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Sequence
from typing import Final

import orjson

from jedlik.kernel.keyspaces import access_key_key, key_use_key
from jedlik.services.iam.model import KeyUse
from jedlik.services.iam.store import IdentityStore
from jedlik.storage.engine import Changes, Engine, Value
from jedlik.storage.failures import StorageFailure

log = logging.getLogger(__name__)

SPAN: Final = 15 * 60.0
"""Seconds in which further uses of a key are not recorded."""


def parse_use(stored: bytes) -> KeyUse:
    """A use from stored bytes."""
    return KeyUse(**orjson.loads(stored))


class KeyUses:
    """Records and reads when the access keys of a store were used."""

    def __init__(self, engine: Engine, identities: IdentityStore) -> None:
        self._engine = engine
        self._identities = identities
        self._next: dict[str, float] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def note(self, access_key: str, service: str, region: str, now: float) -> float:
        """Record that a key was used at `now`; returns from when on to call this again.

        Keys that are not in the store are not recorded.
        """
        if access_key not in self._identities.now.access_keys:
            return math.inf
        following = self._next.get(access_key, 0.0)
        if now < following:
            return following
        self._next[access_key] = now + SPAN
        write = self._write(_Use(access_key, KeyUse(now, service, region)))
        task = asyncio.get_running_loop().create_task(write)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return now + SPAN

    async def last(self, access_key: str) -> KeyUse | None:
        """The last recorded use of a key."""
        (stored,) = await self._engine.read((key_use_key(access_key),))
        return None if stored is None else parse_use(stored)

    async def _write(self, use: _Use) -> None:
        try:
            await self._engine.write(use)
        except StorageFailure as error:
            log.warning("the use of an access key was not recorded: %s", error)


class _Use:
    """Write task: a use, unless the key is deleted or another process recorded one in the span."""

    def __init__(self, access_key: str, use: KeyUse) -> None:
        self._use = use
        self.keys = (access_key_key(access_key), key_use_key(access_key))

    def decide(self, values: Sequence[Value]) -> Changes[None]:
        """See WriteTask."""
        key, stored = values
        if key is None or (stored and self._use.when < parse_use(stored).when + SPAN):
            return Changes({}, None)
        return Changes({self.keys[1]: orjson.dumps(self._use)}, None)
