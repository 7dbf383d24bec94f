"""Work that is due at some time: one keyspace for all of it, in the order of those times.

The problem: if due work (items to expire, shards to rotate) is searched for table by table, every
second, an idle server costs more with every table. The idea: a commit that creates work also notes
when it is due. All work that is due now is then the beginning of one range, however much else there
is.

    07 "d" due (8) kind 00 name      a job; its payload

`due` is in milliseconds since the epoch, big-endian. `kind` is the kind of work (see
`services.dynamodb.loops.due_jobs`, which runs jobs), `name` its object, any text. A job has no
other record: several of one kind and name at different times are several jobs. So adding a job
needs no read, and adding it twice is the same as once. Work that is cancelled is not removed here:
its step finds that its object is gone, and ends. If a name can be reused (a table's, a policy's),
an id in the payload distinguishes the objects.

A job is deleted in the commit that adds the following jobs, and only if it is unchanged (`Settle`):
if it was added again meanwhile with another payload, it stays. Writers that add jobs without
reading, for work that may be under way, give each a unique payload (see `recording.expiry`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson

from jedlik.kernel.findings import Report
from jedlik.kernel.keyspaces import DUE_WORK, UPGRADED
from jedlik.kernel.leases import Lease
from jedlik.storage.engine import Changes, Reads, Row, Value

_TIME_SIZE: Final = 8
_KIND_AT: Final = len(DUE_WORK) + _TIME_SIZE
NOTHING: Final[Mapping[bytes, Value]] = {}


class Job(NamedTuple):
    """A job. `due` is in seconds since the epoch; `payload` is any bytes, such as a cursor."""

    kind: str
    name: str
    due: float
    payload: bytes = b""

    @property
    def key(self) -> bytes:
        """The job's key."""
        return due_key(self.due) + f"{self.kind}\0{self.name}".encode()

    @property
    def members(self) -> dict[str, Any]:
        """A payload that is a JSON object; empty if it is missing."""
        members: dict[str, Any] = orjson.loads(self.payload or b"{}")
        return members

    def again(self, due: float | None = None, **members: Any) -> Job:
        """The same job with these members in its JSON payload, perhaps due at another time."""
        payload = orjson.dumps({**self.members, **members}) if members else self.payload
        return self._replace(due=self.due if due is None else due, payload=payload)

    def puts(self) -> dict[bytes, Value]:
        """The changes of a commit that adds the job."""
        return {self.key: self.payload}


def due_key(due: float) -> bytes:
    """The prefix of the keys of all jobs due at that time."""
    return DUE_WORK + max(0, round(due * 1000)).to_bytes(_TIME_SIZE, "big")


def job_of(key: bytes, payload: bytes) -> Job:
    """The job in a row of the keyspace."""
    kind, _, name = key[_KIND_AT:].decode().partition("\0")
    return Job(kind, name, int.from_bytes(key[len(DUE_WORK) : _KIND_AT], "big") / 1000, payload)


async def due_jobs(engine: Reads, now: float, limit: int) -> list[Job]:
    """The first jobs that are due at `now`, in order."""
    page = await engine.range(DUE_WORK, due_key(now + 0.001), limit=limit)
    return [job_of(key, payload) for key, payload in page.rows]


class Schedule:
    """Write task: add jobs. For jobs that belong to another change see `Job.puts`."""

    keys: Sequence[bytes] = ()

    def __init__(self, *jobs: Job) -> None:
        self._jobs = jobs

    def decide(self, _values: Sequence[Value]) -> Changes[None]:
        """See WriteTask."""
        return Changes({each.key: each.payload for each in self._jobs}, None)


class Settle:
    """Write task: replace a job by the `following` ones, with further `changes` in the same commit.
    Raises LeaseLost. A job that is missing was cancelled: nothing happens, and the result is False.
    A job that was added again meanwhile stays, together with the following ones."""

    def __init__(
        self,
        lease: Lease,
        job: Job,
        following: Sequence[Job] = (),
        changes: Mapping[bytes, Value] = NOTHING,
    ) -> None:
        self._lease = lease
        self._job = job
        self._following = following
        self._changes = changes
        self.keys = (lease.key, job.key)

    def decide(self, values: Sequence[Value]) -> Changes[bool]:
        """See WriteTask."""
        lease, payload = values
        self._lease.check(lease)
        if payload is None:
            return Changes({}, False)
        changes = dict(self._changes)
        if payload == self._job.payload:
            changes[self._job.key] = None
        for each in self._following:
            changes[each.key] = each.payload
        return Changes(changes, True)


class DueWorkWalk:
    """Checks all jobs for `jedlik verify` (see KeyspaceWalk)."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def rows(self, rows: Sequence[Row]) -> None:
        """Check the next jobs."""
        for key, payload in rows:
            if key == UPGRADED:
                continue
            try:
                job = job_of(key, payload)
                well_formed = key == job.key and key.startswith(DUE_WORK) and bool(job.kind)
            except ValueError:
                well_formed = False
            if not well_formed:
                self._report(f"job {key.hex()}", "has no time, kind and name")

    def end(self) -> None:
        """See KeyspaceWalk."""
