"""Moments that a commit fixes in a log: all shards are raised to them, and none is lowered."""

from __future__ import annotations

from jedlik.services.dynamodb.backups.moments import past_moment, this_moment
from jedlik.services.dynamodb.recording.change_records import LAST

KEYS = (b"a", b"b", b"c")
VALUES = (LAST.pack(5_000_000, 10), LAST.pack(9_000_000, 20), None)


def test_this_moment_is_the_clocks_and_raises_every_shard() -> None:
    moment = this_moment(KEYS, VALUES, 12.5)
    assert moment.time == 12_500_000
    assert moment.puts == {
        b"a": LAST.pack(12_500_000, 10),
        b"b": LAST.pack(12_500_000, 20),
        b"c": LAST.pack(12_500_000, 0),
    }


def test_this_moment_comes_after_all_changes_even_if_the_clock_is_behind() -> None:
    moment = this_moment(KEYS, VALUES, 7.0)
    assert moment.time == 9_000_000
    assert {LAST.unpack(value)[0] for value in moment.puts.values() if value} == {9_000_000}


def test_a_past_moment_lowers_no_shard_that_has_later_changes() -> None:
    moment = past_moment(KEYS, VALUES, 7.0)
    assert moment.time == 7_000_000
    assert moment.puts == {
        b"a": LAST.pack(7_000_000, 10),
        b"b": VALUES[1],
        b"c": LAST.pack(7_000_000, 0),
    }
