"""The records that writes add to a stream."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.kernel.keyspaces import index_prefix
from jedlik.services.dynamodb.recording.open_stream import OpenStream
from jedlik.services.dynamodb.recording.stream_records import RecordForm
from jedlik.services.dynamodb.tables.key_schema import KeyAttribute, KeySchema
from jedlik.services.dynamodb.tables.stream import HASHES, Shard, Stream
from jedlik.values.canonical import canonical_item
from jedlik.values.image import Image

SCHEMA = KeySchema((KeyAttribute("pk", "S"),), (KeyAttribute("sk", "N"),))


def stream(*shards: Shard, view: str = "NEW_AND_OLD_IMAGES") -> Stream:
    return Stream(
        id=7,
        uuid="u",
        table_name="t",
        table_id=1,
        label="l",
        view_type=view,
        schema=SCHEMA,
        created_at=0.0,
        shards=shards,
    )


def shard(number: int, low: int, high: int) -> Shard:
    return Shard(number, f"shard {number}", None, 0.0, low, high, 0)


def image(item: dict[str, Any]) -> Image:
    return Image.of(item, canonical_item(item))


@given(
    st.lists(st.integers(1, HASHES - 1), unique=True, max_size=6),
    st.randoms(use_true_random=False),
    st.lists(st.integers(0, HASHES - 1), min_size=1, max_size=20),
)
def test_an_item_goes_to_the_shard_of_its_hash(
    borders: list[int], draw: Any, hashes: list[int]
) -> None:
    """In whatever order the shards were opened."""
    lows = [0, *sorted(borders)]
    highs = [*(low - 1 for low in lows[1:]), HASHES - 1]
    shards = [shard(n, *ends) for n, ends in enumerate(zip(lows, highs, strict=True))]
    draw.shuffle(shards)
    opened = OpenStream(stream(*shards))
    for each in (*hashes, *lows, *highs):
        key = index_prefix(1, 0) + each.to_bytes(8, "big") + b"rest of the hash and sort key"
        number = int.from_bytes(opened.shard_of(key).records_prefix[-4:], "big")
        (wanted,) = [one for one in shards if one.number == number]
        assert wanted.low <= each <= wanted.high


@pytest.mark.parametrize("by_service", [True, False])
@pytest.mark.parametrize("view", ["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"])
@given(
    st.text(max_size=9),
    st.integers(-(10**9), 10**9),
    st.sampled_from([(None, "b"), ("a", None), ("a", "b"), ("", "\x00é")]),
    st.integers(0, 2**40),
    st.integers(1, 2**64 - 1),
)
def test_a_record_says_what_was_written(
    view: str,
    by_service: bool,
    pk: str,
    sk: int,
    texts: tuple[str | None, str | None],
    milliseconds: int,
    number: int,
) -> None:
    keys = {"pk": {"S": pk}, "sk": {"N": str(sk)}}
    old, new = (None if text is None else {**keys, "v": {"S": text}} for text in texts)
    images = [each and image(dict(each)) for each in (old, new)]
    model = stream(shard(0, 0, HASHES - 1), view=view)
    stored = OpenStream(model).record(1000 * milliseconds, *images, by_service=by_service)
    row = (b"prefix" + number.to_bytes(8, "big"), stored)
    record = orjson.loads(RecordForm(model, model.shards[0], "eu-west-1").json(row))
    body = record["dynamodb"]
    assert body["Keys"] == keys
    assert body.get("NewImage") == (new if "NEW" in view else None)
    assert body.get("OldImage") == (old if "OLD" in view else None)
    assert body["SequenceNumber"] == str(10**20 + number)
    assert body["ApproximateCreationDateTime"] == milliseconds // 1000
    assert body["StreamViewType"] == view
    sizes = [each.size for each, shown in zip(images, ("OLD", "NEW"), strict=True)
             if each and shown in view]  # fmt: skip
    assert body["SizeBytes"] == canonical_item(dict(keys)) + sum(sizes)
    assert record["awsRegion"] == "eu-west-1"
    assert ("userIdentity" in record) is by_service
    wanted = "INSERT" if old is None else "REMOVE" if new is None else "MODIFY"
    assert record["eventName"] == wanted
