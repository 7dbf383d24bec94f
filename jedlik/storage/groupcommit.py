"""Group commit: the waiting tasks are decided together and made durable by one commit.

The problem: a durable commit costs a flush of the disk, some hundred microseconds during which a
single writer could have done the work of a hundred. The idea: while one batch is being committed,
new tasks only queue up; the next batch takes all of them. The more writers wait, the cheaper each
write, and a lone writer pays for one flush.

There are two halves, which an engine may use separately:

`decide` runs the tasks of a batch in order over an overlay, so that a later task sees the changes
of an earlier one before any of them is stored. A task that raises changes nothing and does not
affect the others. The engine then stores the overlay and commits once.

`Gatherer` belongs to an event loop: it queues tasks, passes batches to what commits them (a thread,
or the loop itself), and answers the callers of a batch together. A task never waits for a timer: a
batch leaves once a turn of the loop brings no further task, at most `TURNS` turns after the first
and no later than the turn in which `GATHERING` ends. Without those turns the first of 32 clients
that are answered together would be committed alone and the other 31 would wait for its flush.

    write()      append -> future
    loop turn    flush: batch = all waiting --------------> commit(batch) on the writer's thread
    loop         deliver: futures of the batch are set <--- one call_soon_threadsafe per batch
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, Protocol

from jedlik.storage.engine import Value, WriteTask
from jedlik.storage.failures import StorageFailure, StorageUnavailable

TURNS: Final = 3
"""The most turns of the loop that a batch waits for more tasks, as long as each brings some."""

GATHERING: Final = 0.0003
"""Seconds after which a batch waits for no further turn: about the time of a flush. The turns of a
busy loop are long, and each brings enough tasks."""

MAX_WAITING: Final = 16_384
"""Tasks that may wait; further ones fail immediately. Far more than clients have open together."""

MAX_BATCH_BYTES: Final = 32 * 1024 * 1024
"""A batch ends with the task with which its reads and changes reach this many bytes; the other
tasks come next."""


class Waiting(NamedTuple):
    """A task and the future that its caller awaits."""

    task: WriteTask[Any]
    future: asyncio.Future[Any]


class TaskOutcome(NamedTuple):
    """The outcome of a task: its result, or the exception with which it fails."""

    result: Any
    error: BaseException | None


def all_failed(failed: StorageFailure, tasks: Sequence[object]) -> list[TaskOutcome]:
    """The outcomes of tasks whose commit failed."""
    return [TaskOutcome(None, failed)] * len(tasks)


class Decided(NamedTuple):
    """The result of a batch: the changes of the tasks that were run, and the outcome of each."""

    changes: dict[bytes, Value]
    outcomes: list[TaskOutcome]


def decide(
    tasks: Sequence[WriteTask[Any]],
    get: Callable[[bytes], Value],
    max_bytes: int = MAX_BATCH_BYTES,
) -> Decided:
    """Run tasks in order, each on the results of those before it.

    `get` reads a key from the store, under its lock; an exception of `get` is a failure of the
    store and ends the batch. An exception of a task fails that task alone. Stops after the task
    with which the reads and changes reach `max_bytes`: there are as many outcomes as tasks were
    run, at least one.
    """
    # Keys as the next task sees them: a key that many tasks read is read from the store only once.
    seen: dict[bytes, Value] = {}
    changed: dict[bytes, Value] = {}
    outcomes: list[TaskOutcome] = []
    size = 0
    for task in tasks:
        try:
            keys = task.keys
        except Exception as error:
            outcomes.append(TaskOutcome(None, error))
            continue
        values = []
        for key in keys:
            if key in seen:
                value = seen[key]
            else:
                value = seen[key] = get(key)
                if value is not None:
                    size += len(value)
            values.append(value)
        try:
            changes = task.decide(values)
            size += checked_size(changes.values)
        except Exception as error:
            outcomes.append(TaskOutcome(None, error))
            continue
        seen.update(changes.values)
        changed.update(changes.values)
        outcomes.append(TaskOutcome(changes.result, None))
        if size >= max_bytes:
            break
    return Decided(changed, outcomes)


def checked_size(values: Any) -> int:
    """The size of a task's changes; TypeError, before anything is stored, if one is not bytes."""
    size = 0
    for key, value in values.items():
        if type(key) is not bytes or not (value is None or type(value) is bytes):
            raise TypeError(f"a task put {type(key).__name__}: {type(value).__name__}")
        size += len(key) + (len(value) if value is not None else 0)
    return size


