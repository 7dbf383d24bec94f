"""The loop of due jobs: when jobs run, and what happens to failing ones."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from jedlik.kernel.due_work import Job, Schedule, Settle, due_jobs
from jedlik.kernel.leases import MAX_AHEAD, Lease, acquire
from jedlik.services.dynamodb.loops.due_jobs import MAX_RUNNING_OF_A_KIND, DueJobs
from tests.control_plane import ControlPlane

NEVER = 4e9
DAY = 86_400.0


class Kind:
    """Counts to what a job's payload says, a step for each."""

    def __init__(self, name: str = "count") -> None:
        self.name = name
        self.steps: list[tuple[str, int]] = []
        self.fails = False
        self.stepped = asyncio.Event()

    async def step(self, job: Job, _lease: Lease) -> Sequence[Job]:
        if self.fails:
            raise RuntimeError("on purpose")
        done = job.members.get("done", 0) + 1
        self.steps.append((job.name, done))
        self.stepped.set()
        return [] if done >= job.members["of"] else [job.again(done=done)]


def counting(
    plane: ControlPlane, name: str, of: int, late: float = 0.0, kind: str = "count"
) -> Job:
    job = Job(kind, name, plane.clock.now() + late).again(of=of)
    plane.run(plane.database.engine.write(Schedule(job)))
    return job


def left(plane: ControlPlane) -> list[Job]:
    return plane.run(due_jobs(plane.database.engine, NEVER, 100))


def loop(plane: ControlPlane, *kinds: Kind) -> DueJobs:
    async def made() -> DueJobs:
        return DueJobs(plane.database, kinds=kinds)

    return plane.run(made())


def test_a_job_goes_on_until_it_is_done(plane: ControlPlane) -> None:
    kind = Kind()
    counting(plane, "a", 3)
    counting(plane, "later", 1, late=10)
    jobs = loop(plane, kind)
    plane.run(jobs.run_once())
    assert kind.steps == [("a", 1), ("a", 2), ("a", 3)]
    plane.clock.advance(10)
    plane.run(jobs.run_once())
    assert kind.steps[3:] == [("later", 1)]
    assert left(plane) == []


class Unchanged(Kind):
    """Keeps what is done elsewhere than in the job."""

    async def step(self, job: Job, _lease: Lease) -> Sequence[Job]:
        self.steps.append((job.name, len(self.steps) + 1))
        return [] if len(self.steps) == job.members["of"] else [job]


@pytest.mark.parametrize(("kind", "commits"), [(Kind(), 5), (Unchanged(), 1)])
def test_a_job_that_goes_on_as_it_is_needs_no_commit(
    plane: ControlPlane, monkeypatch: pytest.MonkeyPatch, kind: Kind, commits: int
) -> None:
    counting(plane, "a", 5)
    jobs = loop(plane, kind)
    settled = []
    write = plane.database.store.write

    async def counted(task: Any) -> Any:
        settled.extend([task] if isinstance(task, Settle) else [])
        return await write(task)

    monkeypatch.setattr(plane.database.store, "write", counted)
    plane.run(jobs.run_once())
    assert [done for _, done in kind.steps] == [1, 2, 3, 4, 5]
    assert len(settled) == commits
    assert left(plane) == []


def test_jobs_take_turns(plane: ControlPlane) -> None:
    kind = Kind()
    for name in "abcdefg":
        counting(plane, name, 2)
    plane.run(loop(plane, kind).run_once())
    assert sorted(kind.steps) == [(name, done) for name in "abcdefg" for done in (1, 2)]
    begun = [name for name, done in kind.steps if done == 1]
    assert begun[:MAX_RUNNING_OF_A_KIND] == list("abcd")
    assert kind.steps.index(("b", 1)) < kind.steps.index(("a", 2))


def test_a_job_that_fails_is_put_off_and_the_others_are_done(plane: ControlPlane) -> None:
    bad, good = Kind("bad"), Kind()
    bad.fails = True
    counting(plane, "x", 1, kind="bad")
    counting(plane, "a", 1)
    jobs = loop(plane, bad, good)
    plane.run(jobs.run_once())
    assert good.steps == [("a", 1)]
    (waiting,) = left(plane)
    assert waiting.due == plane.clock.now() + 1
    plane.clock.advance(1)
    plane.run(jobs.run_once())
    assert left(plane)[0].due == plane.clock.now() + 2
    bad.fails = False
    plane.clock.advance(2)
    plane.run(jobs.run_once())
    assert bad.steps == [("x", 1)]
    assert left(plane) == []


