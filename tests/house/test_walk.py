"""The number of files that a reader has to open to follow one request."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import orjson

import jedlik
from jedlik.auth.sigv4 import OpenVerifier
from jedlik.base.clock import SystemClock
from jedlik.base.ids import RandomIds
from jedlik.http.server import HttpServer
from jedlik.http.settings import HttpSettings
from jedlik.services.dynamodb.api.dispatch import Service
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.operations.registry import OPERATIONS
from jedlik.storage.lmdb.logged_engine import LoggedLmdbEngine
from tests.control_plane import on_demand
from tests.servers import UNSIGNED

PACKAGE = str(Path(jedlik.__file__).parent)
TABLE = {
    **on_demand("music"),
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "genre", "AttributeType": "S"},
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-genre",
            "KeySchema": [{"AttributeName": "genre", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
}
ITEM = {"pk": {"S": "a"}, "genre": {"S": "Country"}, "year": {"N": "1998"}}


class Wire:
    """A transport that knows when the answer has been written."""

    def __init__(self) -> None:
        self.answers: asyncio.Queue[bytes] = asyncio.Queue()

    def write(self, data: bytes) -> None:
        self.answers.put_nowait(data)

    def get_extra_info(self, _name: str) -> None:
        return None


def request(operation: str, payload: dict[str, Any]) -> bytes:
    headers = {
        **UNSIGNED,
        "Host": "127.0.0.1",
        "X-Amz-Target": f"DynamoDB_20120810.{operation}",
        "Content-Length": str(len(orjson.dumps(payload))),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST / HTTP/1.1\r\n{lines}\r\n".encode() + orjson.dumps(payload)


async def files_of(directory: Path, operation: str, payload: dict[str, Any]) -> set[str]:
    """The files that a request passes in the loop's thread, after an earlier request."""
    engine = LoggedLmdbEngine.open(directory)
    database = Database(engine, SystemClock(), RandomIds())
    await OPERATIONS["CreateTable"](database, TABLE)
    server = HttpServer(
        Service(database, OpenVerifier()), HttpSettings(), SystemClock(), RandomIds()
    )
    connection, wire = server.connection(), Wire()
    connection.connection_made(wire)  # type: ignore[arg-type]
    passed: set[str] = set()

    def note(frame: FrameType, event: str, _argument: object) -> None:
        file = frame.f_code.co_filename
        if event == "call" and file.startswith(PACKAGE):
            passed.add(file.removeprefix(PACKAGE))

    for warm in (False, False, True):
        sys.setprofile(note if warm else None)
        connection.data_received(request(operation, payload))
        answer = await wire.answers.get()
        sys.setprofile(None)
        assert answer.startswith(b"HTTP/1.1 200 ")
    await engine.close()
    return passed


def test_a_put_passes_few_files(tmp_path: Path) -> None:
    put = {"TableName": "music", "Item": ITEM}
    passed = asyncio.run(files_of(tmp_path, "PutItem", put))
    assert "/services/dynamodb/items/write.py" in passed
    assert len(passed) <= 31, sorted(passed)


def test_a_get_passes_fewer(tmp_path: Path) -> None:
    get = {"TableName": "music", "Key": {"pk": {"S": "a"}}}
    passed = asyncio.run(files_of(tmp_path, "GetItem", get))
    assert "/services/dynamodb/operations/items/get_item.py" in passed
    assert len(passed) <= 14, sorted(passed)
