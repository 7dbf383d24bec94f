"""Files and endpoints that are told of failures."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from jedlik.services.lambda_.errors import InvalidParameterValueException
from jedlik.services.lambda_.runtime.destination import parse_destination, tell
from jedlik.services.lambda_.runtime.endpoint import Endpoints


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("file:///a/b.jsonl", Path("/a/b.jsonl")),
        ("file://localhost/a%20b", Path("/a b")),
        ("http://h:1/p?q=1", "http://h:1/p?q=1"),
        ("arn:aws:jedlik:us-east-1:000000000000:file:///a/b", Path("/a/b")),
        ("arn:aws:jedlik:::https://h/p", "https://h/p"),
    ],
)
def test_destinations(text, place):
    assert parse_destination(text) == place


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/a/b",
        "file://host/a",
        "file:///",
        "file:///a%00b",
        "http://",
        "http://h:x/",
        "http://h/a b",
        "ftp://h/a",
        "arn:aws:sqs:us-east-1:000000000000:queue",
        "arn:aws:jedlik:::nothing",
    ],
)
def test_what_is_no_destination(text):
    with pytest.raises(InvalidParameterValueException):
        parse_destination(text)


def test_a_file_gets_a_line_each(tmp_path):
    endpoints = Endpoints()
    url = f"file://{tmp_path}/told"
    asyncio.run(tell(endpoints, url, b'{"a":1}'))
    asyncio.run(tell(endpoints, url, b'{"a":2}'))
    assert (tmp_path / "told").read_bytes() == b'{"a":1}\n{"a":2}\n'
    endpoints.close()


def test_a_place_that_cannot_be_written(tmp_path):
    endpoints = Endpoints()
    with pytest.raises(OSError, match="No such file"):
        asyncio.run(tell(endpoints, f"file://{tmp_path}/no/told", b"{}"))
    endpoints.close()
