"""Records and mappings without a stream."""

from __future__ import annotations

import json
from typing import Any

from jedlik.services.lambda_.mapping_model import EventSourceMapping
from jedlik.services.lambda_.triggers.gathering import Record

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/music/stream/2023-11-14T22:13:20.000"


def mapping(**members: Any) -> EventSourceMapping:
    given = {
        "uuid": "11111111-2222-4333-8444-555555555555",
        "revision": "1",
        "stream_arn": ARN,
        "function": "f",
        "last_modified": 0.0,
        "starting_position": "TRIM_HORIZON",
        **members,
    }
    return EventSourceMapping(**given)


def record(number: int, time: float = 1_700_000_000.0, lane: int = 0, size: int = 0) -> Record:
    return Record(number, time, lane, json.dumps({"n": number, "pad": "x" * size}).encode())


def records(*numbers: int, **members: Any) -> list[Record]:
    return [record(number, **members) for number in numbers]
