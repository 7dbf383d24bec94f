"""`kill -9` under a write load on a table with a stream, while its shards are rotated and split.

Every acknowledged write has exactly one record, and an item's records form a chain: each one's old
image is the new image of the one before. A write without an answer has one record if it was done,
otherwise none. The reader keeps its checkpoints across all kills.

A dead server's lease on the upkeep of streams has to run out before the next one can rotate. So the
load of the first two rounds, and of some later ones, continues until a rotation has been seen; the
others end before most rotations can begin.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from typing import Any

import pytest

from tests.crash.kills import kill_some, verify
from tests.crash.write_load import (
    SCHEMA,
    ItemKey,
    Version,
    Writer,
    attributes_of,
    await_load,
)
from tests.kinesis_reader import Reader
from tests.servers import RunningServer
from tests.waiting import wait_until

KILLS = int(os.environ.get("JEDLIK_TEST_KILLS", "50"))
WRITERS = 6
STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
OPTIONS = ("--log-level", "info", "--stream-shard-lifetime", "1")
ANSWERS = 100
"""Of all writers together, at least, before a server is killed: a load to speak of."""
ROTATION_SECONDS = 120.0
"""Far more than a lease (15), a shard's lifetime (1) and the upkeep's interval (1) come to."""

Versions = dict[ItemKey, Version]


class RememberingWriter(Writer):
    """A writer that knows the order of its writes."""

    def __init__(self, server: RunningServer, number: int, seed: int) -> None:
        super().__init__(server, number, seed)
        self.sent: list[Versions] = []

    def _next(self) -> tuple[str, dict[str, Any], Versions]:
        operation, payload, versions = super()._next()
        self.sent.append(versions)
        return operation, payload, versions


class Histories:
    """The versions of each item according to the writers and to the stream."""

    def __init__(self) -> None:
        self.written: dict[ItemKey, list[Version]] = {}
        self.recorded: dict[ItemKey, list[Version]] = {}

    def write(self, versions: Versions) -> None:
        for key, version in versions.items():
            history = self.written.setdefault(key, [None])
            if history[-1] != version:
                history.append(version)

    def record(self, record: dict[str, Any]) -> None:
        body = record["dynamodb"]
        key = ItemKey(body["Keys"]["pk"]["S"], int(body["Keys"]["sk"]["N"]))
        history = self.recorded.setdefault(key, [None])
        assert version_of(key, body.get("OldImage")) == history[-1]
        new = version_of(key, body.get("NewImage"))
        assert new != history[-1]
        name = "INSERT" if history[-1] is None else "REMOVE" if new is None else "MODIFY"
        assert record["eventName"] == name
        history.append(new)

    def settle(self, pending: Versions) -> None:
        """Count a write without an answer as done if the stream has its record."""
        for key, version in pending.items():
            written, recorded = self.written.get(key, [None]), self.recorded.get(key, [None])
            if len(recorded) > len(written):
                self.write({key: version})


def version_of(key: ItemKey, image: dict[str, Any] | None) -> Version:
    if image is None:
        return None
    version = int(image["version"]["N"])
    assert image == {**key.wire(), **attributes_of(key, version)}, "half there"
    return version


def caller(server: RunningServer) -> Any:
    def call(operation: str, **payload: Any) -> dict[str, Any]:
        status, answer = server.call(f"DynamoDBStreams_20120810.{operation}", payload)
        assert status == 200, answer
        whole: dict[str, Any] = answer
        return whole

    return call


def reader_of(server: RunningServer, checkpoints: dict[str, str]) -> Reader:
    (listed,) = caller(server)("ListStreams")["Streams"]
    return Reader(caller(server), listed["StreamArn"], checkpoints)


def await_rotation(server: RunningServer) -> None:
    """Wait under load until some shard has been closed and has children."""
    reader = reader_of(server, {})
    before = len(reader.shards())
    wait_until(lambda: len(reader.shards()) > before, "a rotation", ROTATION_SECONDS)


@pytest.mark.crash
def test_every_acknowledged_write_has_one_record(start_server, tmp_path):
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    draw = random.Random(seed)
    histories = Histories()
    checkpoints: dict[str, str] = {}
    answers = 0
    for number in range(max(KILLS // 5, 2)):
        # Shards that are as many as they should be rotate; where they are fewer, some split.
        wanted = 2 if number == 0 else draw.randrange(3, 6)
        workers = ("--workers", draw.choice("12"))
        server = start_server(*OPTIONS, *workers, "--stream-shards", str(wanted))
        if number == 0:
            assert server.call("CreateTable", {**SCHEMA, "StreamSpecification": STREAM})[0] == 200
        writers = [RememberingWriter(server, n, draw.randrange(1 << 32)) for n in range(WRITERS)]
        for writer in writers:
            writer.start()
        await_load(writers, ANSWERS)
        if number < 2 or draw.random() < 0.3:
            await_rotation(server)
        time.sleep(draw.uniform(0.0, 2.0))
        kill_some(server, draw)
        server.kill()
        for writer in writers:
            writer.join()
            assert writer.failure is None
        answers += sum(writer.answers for writer in writers)
        verify(tmp_path / "data")
        second = start_server(*OPTIONS, "--workers", draw.choice("12"))
        reader = reader_of(second, checkpoints)
        children = Counter(shard.get("ParentShardId") for shard in reader.shards())
        for record in reader.poll():
            histories.record(record)
        for writer in writers:
            settled = len(writer.sent) - (writer.pending is not None)
            for versions in writer.sent[:settled]:
                histories.write(versions)
            for versions in writer.sent[settled:]:
                histories.settle(versions)
        changed = {key: each for key, each in histories.written.items() if len(each) > 1}
        assert changed == histories.recorded
        second.kill()
    del children[None]  # the shards that the stream began with
    print(f"{answers} answers, {len(children)} shards with children")
    assert set(children.values()) == {1, 2}, "some shards rotate, and some split"
