"""What the deliveries of one mapping share: the last result is stored only if it is another one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from jedlik.kernel.leases import acquire
from jedlik.services.dynamodb.streams.checkpoints import Checkpoint
from jedlik.services.lambda_.checkpoints import checkpoints_of
from jedlik.services.lambda_.event_source_mappings import CreateMapping, Twins, get_mapping
from jedlik.services.lambda_.triggers.context import MappingContext
from tests.control_plane import ControlPlane
from tests.unit.services.lambda_.triggers.deliveries import mapping


class CountedWrites:
    """An engine that counts the tasks that it is given."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self.count = 0

    async def write(self, task: Any) -> Any:
        self.count += 1
        return await self._engine.write(task)


def test_what_has_not_changed_is_not_written_again(plane: ControlPlane) -> None:
    engine, made = plane.database.engine, mapping()
    plane.run(engine.write(CreateMapping(made, {}, Twins(None, made.stream_arn, "f", []))))
    lease = plane.run(acquire(engine, "lease", "me", plane.database.clock.now(), 10.0))
    counted = CountedWrites(engine)
    context: Any = MappingContext(SimpleNamespace(engine=counted), None, made, lease, None, None)

    async def move(position: int | None, result: str | None) -> tuple[int, str, Any]:
        moved = {} if position is None else {"shard": Checkpoint(position)}
        await context.move(moved, result)
        _, stored = await get_mapping(engine, made.uuid)
        return counted.count, stored, (await checkpoints_of(engine, made.uuid)).get("shard")

    assert plane.run(move(None, "OK")) == (1, "OK", None)
    assert plane.run(move(None, "OK")) == (1, "OK", None)
    assert plane.run(move(7, "OK")) == (2, "OK", Checkpoint(7))
    assert plane.run(move(None, None)) == (2, "OK", Checkpoint(7))
    assert plane.run(move(None, "PROBLEM")) == (3, "PROBLEM", Checkpoint(7))
