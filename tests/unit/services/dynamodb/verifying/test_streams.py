"""Defects of streams and expiry indexes are found, and nothing else is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import pytest

from jedlik.kernel.keyspaces import (
    EXPIRIES,
    RECORD_NUMBERS,
    RECORDS,
    expiry_prefix,
    stream_key,
    table_key,
)
from jedlik.services.dynamodb.streams.streams import decode, encode
from jedlik.services.dynamodb.tables.stream import StreamSettings
from jedlik.services.dynamodb.verifying.verification import Finding, Verification
from jedlik.storage.engine import Changes, Value
from tests.control_plane import ControlPlane
from tests.stored_rows import rows
from tests.streams import streamed

NOW = 1_700_000_100


class Store:
    """A task that puts what it is told to."""

    def __init__(self, values: Mapping[bytes, Value]) -> None:
        self.keys = ()
        self._values = values

    def decide(self, _values: Sequence[Value]) -> Changes[None]:
        return Changes(self._values, None)


@pytest.fixture
def plane() -> Iterator[ControlPlane]:
    """A table with a stream, TTL and some history."""
    plane = ControlPlane()
    plane.database.stream_settings = StreamSettings(shards=4)
    streamed(plane)
    plane.call(
        "UpdateTimeToLive",
        TableName="music",
        TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"},
    )
    plane.put(*({"pk": {"S": str(n)}, "ttl": {"N": str(NOW + n)}} for n in range(40)))
    plane.run_jobs()
    yield plane
    plane.close()


def change(plane: ControlPlane, values: Mapping[bytes, Value]) -> list[str]:
    """What is found once these values are stored."""
    plane.run(plane.database.engine.write(Store(values)))
    findings: list[Finding] = []
    plane.run(Verification(plane.database.engine, findings.append).run())
    return [f"{each.place}: {each.problem}" for each in findings]


def test_nothing_is_wrong(plane: ControlPlane) -> None:
    assert change(plane, {}) == []


def test_a_record_that_is_lost(plane: ControlPlane) -> None:
    middle = rows(plane, RECORDS)[1][0]
    (found,) = change(plane, {middle: None})
    assert "record 3 follows 1 in its shard" in found


def test_trimmed_records_are_not_lost(plane: ControlPlane) -> None:
    assert change(plane, {rows(plane, RECORDS)[0][0]: None}) == []


def test_a_last_record_that_is_lost(plane: ControlPlane) -> None:
    last = rows(plane, RECORDS)[-1][0]
    (found,) = change(plane, {last: None})
    assert "the last one there is" in found


def test_a_record_in_another_shard(plane: ControlPlane) -> None:
    first, last = rows(plane, RECORDS)[0], rows(plane, RECORDS)[-1]
    (found,) = change(plane, {first[0]: last[1]})
    assert "belongs to another shard" in found


@pytest.mark.parametrize("value", [b"", b"x" * 40])
def test_a_record_that_cannot_be_read(plane: ControlPlane, value: bytes) -> None:
    (found,) = change(plane, {rows(plane, RECORDS)[0][0]: value})
    assert "cannot be read" in found


def test_keys_of_no_stream(plane: ControlPlane) -> None:
    found = change(
        plane,
        {
            RECORDS + b"\xff" * 16: b"",
            RECORD_NUMBERS + b"\xff" * 8: bytes(8),
            b"\x05x": b"",
            EXPIRIES + b"\xff" * 30: b"",
        },
    )
    assert len(found) == 4
    number = rows(plane, RECORD_NUMBERS)[0][0]
    assert len(change(plane, {number: bytes(8)})) == 4 + 2


def test_descriptions_that_differ(plane: ControlPlane) -> None:
    label = plane.table()["LatestStreamLabel"]
    key = stream_key("music", label)
    ((_, stored),) = rows(plane, key)
    stream = decode(stored)
    assert len(change(plane, {key: encode(replace(stream, view_type="KEYS_ONLY"))})) == 1
    assert len(change(plane, {key: encode(replace(stream, label="other"))})) == 2
    assert len(change(plane, {key: encode(replace(stream, shards=stream.shards[1:]))})) >= 3
    assert len(change(plane, {key: b"{}"})) >= 2
    assert "is enabled on no table" in change(plane, {key: stored, table_key("music"): None})[0]


def test_entries_of_the_expiry_index(plane: ControlPlane) -> None:
    first, second = (key for key, _ in rows(plane, EXPIRIES)[:2])
    (found,) = change(plane, {first: None})
    assert "is not in the expiry index" in found
    assert change(plane, {first: b""}) == []
    (found,) = change(plane, {first: b"x"})
    assert "has a value" in found
    at = len(expiry_prefix(0, 0))
    moved = second[: at + 7] + bytes((second[at + 7] ^ 1,)) + second[at + 8 :]
    found_both = change(plane, {first: b"", moved: b""})
    assert found_both == [f"expiry {moved.hex()}: is not where its item's attribute leads"]
