"""`jedlik verify` as a command."""

from __future__ import annotations

import asyncio

from jedlik.kernel.keyspaces import ITEMS
from jedlik.storage.engine import Changes
from jedlik.storage.open import StorageSettings, open_storage
from tests.servers import jedlik


class Put:
    """A task that puts one value, as no operation would."""

    keys = ()

    def __init__(self, key: bytes, value: bytes) -> None:
        self.change = {key: value}

    def decide(self, _values):
        return Changes(self.change, None)


async def write(directory, key: bytes, value: bytes) -> None:
    storage = open_storage(StorageSettings(directory))
    await storage.engine.write(Put(key, value))
    await storage.close()


def test_a_sound_directory_and_a_damaged_one(start_server, tmp_path):
    server = start_server()
    create = {
        "TableName": "Things",
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    }
    assert server.call("CreateTable", create)[0] == 200
    for pk in ("a", "b"):
        put = {"TableName": "Things", "Item": {"pk": {"S": pk}}}
        assert server.call("PutItem", put)[0] == 200
    data = tmp_path / "data"

    done = jedlik("verify", data)
    assert (done.returncode, done.stdout) == (3, "")
    assert "in use by another Jedlik server" in done.stderr

    server.stop()
    done = jedlik("verify", data)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[:2] == [
        "TABLE   INDEX  ITEMS  BYTES",
        "Things             2      6",
    ]
    assert "No problem found in " in done.stdout

    asyncio.run(write(data, ITEMS + b"\0\0\0\1" + b"\0\0\0\0" + b"x" * 16, b"\0\0\0\1?"))
    done = jedlik("verify", data)
    assert (done.returncode, done.stderr) == (1, "")
    first, second, *_, last = done.stdout.splitlines()
    assert first.startswith("table Things, item 78787878")
    assert "cannot be read" in first
    assert second.startswith("table Things: its counters say 2 items")
    assert last.startswith("2 problems found in ")


def test_what_is_no_data_directory(tmp_path):
    for path in (tmp_path, tmp_path / "absent", "/dev/null"):
        done = jedlik("verify", path)
        assert done.returncode == 3
        assert done.stderr == f"jedlik: {path} holds no data of Jedlik's\n"
    assert list(tmp_path.iterdir()) == [], "nothing is made"
