"""The bytes of an item are read back, as a whole and part by part."""

import json

from hypothesis import given

from jedlik.base.limits import MAX_ITEM_SIZE
from jedlik.values import stored
from jedlik.values.canonical import canonical_item
from tests.strategies import items


@given(items)
def test_round_trip(item):
    size = canonical_item(item)
    kept = stored.encode(item, size)
    assert stored.decode(kept) == item
    assert json.loads(stored.wire(kept)) == item
    assert stored.size_of(kept) == size


def test_a_stored_item_is_its_size_and_its_json():
    kept = stored.encode({"pk": {"S": "é"}}, 4)
    assert kept == b"\x00\x00\x00\x04" + '{"pk":{"S":"é"}}'.encode()
    assert len(kept) == stored.HEADER_SIZE + len(stored.wire(kept))


def test_the_header_holds_the_largest_item():
    assert stored.size_of(stored.encode({}, MAX_ITEM_SIZE)) == MAX_ITEM_SIZE


def test_each_decoded_item_is_its_own():
    kept = stored.encode({"pk": {"S": "x"}}, 3)
    stored.decode(kept)["pk"]["S"] = "changed"
    assert stored.decode(kept) == {"pk": {"S": "x"}}
