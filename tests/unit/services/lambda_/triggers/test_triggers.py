"""Deliveries from a stream on the memory engine: checkpoints, leases, shards in their order."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from jedlik.kernel.keyspaces import MAPPINGS_VERSION
from jedlik.kernel.leases import LeaseLost, acquire
from jedlik.services.dynamodb.streams import stream_reader
from jedlik.services.dynamodb.streams.checkpoints import Checkpoint
from jedlik.services.lambda_.checkpoints import checkpoints_of, move_checkpoints
from jedlik.services.lambda_.errors import StreamAccessDenied
from jedlik.services.lambda_.event_source_mappings import (
    CreateMapping,
    DeleteMapping,
    Twins,
    get_mapping,
    lease_name,
)
from jedlik.services.lambda_.mapping_model import EventSourceMapping
from jedlik.services.lambda_.model import DIRECTORY, Code, Function
from jedlik.services.lambda_.runtime.execution_roles import AnyRole, ExecutionRoles
from jedlik.services.lambda_.runtime.invocation import UNHANDLED, Invocation
from jedlik.services.lambda_.store import CreateFunction
from jedlik.services.lambda_.triggers import delivery
from jedlik.services.lambda_.triggers.triggers import LEASE_SECONDS, Triggers
from jedlik.storage.engine import Value
from jedlik.storage.failures import StorageFailure, StorageUnavailable
from tests.control_plane import ControlPlane, on_demand
from tests.unit.services.lambda_.triggers.deliveries import mapping

Answer = Callable[[list[str]], bytes | Exception]


class Functions:
    """Notes the keys that it is invoked with, and answers as it is told."""

    def __init__(self, roles: ExecutionRoles) -> None:
        self.roles = roles
        self.seen: list[list[str]] = []
        self.images: list[dict[str, Any]] = []
        self.answer: Answer = lambda _keys: b"null"
        self.endpoints = None

    async def invoke(self, _function: Function, event: bytes) -> Invocation:
        records = json.loads(event)["Records"]
        keys = [record["dynamodb"]["Keys"]["pk"]["S"] for record in records]
        self.seen.append(keys)
        self.images += [record["dynamodb"].get("NewImage", {}) for record in records]
        answer = self.answer(keys)
        if isinstance(answer, StorageFailure):
            raise answer
        if isinstance(answer, Exception):
            told = {"errorType": type(answer).__name__, "errorMessage": str(answer)}
            return Invocation("r", json.dumps(told).encode(), UNHANDLED)
        return Invocation("r", answer)

    @property
    def keys(self) -> list[str]:
        return [key for keys in self.seen for key in keys]


class Roles(AnyRole):
    """The roles of functions: whether they may read streams, and how often that was asked."""

    def __init__(self) -> None:
        self.may_read = True
        self.asked = 0

    async def check_stream(self, role: str, function: str, stream_arn: str) -> None:
        self.asked += 1
        if not self.may_read:
            raise StreamAccessDenied(f"{role} of {function} may not read {stream_arn}")


class Scene:
    """A table with a stream of one shard, a function and a mapping between them."""

    def __init__(self, plane: ControlPlane) -> None:
        self.plane = plane
        self.roles = Roles()
        self.functions = Functions(self.roles)
        stream = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
        plane.call("CreateTable", **on_demand(), StreamSpecification=stream)
        described = plane.call("DescribeTable", TableName="music")
        self.arn = described["Table"]["LatestStreamArn"]
        code = Code(DIRECTORY, "/", 0, "")
        self.function = Function("f", "u", "1", "c", "role", code, 0.0)
        self.write(CreateFunction(self.function, None))

    def write(self, task: Any) -> Any:
        return self.plane.run(self.plane.database.engine.write(task))

    def version(self) -> Value:
        (version,) = self.plane.run(self.plane.database.engine.read((MAPPINGS_VERSION,)))
        return version

    def create(self, **members: Any) -> EventSourceMapping:
        made = mapping(stream_arn=self.arn, **members)
        twins = Twins(self.version(), self.arn, made.function, [])
        self.write(CreateMapping(made, {}, twins))
        return made

    def put(self, *keys: str) -> None:
        self.plane.put(*({"pk": {"S": key}} for key in keys))

    def process(self) -> Triggers:
        return Triggers(self.plane.database, self.functions)  # type: ignore[arg-type]

    def until(self, process: Triggers, condition: Callable[[], Awaitable[bool] | bool]) -> None:
        async def scenario() -> None:
            async with asyncio.timeout(60):
                while True:
                    await process.reconcile()
                    held = condition()
                    if held if isinstance(held, bool) else await held:
                        return
                    await asyncio.sleep(0.01)

        self.plane.run(scenario())

    def result(self, made: EventSourceMapping) -> str:
        return self.plane.run(get_mapping(self.plane.database.engine, made.uuid))[1]

    def checkpoints(self, made: EventSourceMapping) -> dict[str, Checkpoint]:
        return self.plane.run(checkpoints_of(self.plane.database.engine, made.uuid))


@pytest.fixture
def scene(plane: ControlPlane, monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.setattr(delivery, "AFTER_ERROR_SECONDS", 0.05)
    monkeypatch.setattr(stream_reader, "POLL_SECONDS", 0.05)
    return Scene(plane)


def test_everything_is_delivered_once_and_the_position_stored(scene: Scene) -> None:
    made = scene.create(batch_size=3)
    keys = [f"k{number}" for number in range(20)]
    scene.put(*keys)
    process = scene.process()
    scene.until(process, lambda: len(scene.functions.keys) == len(keys))
    scene.plane.run(process.stop())
    assert sorted(scene.functions.keys) == sorted(keys)
    assert max(map(len, scene.functions.seen)) == 3
    assert scene.result(made) == "OK"
    assert sum(each.position - 1 for each in scene.checkpoints(made).values()) == len(keys)
    # Another process goes on from there.
    other = scene.process()
    scene.put("late")
    scene.until(other, lambda: "late" in scene.functions.keys)
    scene.plane.run(other.stop())
    assert len(scene.functions.keys) == len(keys) + 1


def test_filters_pass_over_records(scene: Scene) -> None:
    pattern = json.dumps({"dynamodb": {"Keys": {"pk": {"S": [{"prefix": "yes"}]}}}})
    scene.create(filters=(pattern,))
    scene.put("no1", "yes1", "no2", "yes2")
    process = scene.process()
    scene.until(process, lambda: len(scene.functions.keys) == 2)
    scene.plane.run(process.stop())
    assert sorted(scene.functions.keys) == ["yes1", "yes2"]


def test_an_error_shows_and_is_retried(scene: Scene) -> None:
    made = scene.create(maximum_retry_attempts=1)
    scene.functions.answer = lambda _keys: ValueError("boom")
    scene.put("k")
    process = scene.process()

    async def shows() -> bool:
        return "records discarded" in (await get_mapping(engine, made.uuid))[1]

    engine = scene.plane.database.engine
    scene.until(process, shows)
    scene.plane.run(process.stop())
    assert scene.functions.seen == [["k"], ["k"]]
    assert scene.result(made) == (
        "PROBLEM: Function call failed. 1 records discarded: RetryAttemptsExhausted: "
        "ValueError: boom"
    )


def test_failures_of_the_store_use_up_no_retries(scene: Scene) -> None:
    scene.create(maximum_retry_attempts=0)
    scene.functions.answer = lambda _keys: (
        StorageUnavailable("gone") if len(scene.functions.seen) < 3 else b"null"
    )
    scene.put("k")
    process = scene.process()
    scene.until(process, lambda: len(scene.functions.seen) == 3)
    scene.plane.run(process.stop())
    assert scene.functions.seen == [["k"]] * 3


def test_many_leases_are_renewed_in_few_commits(scene: Scene) -> None:
    process = scene.process()
    for number in range(50):
        scene.create(uuid=f"00000000-0000-4000-8000-{number:012}")
    scene.plane.run(process.reconcile())
    assert len(process._held) == 50
    waiting = most = 0
    engine = scene.plane.database.engine
    write = engine.write

    async def counted(task: Any) -> Any:
        nonlocal waiting, most
        waiting += 1
        most = max(most, waiting)
        try:
            await asyncio.sleep(0)
            return await write(task)
        finally:
            waiting -= 1

    engine.write = counted  # type: ignore[method-assign]
    scene.plane.clock.advance(LEASE_SECONDS / 2)
    scene.plane.run(process.reconcile())
    assert most >= 50, "one after the other"
    scene.plane.run(process.stop())


def test_one_process_delivers_and_another_takes_over(scene: Scene) -> None:
    scene.create()
    one, two = scene.process(), scene.process()
    scene.put("a")
    scene.until(one, lambda: scene.functions.keys == ["a"])
    scene.plane.run(two.reconcile())
    assert not two._held
    # One stalls beyond its lease's end: two takes over, and one's checkpoints come to nothing.
    scene.plane.clock.advance(LEASE_SECONDS)
    scene.plane.run(two.reconcile())
    assert two._held
    scene.put("b")
    scene.until(two, lambda: "b" in scene.functions.keys)
    scene.until(one, lambda: not one._held)
    scene.plane.run(two.stop())


def test_a_lost_lease_moves_no_checkpoint(scene: Scene) -> None:
    made = scene.create()
    engine, now = scene.plane.database.engine, scene.plane.clock.now()
    name = lease_name(made.uuid)
    old = scene.plane.run(acquire(engine, name, "one", now, 1.0))
    new = scene.plane.run(acquire(engine, name, "two", now + 1.0, 1.0))
    assert old is not None
    assert new is not None
    with pytest.raises(LeaseLost):
        scene.write(move_checkpoints(old, made.uuid, {"s": Checkpoint(5)}))
    assert scene.checkpoints(made) == {}
    scene.write(move_checkpoints(new, made.uuid, {"s": Checkpoint(5)}, "OK"))
    assert scene.checkpoints(made) == {"s": Checkpoint(5)}
    assert scene.result(made) == "OK"


def test_a_mapping_that_is_gone_moves_no_checkpoint(scene: Scene) -> None:
    made = scene.create()
    engine, now = scene.plane.database.engine, scene.plane.clock.now()
    lease = scene.plane.run(acquire(engine, lease_name(made.uuid), "one", now, 1.0))
    assert lease is not None
    scene.write(DeleteMapping(made.uuid))
    with pytest.raises(LeaseLost):
        scene.write(move_checkpoints(lease, made.uuid, {"s": Checkpoint(5)}))


def test_a_disabled_mapping_delivers_nothing(scene: Scene) -> None:
    scene.create(enabled=False)
    scene.put("a")
    process = scene.process()
    scene.plane.run(process.reconcile())
    assert not process._held


def test_lanes_keep_the_order_of_each_item(scene: Scene) -> None:
    scene.create(batch_size=2, parallelization_factor=3)
    keys = [f"k{number % 4}" for number in range(24)]
    for at, key in enumerate(keys):
        scene.plane.put({"pk": {"S": key}, "n": {"N": str(at)}})
    process = scene.process()
    scene.until(process, lambda: len(scene.functions.keys) == len(keys))
    scene.plane.run(process.stop())
    delivered: dict[str, list[int]] = {}
    for image in scene.functions.images:
        delivered.setdefault(image["pk"]["S"], []).append(int(image["n"]["N"]))
    assert delivered == {f"k{at}": list(range(at, 24, 4)) for at in range(4)}


def test_nothing_is_delivered_under_a_role_that_may_not_read(scene: Scene) -> None:
    made = scene.create()
    scene.roles.may_read = False
    scene.put("a")
    process = scene.process()
    problem = f"PROBLEM: role of f may not read {scene.arn}"
    scene.until(process, lambda: scene.roles.asked > 0)
    scene.plane.run(process.stop())
    assert scene.result(made) == problem
    assert scene.functions.seen == []
    assert scene.checkpoints(made) == {}
    # Another process finds it allowed; nothing is left of the problem.
    scene.roles.may_read = True
    process = scene.process()
    scene.until(process, lambda: scene.functions.keys == ["a"])
    scene.plane.run(process.stop())
    assert scene.result(made) == "OK"


def test_a_role_that_loses_its_permission_gets_no_further_batch(scene: Scene) -> None:
    made = scene.create(batch_size=1)

    def first_only(_keys: list[str]) -> bytes:
        scene.roles.may_read = False
        return b"null"

    scene.functions.answer = first_only
    scene.put("a", "b", "c")
    process = scene.process()
    scene.until(process, lambda: not scene.roles.may_read)
    asked = scene.roles.asked
    scene.until(process, lambda: scene.roles.asked > asked)
    (first,) = scene.functions.keys
    assert first in ("a", "b", "c")
    scene.roles.may_read = True
    scene.functions.answer = lambda _keys: b"null"
    scene.until(process, lambda: len(scene.functions.keys) == 3)
    scene.plane.run(process.stop())
    assert sorted(scene.functions.keys) == ["a", "b", "c"]
    assert scene.result(made) == "OK"


def test_the_problem_is_gone_with_its_cause(scene: Scene) -> None:
    made = scene.create()
    process = scene.process()
    scene.roles.may_read = False
    scene.until(process, lambda: scene.roles.asked > 0)
    scene.roles.may_read = True

    async def shows_nothing() -> bool:
        return (await get_mapping(engine, made.uuid))[1] == "No records processed"

    engine = scene.plane.database.engine
    assert scene.result(made).startswith("PROBLEM")
    scene.until(process, shows_nothing)
    scene.plane.run(process.stop())