def test_a_job_of_an_unknown_kind_waits(plane: ControlPlane) -> None:
    counting(plane, "a", 1)
    plane.run(loop(plane).run_once())
    (waiting,) = left(plane)
    assert waiting.due == plane.clock.now() + 60
    assert waiting.members == {"of": 1}


def test_nothing_is_looked_for_without_the_lease(plane: ControlPlane) -> None:
    kind = Kind()
    counting(plane, "a", 1)
    now = plane.clock.now()
    plane.run(acquire(plane.database.engine, "due-work", "other", now, 100))
    jobs = loop(plane, kind)
    plane.run(jobs.run_once())
    assert kind.steps == []
    plane.clock.advance(101)
    plane.run(jobs.run_once())
    assert kind.steps == [("a", 1)]


def test_work_goes_on_elsewhere_from_its_cursor(plane: ControlPlane) -> None:
    """A process that stops after a step leaves the job as the step left it."""
    kind, other = Kind(), Kind()
    counting(plane, "a", 3)

    async def scenario() -> None:
        jobs = DueJobs(plane.database, kinds=[kind])
        step = kind.step

        async def stopping(job: Job, lease: Lease) -> Sequence[Job]:
            jobs._stopping.set()
            return await step(job, lease)

        kind.step = stopping  # type: ignore[method-assign]
        await jobs.run_once()
        await jobs.stop()
        await DueJobs(plane.database, kinds=[other]).run_once()

    plane.run(scenario())
    assert kind.steps == [("a", 1)]
    assert other.steps == [("a", 2), ("a", 3)]


def test_a_slow_job_keeps_no_other_waiting(plane: ControlPlane) -> None:
    quick = Kind()

    class Slow(Kind):
        async def step(self, _job: Job, _lease: Lease) -> Sequence[Job]:
            await asyncio.wait_for(free.wait(), 30)
            return []

    async def scenario() -> None:
        nonlocal free
        free = asyncio.Event()
        jobs = DueJobs(plane.database, interval=0.01, kinds=[Slow("slow"), quick])
        jobs.start()
        await asyncio.wait_for(quick.stepped.wait(), 30)
        free.set()
        await jobs.stop()

    free = asyncio.Event()
    counting(plane, "s", 1, kind="slow")
    counting(plane, "a", 1)
    plane.run(scenario())
    assert quick.steps == [("a", 1)]


@pytest.mark.parametrize("how", ["restarted", "killed", "going on", "on another node"])
def test_a_clock_that_was_a_day_ahead_keeps_nothing_waiting(
    plane: ControlPlane,
    how: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Work that was put off while the clock was wrong is done once it is right, and what is due
    later by itself stays."""
    kind, appointed = Kind(), counting(plane, "in a week", 1, late=7 * DAY)
    plane.clock.advance(DAY)
    jobs = loop(plane, kind)
    plane.run(jobs.run_once())
    for number in range(100):
        counting(plane, f"put off {number}", 1, late=60)
    vars(plane.clock)["_now"] -= DAY
    if how == "restarted":
        plane.run(jobs.stop())
    if how != "going on":
        jobs = loop(plane, kind)
    if how == "killed":
        monkeypatch.setattr(plane.database.processes, "is_gone", lambda _: True)
    plane.run(jobs.run_once())
    assert sorted(kind.steps) == sorted((f"put off {number}", 1) for number in range(100))
    assert left(plane) == [appointed]
    assert caplog.messages[-1].startswith(f"the clock was set back by {DAY:.0f} s")
    caplog.clear()
    plane.run(jobs.run_once())
    assert not caplog.messages


def test_clocks_that_differ_by_minutes_change_nothing(plane: ControlPlane) -> None:
    kind = Kind()
    plane.clock.advance(MAX_AHEAD)
    plane.run(loop(plane, kind).run_once())
    put_off = counting(plane, "put off", 1, late=60)
    vars(plane.clock)["_now"] -= MAX_AHEAD
    plane.run(loop(plane, kind).run_once())
    assert left(plane) == [put_off]