class Committer(Protocol):
    """Takes one batch at a time, and has `Gatherer.deliver` called on the loop when it is done."""

    def __call__(self, batch: list[Waiting]) -> None: ...


class Gatherer:
    """Queues the tasks of one event loop and answers their callers, batch by batch.

    All methods except `take` and `fill_up` run on the loop's thread.
    """

    def __init__(
        self,
        commit: Committer,
        max_waiting: int = MAX_WAITING,
        timer: Callable[[], float] = time.perf_counter,
        is_at_work: Callable[[], bool] = lambda: False,
    ) -> None:
        """`is_at_work` is for what commits a batch while the next one is being gathered."""
        self._commit = commit
        self._is_at_work = is_at_work
        self._max_waiting = max_waiting
        self._timer = timer
        self._waiting: deque[Waiting] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._busy = False  # a batch is on its way, or about to leave
        self._turns = 0
        self._seen = 0
        self._end = 0.0
        self._closed = False
        self._idle: list[asyncio.Future[None]] = []
        self.commits = 0
        self.tasks = 0
        """Batches that were delivered, and the tasks in them."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop whose callers are waiting."""
        assert self._loop is not None, "no task came yet"
        return self._loop

    @property
    def waiting(self) -> int:
        """The number of waiting tasks."""
        return len(self._waiting)

    def join(self, task: WriteTask[Any]) -> asyncio.Future[Any]:
        """Queue a task; the future gets its result or exception once the commit is done."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._adopt(loop)
        if self._closed:
            raise StorageUnavailable("the storage engine is closed")
        if len(self._waiting) >= self._max_waiting:
            raise StorageUnavailable(f"{self._max_waiting} writes are waiting already")
        future: asyncio.Future[Any] = loop.create_future()
        self._waiting.append(Waiting(task, future))
        if not self._busy:
            self._busy = True
            self._gather()
        return future

    def _adopt(self, loop: asyncio.AbstractEventLoop) -> None:
        old = self._loop
        if old is not None and not old.is_closed() and (self._busy or self._is_at_work()):
            raise RuntimeError("the engine is at work for another event loop")
        if old is not None and old.is_closed():
            self._waiting.clear()
            self._busy = False
        self._loop = loop

    def _gather(self) -> None:
        self._seen = 0
        self._turns = TURNS
        self._end = self._timer() + GATHERING
        self.loop.call_soon(self._flush)

    def _flush(self) -> None:
        waiting = len(self._waiting)
        if waiting != self._seen and self._turns and self._timer() < self._end:
            self._seen = waiting
            self._turns -= 1
            self.loop.call_soon(self._flush)
            return
        self._commit(self.take())

    def take(self, at_least: int = 0) -> list[Waiting]:
        """All waiting tasks, or none if there are fewer than `at_least`. From any thread."""
        waiting = self._waiting
        count = len(waiting)
        if count < at_least:
            return []
        return [waiting.popleft() for _ in range(count)]

    def fill_up(self, batch: list[Waiting]) -> None:
        """Add to a batch all waiting tasks of the same event loop. From any thread."""
        loop = batch[0].future.get_loop()
        with contextlib.suppress(IndexError):  # another loop has come, and they are gone
            for _ in range(len(self._waiting)):
                each = self._waiting.popleft()
                if each.future.get_loop() is not loop:
                    self._waiting.appendleft(each)
                    return
                batch.append(each)

    def ready(self) -> None:
        """Have the next batch sent, when there is one."""
        if self._waiting:
            self._gather()
            return
        self._busy = False
        for idle in self._idle:
            if not idle.done():
                idle.set_result(None)
        self._idle.clear()

    def deliver(
        self, batch: Sequence[Waiting], outcomes: Sequence[TaskOutcome], ended: bool
    ) -> None:
        """Answer the callers of a batch; `ended` if no other batch follows it by itself."""
        self.commits += 1
        self.tasks += len(batch)
        if ended:
            self.ready()
        for (_, future), (result, error) in zip(batch, outcomes, strict=True):
            if future.done():
                continue  # the caller was cancelled; its write was committed nevertheless
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)
                future.exception()  # no warning if the caller has gone

    async def close(self) -> None:
        """Refuse new tasks, and return when all accepted ones are answered."""
        self._closed = True
        while self._busy and self._loop is asyncio.get_running_loop():
            idle: asyncio.Future[None] = self._loop.create_future()
            self._idle.append(idle)
            await idle
