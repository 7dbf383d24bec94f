"""The background work of auto scaling: scheduled actions when they are due, policies every minute.

A minute is read some time after its end, when all processes have stored their records. The scaling
code is loaded with the first target: most servers never have one.
"""

from __future__ import annotations

from jedlik.kernel.keyspaces import SCALABLE_TARGETS
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.loops.loop import LeasedLoop
from jedlik.values.keybytes import successor


class Scaler(LeasedLoop):
    """Auto scaling of one database."""

    lease_name = "autoscaling"

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._minute = 0

    async def _round(self) -> bool:
        page = await self._database.engine.range(
            SCALABLE_TARGETS, successor(SCALABLE_TARGETS), limit=1
        )
        if page.rows and await self._hold():
            await self._scale()
        return False

    async def _scale(self) -> None:
        from jedlik.services.autoscaling import adjusting, store  # noqa: PLC0415  see above

        database = self._database
        targets = await store.all_targets(database)
        for target in targets:
            if target.actions and not self._stopping.is_set():
                await self._step(adjusting.run_due_actions, target)
        minute = adjusting.last_minute(database.clock.now())
        if minute != self._minute:
            self._minute = minute
            for target in targets:
                if target.policies and not self._stopping.is_set():
                    await self._step(adjusting.follow, target.scaled)
            await store.trim_activities(database)
