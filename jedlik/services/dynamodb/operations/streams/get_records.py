"""GetRecords."""

from __future__ import annotations

from time import perf_counter_ns
from typing import TYPE_CHECKING

import orjson

from jedlik.base.limits import MAX_STREAM_RECORDS
from jedlik.base.places import Caller, Place
from jedlik.base.turns import each_in_turn
from jedlik.gateway.operation import Body
from jedlik.services.dynamodb.database.database import LONG_READ, Database
from jedlik.services.dynamodb.operations.items.answers import json_object
from jedlik.services.dynamodb.operations.streams.stream_limits import checked_limit
from jedlik.services.dynamodb.streams import shard_iterators
from jedlik.services.dynamodb.streams.reading import find_stream, read_records

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import GetRecordsInput


async def get_records(
    database: Database, payload: GetRecordsInput, caller: Caller | None = None
) -> Body:
    """The next records of a shard, up to 1,000 or 1 MB of them.

    NextShardIterator is missing once a closed shard has been read to its end.
    """
    started = perf_counter_ns()
    limit = checked_limit(payload, MAX_STREAM_RECORDS)
    now = database.clock.now()
    iterator = shard_iterators.decode(payload["ShardIterator"], now)
    table, label = database.arns.stream(iterator.arn)
    stream = await find_stream(database, table, label)
    with Place(database.long_reads, caller) as place:
        while True:
            page = await read_records(database, stream, iterator.shard, iterator.position, limit)
            is_long = sum(len(stored) for _, stored in page.rows) > LONG_READ
            if not is_long or place.is_taken or await place.keep(page.rows):
                break
        # A megabyte of records, each of which is decoded for its key, takes some 20 ms.
        records = await each_in_turn(page.rows, page.form.json)
    members = [b'"Records":[' + b",".join(records) + b"]"]
    if page.following is not None:
        following = iterator._replace(position=page.following)
        text = shard_iterators.encode(following, now)
        members.append(b'"NextShardIterator":' + orjson.dumps(text))
    body = json_object(members)
    nanoseconds = perf_counter_ns() - started
    database.meters.named(table).count_records(label, len(page.rows), len(body), nanoseconds)
    return body
