"""Which records are delivered together."""

from __future__ import annotations

import asyncio
import json
import threading
from types import SimpleNamespace

import pytest

from jedlik.services.lambda_.triggers.gathering import (
    MAX_EVENT,
    Gathering,
    MatchEnded,
    Reading,
    batches,
    event_of,
)
from tests.unit.services.lambda_.triggers.deliveries import mapping, record, records
from tests.waiting import until


def numbers(gathered):
    return [[each.number for each in batch] for batch in gathered]


def test_batches_by_number():
    assert numbers(batches(records(1, 2, 3, 4, 5), 2)) == [[1, 2], [3, 4], [5]]
    assert numbers(batches([], 2)) == []


def test_batches_by_bytes():
    large = [record(number, size=1000) for number in (1, 2, 3)]
    assert numbers(batches(large, 100, most=2200)) == [[1, 2], [3]]
    for batch in batches(large, 100, most=2200):
        assert len(event_of(batch)) <= 2200


def test_a_record_that_is_too_large_goes_by_itself():
    large = [record(1), record(2, size=5000), record(3)]
    assert numbers(batches(large, 100, most=2200)) == [[1], [2], [3]]


def test_an_event_is_json():
    assert json.loads(event_of(records(1, 2)))["Records"][1]["n"] == 2


@pytest.mark.parametrize(("more", "complete"), [(True, False), (False, True)])
def test_without_a_window_whatever_is_there_goes(more, complete):
    gathering = Gathering(mapping(batch_size=10), 1)
    gathering.add(records(1), 100.0)
    assert gathering.is_complete(100.0, more) is complete


def test_nothing_is_never_complete_but_at_the_end():
    gathering = Gathering(mapping(), 1)
    assert not gathering.is_complete(1e9, False)
    gathering.ended = True
    assert gathering.is_complete(0.0, False)


def test_the_window_begins_with_the_first_record():
    gathering = Gathering(mapping(batch_size=10, batching_window=5), 1)
    gathering.add(records(1), 100.0)
    gathering.add(records(2), 104.0)
    assert not gathering.is_complete(104.9, False)
    assert gathering.is_complete(105.0, False)


def test_a_full_batch_does_not_wait_for_the_window():
    gathering = Gathering(mapping(batch_size=2, batching_window=300), 1)
    gathering.add(records(1), 100.0)
    assert not gathering.is_complete(100.0, True)
    gathering.add(records(2), 100.0)
    assert gathering.is_complete(100.0, True)


def test_neither_does_a_full_event():
    gathering = Gathering(mapping(batching_window=300), 1)
    gathering.add([record(1, size=MAX_EVENT)], 100.0)
    assert gathering.is_complete(100.0, True)


def test_a_parallelization_factor_makes_a_round_of_that_many_batches():
    gathering = Gathering(mapping(batch_size=2, parallelization_factor=3, batching_window=9), 1)
    gathering.add(records(1, 2, 3, 4, 5), 0.0)
    assert not gathering.is_complete(0.0, False)
    gathering.add(records(6), 0.0)
    assert gathering.is_complete(0.0, False)


def test_lanes_keep_order():
    gathering = Gathering(mapping(), 1)
    gathering.add([record(1, lane=2), record(2, lane=0), record(3, lane=2)], 0.0)
    assert numbers(gathering.lanes()) == [[1, 3], [2]]


def read(keys, factor):
    """Records of the stream's, from number 1 on, of items with these keys."""

    def json_of(row):
        return json.dumps(
            {"dynamodb": {"Keys": keys[int.from_bytes(row[0][-8:], "big") - 1]}}
        ).encode()

    rows = [(number.to_bytes(8, "big"), bytes(8)) for number in range(1, len(keys) + 1)]
    page = SimpleNamespace(rows=rows, form=SimpleNamespace(json=json_of))
    return asyncio.run(Reading(mapping(parallelization_factor=factor)).records(page))


def test_all_records_of_an_item_are_in_one_lane_in_their_order():
    keys = [{"pk": {"S": f"item {number % 20}"}} for number in range(200)]
    gathering = Gathering(mapping(parallelization_factor=3), 1)
    gathering.add(read(keys, 3), 0.0)
    lanes = gathering.lanes()
    assert len(lanes) == 3
    items = [{number % 20 for number in lane} for lane in numbers(lanes)]
    assert sum(map(len, items)) == 20, "no item is in two lanes"
    assert all(lane == sorted(lane) for lane in numbers(lanes))
    assert sorted(number for lane in numbers(lanes) for number in lane) == list(range(1, 201))


def test_the_lane_of_an_item_does_not_depend_on_how_its_key_is_written():
    one, other = {"pk": {"S": "a"}, "sk": {"N": "1"}}, {"sk": {"N": "1"}, "pk": {"S": "a"}}
    for factor in range(2, 11):
        first, second = read([one, other], factor)
        assert first.lane == second.lane < factor


def page_of(sizes, noted):
    """Records with a list of this many numbers each; notes the thread that reads them."""

    def json_of(row):
        noted.append(threading.current_thread())
        numbers = [{"N": "1"}] * int.from_bytes(row[0], "big")
        image = {"l": {"L": numbers}}
        return json.dumps({"dynamodb": {"Keys": {}, "NewImage": image}}).encode()

    rows = [(size.to_bytes(8, "big"), bytes(8) + b"x" * 10 * size) for size in sizes]
    return SimpleNamespace(rows=rows, form=SimpleNamespace(json=json_of))


def filtered(wanted):
    tests = [{"prefix": f"{number}"} for number in wanted]
    return json.dumps({"dynamodb": {"NewImage": {"l": {"L": {"N": tests}}}}})


def test_what_filters_take_long_for_is_read_in_a_thread():
    costly = mapping(filters=(filtered(range(100, 300)),))
    for sizes, is_apart in (([1], False), ([2000], True)):
        noted = []
        assert asyncio.run(Reading(costly).records(page_of(sizes, noted))) == []
        assert (noted[0] is not threading.main_thread()) is is_apart
    both = mapping(filters=(filtered([*range(100, 300), 1]),))
    (found,) = asyncio.run(Reading(both).records(page_of([2000], [])))
    assert found.number == 2000


def test_a_match_that_no_one_waits_for_ends():
    """Within a record: there is none behind it at which it could."""

    async def scenario():
        reading = Reading(mapping(filters=(filtered(range(2, 300)),)))
        begun, page = threading.Event(), page_of([20_000], [])
        parse = page.form.json

        def json_of(row):
            text = parse(row)
            begun.set()
            return text

        page.form.json = json_of
        task = asyncio.create_task(reading.records(page))
        await until(begun.is_set)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(MatchEnded):
            reading._filters.want({"dynamodb": {}})

    asyncio.run(scenario())
