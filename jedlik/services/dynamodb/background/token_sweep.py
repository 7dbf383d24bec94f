"""Forgetting transaction tokens that are older than they need to be remembered.

Tokens are found by the time of their use, oldest first, so a round reads only those that are due.
If a token was used again since, its record is newer, and only its old time is deleted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from jedlik.kernel.keyspaces import TOKEN_TIMES
from jedlik.kernel.leases import Lease
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.items.idempotency import expired_before, token_of_time
from jedlik.services.dynamodb.loops.loop import LeasedLoop
from jedlik.storage.engine import Changes, Value

TOKENS_A_STEP: Final = 200


class _Forget:
    """Delete times, and the tokens that were not used again, while the lease is held."""

    def __init__(self, lease: Lease, times: Sequence[bytes]) -> None:
        self._lease = lease
        self._times = times
        self._tokens = [token_of_time(time) for time in times]
        # A token may have been used several times, but a task declares a key once.
        self._token_keys = tuple(dict.fromkeys(key for key, _ in self._tokens))
        self.keys = (lease.key, *self._token_keys)

    def decide(self, values: Sequence[Value]) -> Changes[None]:
        self._lease.check(values[0])
        records = dict(zip(self._token_keys, values[1:], strict=True))
        changes: dict[bytes, Value] = dict.fromkeys(self._times)
        for key, used in self._tokens:
            record = records[key]
            if record is not None and record.startswith(used):
                changes[key] = None
        return Changes(changes, None)


class TokenSweep(LeasedLoop):
    """Forgets the tokens of one database, rarely, since nothing waits for it."""

    lease_name = "tokens"

    def __init__(self, database: Database) -> None:
        super().__init__(database, interval=60.0)

    async def _round(self) -> bool:
        """Forget all that is due."""
        engine, end = self._database.engine, expired_before(self._database.clock.now())
        due = await engine.range(TOKEN_TIMES, end, limit=1)
        if due.rows and await self._hold():
            await self._steps(_forget_some, end)
        return False


async def _forget_some(database: Database, lease: Lease, end: bytes) -> bool:
    """Forget the next tokens up to `end`; False once there are no more. Raises LeaseLost."""
    page = await database.engine.range(TOKEN_TIMES, end, limit=TOKENS_A_STEP)
    if page.rows:
        await database.engine.write(_Forget(lease, [key for key, _ in page.rows]))
    return page.more
