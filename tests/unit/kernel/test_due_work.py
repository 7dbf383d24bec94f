"""Jobs become due in the order of their times, and are removed only if they are unchanged."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.kernel.due_work import DueWorkWalk, Job, Schedule, Settle, due_jobs, job_of
from jedlik.kernel.leases import Lease, LeaseLost, acquire
from jedlik.storage.memory import MemoryEngine

NOW = 1_700_000_000.0


async def held(engine: MemoryEngine) -> Lease:
    lease = await acquire(engine, "due-work", "me", NOW, 10)
    assert lease is not None
    return lease


@given(
    st.text(alphabet="abc-", min_size=1),
    st.text(),
    st.integers(0, 2**48).map(lambda ms: ms / 1000),
    st.binary(),
)
def test_a_job_is_what_its_row_says(kind: str, name: str, due: float, payload: bytes) -> None:
    job = Job(kind, name, due, payload)
    found = job_of(job.key, payload)
    assert found == job
    assert found.key == job.key


def test_what_is_due_comes_in_order_and_nothing_else() -> None:
    async def scenario() -> None:
        engine = MemoryEngine()
        late, soon, now = Job("k", "a", NOW + 1), Job("k", "b", NOW - 5), Job("k", "c", NOW)
        await engine.write(Schedule(late, soon, now))
        assert await due_jobs(engine, NOW, 10) == [soon, now]
        assert await due_jobs(engine, NOW, 1) == [soon]
        assert await due_jobs(engine, NOW + 1, 10) == [soon, now, late]

    asyncio.run(scenario())


def test_a_job_is_replaced_by_what_follows() -> None:
    async def scenario() -> None:
        engine = MemoryEngine()
        job = Job("k", "a", NOW).again(page=1)
        await engine.write(Schedule(job))
        following = job.again(page=2)
        assert await engine.write(Settle(await held(engine), job, [following], {b"x": b"y"}))
        assert await due_jobs(engine, NOW, 10) == [following]
        assert following.members == {"page": 2}
        assert await engine.read((b"x",)) == [b"y"]

    asyncio.run(scenario())


def test_a_job_that_was_put_again_meanwhile_stays() -> None:
    async def scenario() -> None:
        engine = MemoryEngine()
        job = Job("k", "a", NOW, b"one")
        await engine.write(Schedule(job))
        again = job._replace(payload=b"two")
        await engine.write(Schedule(again))
        await engine.write(Settle(await held(engine), job))
        assert await due_jobs(engine, NOW, 10) == [again]

    asyncio.run(scenario())


def test_a_job_that_was_called_off_is_followed_by_nothing() -> None:
    async def scenario() -> None:
        engine = MemoryEngine()
        job = Job("k", "a", NOW)
        following = [job.again(NOW + 1)]
        settle = Settle(await held(engine), job, following, {b"x": b"y"})
        assert not await engine.write(settle)
        assert await due_jobs(engine, NOW + 5, 10) == []
        assert await engine.read((b"x",)) == [None]

    asyncio.run(scenario())


def test_only_the_holder_of_the_lease_settles() -> None:
    async def scenario() -> None:
        engine = MemoryEngine()
        lease = await held(engine)
        job = Job("k", "a", NOW)
        await engine.write(Schedule(job))
        await acquire(engine, "due-work", "other", NOW + 20, 10)
        with pytest.raises(LeaseLost):
            await engine.write(Settle(lease, job))
        assert await due_jobs(engine, NOW, 10) == [job]

    asyncio.run(scenario())


def test_jobs_that_are_none_are_found() -> None:
    found: list[str] = []
    walk = DueWorkWalk(lambda place, _problem: found.append(place))
    walk.rows([(Job("k", "a", NOW).key, b"anything")])
    walk.end()
    assert found == []
    walk.rows([(b"\x07d123", b""), (b"\x07d12345678\xff", b""), (b"\x07x" + bytes(12), b"")])
    assert len(found) == 3
