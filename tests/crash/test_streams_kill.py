"""`kill -9` under a write load on a table with a stream, while its shards are rotated and split.

Every acknowledged write has exactly one record, and an item's records follow one another: each has
the image before as its old one. A write that was on its way has one record or none, as it took
place or not. The reader keeps its checkpoints over all kills.
"""

from __future__ import annotations

import os
import random
import time
from typing import Any

import pytest

from tests.crash.test_server_kill import kill_some, verify
from tests.crash.write_load import SCHEMA, ItemKey, Version, Writer, attributes_of
from tests.kinesis_reader import Reader
from tests.servers import RunningServer

KILLS = int(os.environ.get("JEDLIK_TEST_KILLS", "50"))
WRITERS = 6
STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
OPTIONS = ("--workers", "2", "--log-level", "info", "--stream-shard-lifetime", "1")

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
    """The versions that each item had, as writers and as the stream tell it."""

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
        """Take a write that was on its way for written as far as the stream has it."""
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


@pytest.mark.crash
def test_every_acknowledged_write_has_one_record(start_server, tmp_path):
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    draw = random.Random(seed)
    histories = Histories()
    checkpoints: dict[str, str] = {}
    answers = shards = 0
    for number in range(max(KILLS // 5, 2)):
        server = start_server(*OPTIONS, "--stream-shards", str(draw.randrange(2, 6)))
        if number == 0:
            assert server.call("CreateTable", {**SCHEMA, "StreamSpecification": STREAM})[0] == 200
        writers = [RememberingWriter(server, n, draw.randrange(1 << 32)) for n in range(WRITERS)]
        for writer in writers:
            writer.start()
        time.sleep(draw.uniform(0.3, 2.5))
        kill_some(server, draw)
        server.kill()
        for writer in writers:
            writer.join()
            assert writer.failure is None
        answers += sum(writer.answers for writer in writers)
        verify(tmp_path / "data")
        second = start_server(*OPTIONS)
        listed = caller(second)("ListStreams")["Streams"]
        reader = Reader(caller(second), listed[0]["StreamArn"], checkpoints)
        shards = max(shards, len(reader.shards()))
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
    print(f"{answers} answers, {shards} shards")
    assert answers > 10 * KILLS, "there was no load to speak of"
    assert shards > 6, "no shard was rotated"
