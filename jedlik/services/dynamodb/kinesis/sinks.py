"""Targets of records: a Kinesis endpoint, or a directory in which each stream is a file."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import stat
from base64 import b64encode
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from io import FileIO
from pathlib import Path
from typing import Any, Final, Protocol

from jedlik.kernel.remote.client import KINESIS, RemoteClient, RemoteError, Unreachable
from jedlik.kernel.remote.credentials import find_credentials
from jedlik.services.dynamodb.kinesis.records import KinesisRecord
from jedlik.storage.disk import about, in_words

DENIED: Final = "User does not have a permission to use kinesis stream"
"""DestinationStatusDescription of a stream that cannot be used or does not exist (observed)."""
UNREACHABLE: Final = "The Kinesis stream cannot be reached; the server's log says why"
NO_SINK: Final = "This server has no Kinesis streams to write to: start it with --kinesis-endpoint"
_FILE: Final = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_LOOK_BACK: Final = 64 * 1024
"""Bytes that are searched for the end of a line at a time."""
_REFUSALS: Final = (
    "ResourceNotFoundException",
    "AccessDeniedException",
    "InvalidArgumentException",
    "ValidationException",
    "UnrecognizedClientException",
)


CALL_SECONDS: Final = 40.0
"""How long a call may take in total; a silence of `remote.client.SECONDS` ends it earlier."""


class SinkFailure(Exception):
    """Nothing was accepted, and the call must be repeated; the text says why."""


class Sink(Protocol):
    """Accepts records of streams, by their names."""

    async def refusal(self, stream: str) -> str | None:
        """Why a stream cannot be used; None if it can. Raises SinkFailure."""
        ...

    async def put(self, stream: str, records: Sequence[KinesisRecord]) -> list[bool]:
        """Send records; returns for each whether it was accepted. Raises SinkFailure."""
        ...


def sink_of(endpoint: str | None, region: str) -> Sink:
    """The sink that `--kinesis-endpoint` names: a URL or a directory."""
    if endpoint is None:
        return NoSink()
    if endpoint.startswith(("http://", "https://")):
        return KinesisSink(RemoteClient(KINESIS, endpoint, region, find_credentials()))
    return DirectorySink(Path(endpoint))


class NoSink:
    """See `Sink`: for servers that were started without `--kinesis-endpoint`."""

    async def refusal(self, stream: str) -> str | None:  # noqa: ARG002
        """See `Sink.refusal`."""
        return NO_SINK

    async def put(self, stream: str, records: Sequence[KinesisRecord]) -> list[bool]:  # noqa: ARG002
        """See `Sink.put`: the server was previously started with an endpoint."""
        raise SinkFailure(NO_SINK)


class DirectorySink:
    """See `Sink`. A stream is a file NAME.jsonl, one record a line, made with the first record.

    As with `KinesisSink`, files that take long delay nothing but other destinations.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._thread = ThreadPoolExecutor(1, "kinesis")

    async def refusal(self, stream: str) -> str | None:  # noqa: ARG002
        """See `Sink.refusal`."""
        loop = asyncio.get_running_loop()
        if not await loop.run_in_executor(self._thread, self._directory.is_dir):
            raise SinkFailure(f"the directory {self._directory} does not exist: make it")
        return None

    async def put(self, stream: str, records: Sequence[KinesisRecord]) -> list[bool]:
        """See `Sink.put`."""
        lines = b"".join(record.data + b"\n" for record in records)
        path = self._directory / f"{stream}.jsonl"
        try:
            with about(path):
                loop = asyncio.get_running_loop()
                await loop.run_in_executor(self._thread, _append, path, lines)
        except OSError as error:
            raise SinkFailure(in_words(error)) from error
        return [True] * len(records)


def _append(path: Path, lines: bytes) -> None:
    """Append whole lines, or nothing. Streams of several tables may share a file. Readers of the
    directory may have put a link there, to a file that they may not write to: that raises
    OSError."""
    with os.fdopen(os.open(path, _FILE, 0o666), "a+b", buffering=0) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
            raise OSError(errno.EPERM, "this is not a file of its own; remove it", str(path))
        fcntl.flock(file, fcntl.LOCK_EX)
        # After it is part of a line by a process that was killed; that line is sent again.
        end = _end_of_lines(file)
        file.truncate(end)
        rest = memoryview(lines)
        try:
            while rest:
                rest = rest[file.write(rest) :]
            os.fsync(file.fileno())
        except OSError:
            file.truncate(end)
            raise


def _end_of_lines(file: FileIO) -> int:
    """The offset after the last complete line."""
    end = file.seek(0, os.SEEK_END)
    while end:
        start = max(0, end - _LOOK_BACK)
        file.seek(start)
        found = file.read(end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


class KinesisSink:
    """See `Sink`: streams behind an endpoint that speaks Kinesis' API.

    Calls take turns, in their own thread: an endpoint that does not answer delays its own
    destinations, but nothing else that needs a thread.
    """

    def __init__(self, client: RemoteClient, seconds: float = CALL_SECONDS) -> None:
        self._client = client
        self._seconds = seconds
        self._turn = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, "kinesis")

    async def refusal(self, stream: str) -> str | None:
        """See `Sink.refusal`."""
        try:
            answer = await self._call("DescribeStreamSummary", {"StreamName": stream})
        except RemoteError as error:
            if error.name in _REFUSALS:
                return DENIED
            raise SinkFailure(str(error)) from error
        if not isinstance(answer, dict) or "StreamDescriptionSummary" not in answer:
            raise SinkFailure("the answer to DescribeStreamSummary cannot be read")
        return None

    async def put(self, stream: str, records: Sequence[KinesisRecord]) -> list[bool]:
        """See `Sink.put`."""
        entries = [
            {"Data": b64encode(each.data).decode(), "PartitionKey": each.partition_key}
            for each in records
        ]
        try:
            answer = await self._call("PutRecords", {"StreamName": stream, "Records": entries})
            # Only records with a sequence number are in the stream, whatever else an answer says.
            taken = [bool(each.get("SequenceNumber")) for each in answer["Records"]]
        except RemoteError as error:
            raise SinkFailure(str(error)) from error
        except (KeyError, TypeError, AttributeError) as error:
            raise SinkFailure(f"the answer to PutRecords cannot be read: {error!r}") from error
        if len(taken) != len(records):
            raise SinkFailure(f"PutRecords answered for {len(taken)} of {len(records)} records")
        return taken

    async def _call(self, operation: str, payload: dict[str, object]) -> Any:
        async with self._turn:
            loop = asyncio.get_running_loop()
            call = loop.run_in_executor(self._thread, self._client.call, operation, payload)
            try:
                async with asyncio.timeout(self._seconds):
                    return await call
            except TimeoutError:
                raise SinkFailure(
                    f"{operation} was not answered within {self._seconds:g} seconds"
                ) from None
            except Unreachable as error:
                raise SinkFailure(str(error)) from error
            finally:
                if not call.done() or call.cancelled():
                    self._client.abort()
