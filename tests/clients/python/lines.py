"""Requests in, answers out, a line of JSON each, for programs around one of Python's clients.

    {"verb": "get", "input": {"table": ..., "key": {"artist": ..., "song": ...}}}
    {"output": {...}} or {"error": {"code": ..., "message": ...}} or {"unsupported": "why"}

Items are in the form of DynamoDB's API on the lines; each program gives its client what that takes.
"""

from __future__ import annotations

import base64
import decimal
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

Json = dict[str, Any]

INDEX: Final = "by-year"
_read: Final = TypeDeserializer().deserialize
_write: Final = TypeSerializer().serialize


class Unsupported(Exception):
    """The client has no way of its own to do what is asked."""


def serve(program: object) -> None:
    """Answer every request by the program's method of its verb."""
    for verb, given in _requests():
        _reply(answer_of(lambda v=verb, g=given: getattr(program, v)(**g)))


def _requests() -> Iterator[tuple[str, Json]]:
    for line in sys.stdin:
        request = json.loads(line)
        yield request["verb"], request["input"]


def _reply(answer: Json) -> None:
    print(json.dumps(answer), flush=True)


def answer_of(call: Callable[[], Json | None]) -> Json:
    """What a call's end is on a line."""
    try:
        return {"output": call() or {}}
    except Unsupported as reason:
        return {"unsupported": str(reason)}
    except decimal.Inexact as error:
        return {"error": {"code": "Refused", "message": repr(error)}}
    except ClientError as error:
        found = error.response["Error"]
        return {"error": {"code": found["Code"], "message": found["Message"]}}
    except Exception as error:
        code = getattr(error, "cause_response_code", None)  # PynamoDB's way
        if code is None:
            raise
        return {"error": {"code": code, "message": str(error)}}


def native(item: Json) -> dict[str, Any]:
    """A line's item in Python's types, as boto3 has them."""
    return {name: _read(_with_bytes(value)) for name, value in item.items()}


def on_line(item: dict[str, Any]) -> Json:
    """The opposite of `native`."""
    return {name: _with_text(_write(value)) for name, value in item.items()}


def _with_bytes(value: Json) -> Json:
    return _converted(value, base64.b64decode)


def _with_text(value: Json) -> Json:
    return _converted(value, lambda held: base64.b64encode(bytes(held)).decode())


def _converted(value: Json, binary: Callable[[Any], Any]) -> Json:
    ((kind, held),) = value.items()
    if kind == "B":
        return {"B": binary(held)}
    if kind == "M":
        return {"M": {name: _converted(each, binary) for name, each in held.items()}}
    if kind == "L":
        return {"L": [_converted(each, binary) for each in held]}
    return {kind: held}


def table_definition(table: str) -> Json:
    """The parameters of CreateTable."""
    return {"TableName": table, **json.loads(Path(os.environ["TABLE_DEFINITION"]).read_text())}


def pages_answer(pages: list[list[str]]) -> Json:
    """Pages of songs: how many each has, the first song and the last one."""
    found = [page for page in pages if page]
    return {
        "pages": [len(page) for page in found],
        "first": found[0][0] if found else None,
        "last": found[-1][-1] if found else None,
    }
