"""`kill -9` under a write load, again and again, and while the server starts.

Meanwhile an index is created and deleted and the table's key is changed, so that kills hit
backfills, purges and re-encryptions. Successive servers have different options for the same data,
and different engines. No acknowledged write is lost, none is half done, and `jedlik verify` has no
findings. JEDLIK_TEST_KILLS is the number of kills (50).
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.crash.kills import kill_some, verify
from tests.crash.write_load import (
    INDEX_ON_VERSION,
    SCHEMA,
    TABLE,
    Item,
    ItemKey,
    Version,
    Writer,
    await_load,
    check_survived,
    stored_versions,
)
from tests.servers import RunningServer, environment, jedlik

KILLS = int(os.environ.get("JEDLIK_TEST_KILLS", "50"))
WRITERS = 6
ANSWERS = 20
"""Of all writers together, at least, before a server is killed: a load to speak of."""
ACTIVE_SECONDS = 120.0
"""Far more than the leases of a dead server's background work (15), and that work, take."""


def change_indexes(server: RunningServer) -> None:
    """Delete the load's index if the table has it; otherwise create it."""
    table = server.call("DescribeTable", {"TableName": TABLE})[1]["Table"]
    if any(index["IndexName"] == "by-version" for index in table["GlobalSecondaryIndexes"]):
        update: Item = {"Delete": {"IndexName": "by-version"}}
    else:
        update = {"Create": INDEX_ON_VERSION}
    request = {
        "TableName": TABLE,
        "AttributeDefinitions": [
            *SCHEMA["AttributeDefinitions"],
            {"AttributeName": "version", "AttributeType": "N"},
        ],
        "GlobalSecondaryIndexUpdates": [update],
    }
    status, answer = server.call("UpdateTable", request)
    if status != 200:  # the change before this one is still going on
        assert answer["__type"].endswith(("#ResourceInUseException", "#LimitExceededException"))


def change_encryption(server: RunningServer, draw: random.Random) -> None:
    """Put the load's table under a new key, under the service's own key, or under none."""
    specification: Item = {"Enabled": draw.random() < 0.7}
    if specification["Enabled"] and draw.random() < 0.7:
        kms = server.client("kms")
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        kms.close()
        specification |= {"SSEType": "KMS", "KMSMasterKeyId": key}
    request = {"TableName": TABLE, "SSESpecification": specification}
    status, answer = server.call("UpdateTable", request)
    if status != 200:  # it is like that, or the change before this one is still going on
        assert answer["__type"].endswith(("#ResourceInUseException", "#ValidationException"))


def await_active(server: RunningServer) -> None:
    """Wait until no change of the table, its indexes or its encryption is in progress."""
    end = time.monotonic() + ACTIVE_SECONDS
    while True:
        table = server.call("DescribeTable", {"TableName": TABLE})[1]["Table"]
        states = [index["IndexStatus"] for index in table["GlobalSecondaryIndexes"]]
        changing = table.get("SSEDescription", {}).get("Status") == "UPDATING"
        if {table["TableStatus"], *states} == {"ACTIVE"} and not changing:
            return
        assert time.monotonic() < end, table
        time.sleep(0.02)


def die_while_starting(data: Path, draw: random.Random, *key: str | Path) -> None:
    """Start a server and kill it immediately or almost immediately."""
    given = ["serve", "--port", "0", "--data", str(data), *map(str, key)]
    process = subprocess.Popen(
        [sys.executable, "-m", "jedlik", *given],
        stdout=subprocess.DEVNULL,
        env=environment(),
    )
    time.sleep(draw.uniform(0.05, 0.3))
    process.kill()
    process.wait()


@pytest.mark.crash
@pytest.mark.parametrize("is_encrypted", [False, True])
def test_no_acknowledged_write_is_lost(start_server, tmp_path, is_encrypted):
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    draw = random.Random(seed)
    data = tmp_path / "data"
    key: tuple[str | Path, ...] = ()
    if is_encrypted:
        assert jedlik("keys", "new-root", tmp_path / "root").returncode == 0
        key = ("--root-key-file", tmp_path / "root")

    def options() -> tuple[str | Path, ...]:
        workers, durability = draw.choice("12"), draw.choice(("fsync", "relaxed"))
        return ("--workers", workers, "--durability", durability, "--log-level", "info", *key)

    rounds = max(KILLS // 4 if is_encrypted else KILLS - KILLS // 4, 1)
    versions: dict[ItemKey, Version] = {}
    answers = 0
    for number in range(rounds):
        server = start_server(*options())
        if number == 0:
            assert server.call("CreateTable", SCHEMA)[0] == 200
        writers = [Writer(server, n, draw.randrange(1 << 32)) for n in range(WRITERS)]
        for writer in writers:
            writer.start()
        if draw.random() < 0.6:
            change_indexes(server)
        if draw.random() < 0.6:
            change_encryption(server, draw)
        await_load(writers, ANSWERS)
        time.sleep(draw.uniform(0.0, 0.4))
        kill_some(server, draw)
        server.kill()
        for writer in writers:
            writer.join()
        answers += sum(writer.answers for writer in writers)
        verify(data, *key)
        if draw.random() < 0.2:
            die_while_starting(data, draw, *key)
        second = start_server(*options())
        after = stored_versions(second)
        check_survived(versions, writers, after)
        versions = after
        if number + 1 == rounds:
            await_active(second)
        second.kill()
    verify(data, *key)
    print(f"{answers} answers")
