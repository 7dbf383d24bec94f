"""What one call may hold: no two changes of an item, and no more than a call takes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jedlik.services.dynamodb.kinesis.batches import (
    MAX_BYTES,
    MAX_RECORD_BYTES,
    MAX_RECORDS,
    batches,
    fits,
)
from jedlik.services.dynamodb.kinesis.records import KinesisRecord


def record(key: str, number: int, size: int = 10) -> KinesisRecord:
    return KinesisRecord(key, f"{number}".encode().rjust(size, b" "), 1, 0.0)


@given(st.lists(st.sampled_from("abcde"), max_size=60))
def test_changes_of_an_item_go_one_after_the_other(keys: list[str]) -> None:
    records = [record(key, number) for number, key in enumerate(keys)]
    sent = list(batches(records))
    assert sorted(each for batch in sent for each in batch) == sorted(records)
    for batch in sent:
        assert batch
        assert len({each.partition_key for each in batch}) == len(batch)
    for key in set(keys):
        of_item = [each for batch in sent for each in batch if each.partition_key == key]
        assert of_item == [each for each in records if each.partition_key == key]


def test_a_call_has_a_limit_of_records_and_of_bytes() -> None:
    many = [record(f"k{number}", number) for number in range(2 * MAX_RECORDS + 1)]
    assert [len(batch) for batch in batches(many)] == [MAX_RECORDS, MAX_RECORDS, 1]
    large = [record(f"k{number}", number, MAX_RECORD_BYTES - 2) for number in range(7)]
    assert all(map(fits, large))
    assert not fits(record("k1", 1, MAX_RECORD_BYTES - 1))
    sizes = [sum(len(each.data) + 2 for each in batch) for batch in batches(large)]
    assert len(sizes) == 2
    assert max(sizes) <= MAX_BYTES
