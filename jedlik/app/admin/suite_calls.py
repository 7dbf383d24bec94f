"""The controls of a test suite over HTTP, for every language: `--testing`.

Documented in docs/testing.md, "Over HTTP".
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any, Final

from jedlik.app.admin.fault_calls import FaultCalls
from jedlik.app.admin.inputs import json_answer, members, query, required, whole_number
from jedlik.app.admin.router import AdminRouter
from jedlik.app.suite import SuiteControls
from jedlik.base.errors import ValidationException
from jedlik.gateway.exchange import Answer, Request
from jedlik.request_log.recording import RecordedRequest
from jedlik.seeding.reading import read_text
from jedlik.seeding.seed import SeedError

_MAX_NAME: Final = 255
_MAX_NUMBER: Final = 2**53
MAX_ANSWERED: Final = 1000
"""Recorded requests in one answer."""


def add_to(router: AdminRouter, suite: SuiteControls) -> None:
    """Add the calls to a listener."""
    calls = SuiteCalls(suite)
    for method, path, call in (
        ("GET", "/testing/snapshots", calls.list_snapshots),
        ("POST", "/testing/snapshots", calls.take_snapshot),
        ("DELETE", "/testing/snapshots", calls.delete_snapshot),
        ("POST", "/testing/restore", calls.restore),
        ("POST", "/testing/reset", calls.reset),
        ("POST", "/testing/seed", calls.seed),
        ("GET", "/testing/clock", calls.read_clock),
        ("POST", "/testing/clock", calls.set_clock),
        ("GET", "/testing/requests", calls.requests),
        ("DELETE", "/testing/requests", calls.forget_requests),
    ):
        router.add(method, path, call)
    faults = FaultCalls(suite)
    router.add("GET", "/testing/faults", faults.list_rules)
    router.add("POST", "/testing/faults", faults.add)
    router.add("PUT", "/testing/faults", faults.begin)
    router.add("DELETE", "/testing/faults", faults.remove)


class SuiteCalls:
    """The calls. Each answers one request or raises a ServiceError."""

    def __init__(self, suite: SuiteControls) -> None:
        self._suite = suite
        self._changing = asyncio.Lock()
        """A snapshot during a seed would contain half of it."""

    async def list_snapshots(self, request: Request) -> Answer:
        """The names of all snapshots."""
        query(request)
        return json_answer({"snapshots": self._suite.snapshots()})

    async def take_snapshot(self, request: Request) -> Answer:
        """Store the present state of everything."""
        name = members(request, {"name": str}).get("name")
        if name is not None and not 0 < len(name) <= _MAX_NAME:
            raise ValidationException(f"A name has 1 to {_MAX_NAME} characters.")
        async with self._changing:
            return json_answer({"name": self._suite.keep_snapshot(name)})

    async def delete_snapshot(self, request: Request) -> Answer:
        """Delete a snapshot."""
        self._suite.forget_snapshot(required(query(request, "name"), "name"))
        return json_answer({})

    async def restore(self, request: Request) -> Answer:
        """Restore everything from a snapshot."""
        name = required(members(request, {"name": str}), "name")
        async with self._changing:
            await self._suite.restore_kept(name)
        return json_answer({})

    async def reset(self, request: Request) -> Answer:
        """Remove everything."""
        members(request, {})
        async with self._changing:
            await self._suite.reset()
        return json_answer({})

    async def seed(self, request: Request) -> Answer:
        """Seed from a file, which is the body; its name determines its format."""
        name = required(query(request, "name"), "name")
        try:
            # Reading may take seconds: other requests continue meanwhile.
            seed = await asyncio.to_thread(read_text, name, request.body)
            async with self._changing:
                planted = await self._suite.seed(seed)
        except SeedError as error:
            raise ValidationException(str(error)) from error
        return json_answer({**planted._asdict(), "notes": seed.notes})

    async def read_clock(self, request: Request) -> Answer:
        """The server's time."""
        query(request)
        return json_answer(self._time())

    async def set_clock(self, request: Request) -> Answer:
        """Set it forward, by seconds or to a moment."""
        given = members(request, {"advance": (float, int), "to": (str, float, int)})
        if len(given) != 1:
            raise ValidationException("Give either advance, in seconds, or to, a moment.")
        seconds = given["advance"] if "advance" in given else self._until(given["to"])
        async with self._changing:
            settled = await self._suite.advance(float(seconds))
        return json_answer({**self._time(), "settled": settled})

    def _until(self, moment: str | float) -> float:
        if isinstance(moment, str):
            try:
                parsed = datetime.fromisoformat(moment)
            except ValueError as error:
                raise ValidationException(f"to is not a valid time: {error}") from None
            if parsed.tzinfo is None:
                parsed = parsed.replace(tzinfo=UTC)
            moment = parsed.timestamp()
        return moment - self._suite.clock.now()

    def _time(self) -> dict[str, Any]:
        clock = self._suite.clock
        now = datetime.fromtimestamp(clock.now(), UTC)
        return {"now": now.isoformat().replace("+00:00", "Z"), "ahead": clock.ahead}

    async def requests(self, request: Request) -> Answer:
        """The recorded requests."""
        given = query(request, "operation", "after", "limit")
        after = whole_number(given, "after", 0, _MAX_NUMBER)
        limit = whole_number(given, "limit", MAX_ANSWERED, MAX_ANSWERED)
        recording = self._suite.recording
        found = recording.requests(given.get("operation"), after)[:limit]
        return json_answer(
            {"requests": [_shown(each) for each in found], "forgotten": recording.forgotten}
        )

    async def forget_requests(self, request: Request) -> Answer:
        """Clear the recorded requests."""
        query(request)
        self._suite.recording.clear()
        return json_answer({})


def _shown(request: RecordedRequest) -> dict[str, Any]:
    return {
        "number": request.number,
        "operation": request.operation,
        "parameters": request.parameters,
        "status": request.status,
        "answer": request.answer,
        "error": request.error,
    }
