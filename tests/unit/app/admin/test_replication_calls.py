"""The links between regions over HTTP: what is asked of them is checked before anything changes."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest

from jedlik.app.admin.replication_calls import ReplicationCalls
from jedlik.base.errors import ResourceNotFoundException, ValidationException
from jedlik.gateway.exchange import Request

CALLS = ReplicationCalls(list)


def ask(call: str, **given: Any) -> dict[str, Any]:
    body = orjson.dumps(given)
    request = Request(b"POST", b"/replication", {}, body, body, b"id")
    answer: dict[str, Any] = orjson.loads(asyncio.run(getattr(CALLS, call)(request)).body)
    return answer


@pytest.mark.parametrize(
    ("call", "given", "said"),
    [
        ("expel", {"region": "eu-west-1"}, "table is missing."),
        ("expel", {"table": "Music"}, "region is missing."),
        ("expel", {"table": 1, "region": "eu-west-1"}, "table is not a string."),
        ("delay", {"milliseconds": -1}, "milliseconds is not from 0 to 86400000."),
        ("delay", {"milliseconds": 86_400_001}, "milliseconds is not from 0 to 86400000."),
        ("delay", {"milliseconds": True}, "milliseconds is not a number."),
        ("pause", {"fron": "eu-west-1"}, "There is no parameter 'fron' here; it takes from, to."),
    ],
)
def test_what_is_not_asked_right(call: str, given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationException) as raised:
        ask(call, **given)
    assert raised.value.message == said


@pytest.mark.parametrize(
    ("call", "given", "said"),
    [
        ("expel", {"table": "Music", "region": "eu-west-1"},
         "No table Music here has a replica in eu-west-1."),
        ("pause", {"to": "eu-west-1"}, "Nothing goes from any region to eu-west-1 here."),
        ("resume", {"from": "eu-west-1"}, "Nothing goes from eu-west-1 to any region here."),
    ],
)  # fmt: skip
def test_what_is_not_there(call: str, given: dict[str, Any], said: str) -> None:
    with pytest.raises(ResourceNotFoundException) as raised:
        ask(call, **given)
    assert raised.value.message == said


def test_without_names_all_pairs_are_meant_even_if_there_are_none() -> None:
    assert ask("pause") == {"pairs": []}
