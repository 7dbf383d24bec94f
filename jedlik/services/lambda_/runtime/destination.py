"""Where discarded batches are told of: a file, or an HTTP endpoint.

    file:///var/log/orders.jsonl         a line of JSON is appended for each
    https://example.com/failed           a POST for each
    arn:aws:jedlik:::file:///...         the same for tools that want an ARN; also with a region and
                                         an account between the colons

DynamoDB's own destinations (queues, topics, buckets) are services that are not here.
"""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from jedlik.services.lambda_.errors import InvalidParameterValueException
from jedlik.services.lambda_.runtime.endpoint import Endpoints, check_url
from jedlik.storage.disk import append_line

POST_SECONDS: Final = 30.0

_ARN: Final = re.compile(r"arn:aws[a-z-]*:jedlik:[a-z0-9-]*:[0-9]*:(.+)").fullmatch


def parse_destination(destination: str) -> Path | str:
    """The file or the URL that is meant. Raises InvalidParameterValueException."""
    match = _ARN(destination)
    url = destination if match is None else match[1]
    if url.startswith("file://"):
        parts = urlsplit(url)
        path = Path(unquote(parts.path))
        if parts.netloc not in ("", "localhost") or not path.name or "\0" in str(path):
            raise InvalidParameterValueException(f"{url} is not the URL of a file.")
        return path
    if url.startswith(("http://", "https://")):
        check_url(url)
        return url
    raise InvalidParameterValueException(
        "The provided destination config DestinationConfig(onFailure=OnFailure(destination="
        f"{destination})) is invalid: this server tells files (file:///path) and HTTP endpoints "
        "(http://host/path); see docs/triggers.md"
    )


async def tell(endpoints: Endpoints, destination: str, record: bytes) -> None:
    """Hand a record (JSON) over. Raises OSError, HTTPException or TimeoutError."""
    place = parse_destination(destination)
    if isinstance(place, Path):
        await asyncio.to_thread(_append, place, record)
        return
    headers = {"Content-Type": "application/json"}
    status, _, body = await endpoints.post(place, record, POST_SECONDS, headers)
    if not 200 <= status < 300:
        raise OSError(f"{place} answered {status}: {body[:200]!r}")


def _append(path: Path, record: bytes) -> None:
    """One write of a whole line, so that lines of several processes do not mix."""
    file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        append_line(file, record + b"\n")
        os.fsync(file)
    finally:
        os.close(file)
