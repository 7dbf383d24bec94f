"""Where discarded batches are reported: a file, or an HTTP endpoint.

    file:///var/log/orders.jsonl         a line of JSON is appended for each
    https://example.com/failed           a POST for each
    arn:aws:jedlik:::file:///...         the same for tools that want an ARN; also with a region and
                                         an account between the colons

DynamoDB's own destinations (queues, topics, buckets) are services that do not exist here.

A file is written with the rights of the server's user, and a record contains items of a table. So
callers do not choose freely: destinations must be below the places that the server was started
with. On a server without credentials, whose functions have all rights of its user anyway, they may
be anywhere if no place was configured. Files in the data directory and the targets of symbolic or
hard links are never destinations.
"""

from __future__ import annotations

import asyncio
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from jedlik.services.lambda_.errors import InvalidParameterValueException
from jedlik.services.lambda_.runtime.endpoint import Endpoints, check_url
from jedlik.storage.below import folder_below
from jedlik.storage.disk import append_line

POST_SECONDS: Final = 30.0

_ARN: Final = re.compile(r"arn:aws[a-z-]*:jedlik:[a-z0-9-]*:[0-9]*:(.+)").fullmatch
_AWS_ARN: Final = re.compile(r"arn:aws[a-z-]*:([^:]*):.*").fullmatch
_AWS_DESTINATIONS: Final = ("sns", "sqs", "s3")
_PORTS: Final = {"http": 80, "https": 443}
_FILE: Final = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


def url_of(destination: str) -> str:
    """The URL in a destination, without the ARN around it."""
    match = _ARN(destination)
    return destination if match is None else match[1]


def parse_destination(destination: str) -> Path | str:
    """The file or the URL of a destination. Raises InvalidParameterValueException."""
    url = url_of(destination)
    if url.startswith("file://"):
        parts = urlsplit(url)
        path = Path(unquote(parts.path))
        if parts.netloc not in ("", "localhost") or not path.name or "\0" in str(path):
            raise InvalidParameterValueException(f"{url} is not the URL of a file.")
        return path
    if url.startswith(("http://", "https://")):
        check_url(url)
        return url
    _check_service(destination)
    raise InvalidParameterValueException(
        "The provided destination config DestinationConfig(onFailure=OnFailure(destination="
        f"{destination})) is invalid: this server tells files (file:///path) and HTTP endpoints "
        "(http://host/path); see `jedlik manual triggers`"
    )


def _check_service(destination: str) -> None:
    """Raise InvalidParameterValueException if Lambda itself would not send records there."""
    arn = _AWS_ARN(destination)
    if arn is None:
        return
    if arn[1] not in _AWS_DESTINATIONS:
        raise InvalidParameterValueException(
            "The service specified by the TargetArn isn't supported as a destination."
        )
    if arn[1] == "sqs" and destination.endswith(".fifo"):
        raise InvalidParameterValueException(
            "FIFO-type Amazon SQS queues aren't supported as a destination."
        )


@dataclass(frozen=True, slots=True)
class Destinations:
    """The places to which records may be sent.

    `allowed` are absolute directories, and URLs; None: any place. `data` is the data directory.
    """

    allowed: tuple[Path | str, ...] | None = None
    data: Path | None = None

    def check(self, destination: str) -> None:
        """Raise InvalidParameterValueException unless records may be sent there."""
        place = parse_destination(destination)
        if isinstance(place, Path):
            if self._root(place) is None or self._is_of_data(place):
                raise _closed(destination)
        elif self.allowed is not None and not any(
            _is_below(place, each) for each in self.allowed if isinstance(each, str)
        ):
            raise _closed(destination)

    async def send(self, endpoints: Endpoints, destination: str, record: bytes) -> None:
        """Send a record (JSON).

        Raises OSError, HTTPException or TimeoutError, and InvalidParameterValueException if it may
        not be sent there.
        """
        self.check(destination)
        place = parse_destination(destination)
        if isinstance(place, Path):
            await asyncio.to_thread(self._append, place, record)
            return
        headers = {"Content-Type": "application/json"}
        status, _, body = await endpoints.post(place, record, POST_SECONDS, headers)
        if not 200 <= status < 300:
            raise OSError(f"{place} answered {status}: {body[:200]!r}")

    def _root(self, path: Path) -> Path | None:
        """The allowed directory that contains a file, at any depth; None if none does."""
        if ".." in path.parts or not path.is_absolute():
            return None
        if self.allowed is None:
            return path.parent
        roots = [each for each in self.allowed if isinstance(each, Path)]
        return next((root for root in roots if root in path.parents), None)

    def _is_of_data(self, path: Path) -> bool:
        data = self.data
        return data is not None and path.parent.resolve().is_relative_to(data.resolve())

    def _append(self, path: Path, record: bytes) -> None:
        """One write of a whole line, so that lines of several processes do not mix."""
        root = self._root(path)
        assert root is not None, "checked before"
        file = _open_below(root, path)
        try:
            status = os.fstat(file)
            if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
                raise OSError(f"{path} is not a file of its own")
            append_line(file, record + b"\n")
            os.fsync(file)
        finally:
            os.close(file)


ANYWHERE: Final = Destinations()


def _open_below(root: Path, path: Path) -> int:
    """Open a file below a directory to append to. Nothing below the directory may be a link."""
    *folders, name = path.relative_to(root).parts
    with folder_below(root, folders) as folder:
        return os.open(name, _FILE, 0o600, dir_fd=folder)


def _is_below(url: str, allowed: str) -> bool:
    given, root = urlsplit(url), urlsplit(allowed)
    path = unquote(given.path)
    if given.username is not None or "\\" in path or ".." in path.split("/"):
        return False
    prefix = root.path.rstrip("/")
    return _site(given) == _site(root) and (path == prefix or path.startswith(f"{prefix}/"))


def _site(parts: SplitResult) -> tuple[str, str, int]:
    return parts.scheme, parts.hostname or "", parts.port or _PORTS[parts.scheme]


def _closed(destination: str) -> InvalidParameterValueException:
    return InvalidParameterValueException(
        f"The destination {destination} is not below a place that this server was started with "
        "(--destination); see `jedlik manual triggers`"
    )
