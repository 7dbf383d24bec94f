"""One process of a function: started, sent one event at a time, killed after its timeout."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import time
from pathlib import Path
from typing import Final, NamedTuple

from jedlik.services.lambda_.runtime.frames import MAX_BODY, frame, read_frame
from jedlik.services.lambda_.runtime.invocation import UNHANDLED, Invocation, failed

RUNNER: Final = Path(__file__).with_name("runner.py")
INIT_SECONDS: Final = 10.0
"""The time limit for a handler's import (Lambda: "Init phase")."""

_MAX_LOG: Final = 256 * 1024
"""Bytes of one invocation's log that are kept, from its end."""

_LAST_LINES_SECONDS: Final = 1.0


class Start(NamedTuple):
    """The parameters that a process is started with."""

    python: str
    directory: Path
    environment: dict[str, str]


class FunctionRequest(NamedTuple):
    """An event to be delivered: `timeout` in seconds, `context` is the client's, as JSON."""

    id: str
    arn: str
    event: bytes
    timeout: float
    context: str | None = None


class FunctionProcess:
    """A process that runs one function."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._log = bytearray()
        self._marked = asyncio.Event()
        self._marker = b""
        self._collecting: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None
        self._broken: bytes | None = None
        """The error of a handler that cannot be used; empty if its import took too long."""
        self._died: str | None = None
        """How the process ended before it was ready."""

    @property
    def alive(self) -> bool:
        """Whether it can take another event."""
        started = self._process is not None and self._process.returncode is None
        return started and self._writer is not None

    async def start(self, start: Start) -> None:
        """Start it and wait until the handler's import has succeeded or failed."""
        ours, theirs = socket.socketpair()
        try:
            self._process = await asyncio.create_subprocess_exec(
                start.python,
                "-X",
                "utf8",
                str(RUNNER),
                str(theirs.fileno()),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                pass_fds=(theirs.fileno(),),
                env=start.environment,
                cwd=start.directory,
                start_new_session=True,
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        loop = asyncio.get_running_loop()
        self._collecting = loop.create_task(self._collect())
        self._ending = loop.create_task(self._end_children())
        try:
            self._reader, self._writer = await asyncio.open_connection(sock=ours, limit=MAX_BODY)
            await self._await_import(self._reader)
        except asyncio.CancelledError:  # its report would be taken for the answer to an event
            self.kill()
            raise

    async def _await_import(self, reader: asyncio.StreamReader) -> None:
        try:
            async with asyncio.timeout(INIT_SECONDS):
                head, body = await read_frame(reader)
        except TimeoutError:
            self._broken = b""
            self.kill()
        except ConnectionError:
            self._died = await self._end()
        else:
            if head["kind"] == "failed":
                self._broken = body

    async def run(self, request: FunctionRequest) -> Invocation:
        """Run the handler on an event. Never raises; kills the process if necessary."""
        started = time.monotonic()
        deadline = time.time() + request.timeout
        try:
            invocation = await self._run(request, deadline)
        except asyncio.CancelledError:
            self.kill()
            raise
        if not self.alive or self._broken is not None:
            self.kill()
        return invocation._replace(seconds=time.monotonic() - started)

    async def _run(self, request: FunctionRequest, deadline: float) -> Invocation:
        if self._broken is not None or self._died is not None:
            return self._never_started(request)
        assert self._reader is not None
        assert self._writer is not None
        self._marker = b"\0%b\0" % request.id.encode()
        self._marked.clear()
        head = {
            "id": request.id,
            "deadline": deadline * 1000,
            "arn": request.arn,
            "context": request.context,
        }
        try:
            async with asyncio.timeout(request.timeout):
                self._writer.write(frame(head, request.event))
                await self._writer.drain()
                answer, body = await read_frame(self._reader)
        except TimeoutError:
            self.kill()
            await self._last_lines()
            text = f"Task timed out after {request.timeout:.2f} seconds"
            return failed(request.id, "Sandbox.Timedout", text, self._taken())
        except (ConnectionError, OSError):
            how = await self._end()
            text = f"Runtime exited with error: {how}"
            return failed(request.id, "Runtime.ExitError", text, self._taken())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._marked.wait(), _LAST_LINES_SECONDS)
        error = UNHANDLED if answer.get("error") else None
        return Invocation(request.id, body, error, self._taken())

    def _never_started(self, request: FunctionRequest) -> Invocation:
        if self._died is not None:
            text = f"Runtime exited with error: {self._died}"
            return failed(request.id, "Runtime.ExitError", text, self._taken())
        if self._broken:
            return Invocation(request.id, self._broken, UNHANDLED, self._taken())
        text = f"Init phase timed out after {INIT_SECONDS:.0f} seconds"
        return failed(request.id, "Sandbox.Timedout", text, self._taken())

    async def _end(self) -> str:
        """How the process ended, in the service's text."""
        assert self._process is not None
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), _LAST_LINES_SECONDS)
        code = self._process.returncode
        self.kill()
        await self._last_lines()
        if code is None:
            return "connection closed"
        if code >= 0:
            return f"exit status {code}"
        return f"signal: {signal.strsignal(-code) or -code}".lower()

    async def _last_lines(self) -> None:
        if self._collecting is not None:
            await asyncio.wait([self._collecting], timeout=_LAST_LINES_SECONDS)

    async def _collect(self) -> None:
        """Read the log, up to the mark that ends an event's part, without the mark."""
        assert self._process is not None
        assert self._process.stdout is not None
        while chunk := await self._process.stdout.read(64 * 1024):
            self._log += chunk
            at = self._log.find(self._marker) if self._marker else -1
            if at >= 0:
                del self._log[at : at + len(self._marker)]
                self._marked.set()
            if len(self._log) > _MAX_LOG:
                del self._log[:-_MAX_LOG]

    def _taken(self) -> bytes:
        taken = bytes(self._log)
        self._log.clear()
        return taken

    async def _end_children(self) -> None:
        """After the process has ended, end all processes left in its session."""
        assert self._process is not None
        await self._process.wait()
        # Immediately: while any of them exists the number cannot be reused, but later it can be
        # another process's.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def kill(self) -> None:
        """End it now, with the processes that it started and that are still in its session."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def wait_ended(self) -> None:
        """Wait until a killed process is gone."""
        if self._ending is not None:
            await self._ending
        await self._last_lines()
