"""What is read of a request before its sender is known."""

from __future__ import annotations

import gzip
import time

import orjson
import pytest

from jedlik.gateway.exchange import Request
from jedlik.request_log.facts import Facts


def facts(body: bytes, coding: bytes | None = None) -> Facts:
    headers = {b"x-amz-target": b"DynamoDB_20120810.PutItem"}
    if coding is not None:
        headers[b"content-encoding"] = coding
    return Facts(Request(b"POST", b"/", headers, body, body, b"id"))


@pytest.mark.parametrize("coding", [None, b"gzip"])
def test_a_request_is_read(coding: bytes | None) -> None:
    body = orjson.dumps({"TableName": "t", "Item": {"p": {"S": "x" * 500_000}}})
    assert facts(gzip.compress(body) if coding else body, coding).tables == ["t"]


@pytest.mark.parametrize("body", [b'{"TableName": "t"}' + b" " * 15_000_000, b"[" * 15_000_000])
def test_what_inflates_is_not_read(body: bytes) -> None:
    sent = gzip.compress(body)
    began = time.process_time()
    assert facts(sent, b"gzip").payload == {}
    assert time.process_time() - began < 0.1
    assert facts(sent, b"gzip, gzip").tables == []


@pytest.mark.parametrize("coding", [b"gzip", b"deflate", b"br", b""])
def test_what_is_not_compressed_as_it_says(coding: bytes) -> None:
    assert facts(b"{}", coding).payload == {}
