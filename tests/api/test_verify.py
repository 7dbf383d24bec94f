"""`jedlik verify` as a command."""

from __future__ import annotations

import asyncio

from jedlik.kernel.keyspaces import ITEMS
from jedlik.storage.blind_write import BlindWrite
from jedlik.storage.open import StorageSettings, open_storage
from tests.servers import jedlik


async def write(directory, key: bytes, value: bytes) -> None:
    storage = open_storage(StorageSettings(directory))
    await storage.engine.write(BlindWrite({key: value}))
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
    absent = tmp_path / "absent"
    for path in (tmp_path, absent, "/dev/null"):
        done = jedlik("verify", path)
        reason = "does not exist" if path == absent else "holds no Jedlik data"
        assert (done.returncode, done.stderr) == (3, f"jedlik: {path} {reason}\n")
    assert list(tmp_path.iterdir()) == [], "nothing is made"


def _filled(start_server, data, *options) -> None:
    server = start_server("--data", data, *options)
    create = {
        "TableName": "Things",
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    }
    assert server.call("CreateTable", create)[0] == 200
    for number in range(100):
        item = {"pk": {"S": str(number)}, "pad": {"S": "x" * 1000}}
        assert server.call("PutItem", {"TableName": "Things", "Item": item})[0] == 200
    server.stop()


def test_a_damaged_page_is_told_of_and_ends_nothing_in_silence(start_server, tmp_path):
    data = tmp_path / "plain"
    _filled(start_server, data)
    file = data / "store" / "data.mdb"
    content = bytearray(file.read_bytes())
    found = 0
    for page in range(2, len(content) // 4096):
        damaged = content.copy()
        damaged[page * 4096 : (page + 1) * 4096] = bytes(4096)
        file.write_bytes(damaged)
        done = jedlik("verify", data)
        assert "Traceback" not in done.stderr
        assert done.returncode in (0, 1, 3), (page, done)
        found += done.returncode != 0
        if found and "is damaged: reading it ended with SIG" in done.stderr:
            break
    else:
        raise AssertionError("no page whose loss ends the process was found")


def test_a_changed_bit_under_encryption_is_a_clear_line(start_server, tmp_path):
    key_file, data = tmp_path / "root", tmp_path / "sealed"
    key_file.write_text("ab" * 32)
    _filled(start_server, data, "--root-key-file", key_file)
    file = data / "sealed" / "rows.db"
    content = bytearray(file.read_bytes())
    for page in range(1, len(content) // 4096):
        content[page * 4096 + 1000] ^= 1
    file.write_bytes(content)
    for workers in ("1", "2"):
        options = ("--data", data, "--root-key-file", key_file, "--workers", workers)
        done = jedlik("serve", "--port", "0", *options)
        assert done.returncode != 0
        assert "Traceback" not in done.stderr
        assert "damaged" in done.stderr or "cannot be read" in done.stderr, done.stderr
    done = jedlik("verify", data, "--root-key-file", key_file)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
