"""The credential that decides which API gets a request."""

from __future__ import annotations

import pytest

from jedlik.gateway.apis import Credential, credential_of
from jedlik.gateway.exchange import Request

SCOPE = "20240131/{}/dynamodb/aws4_request"
HERE, THERE = f"AKID/{SCOPE.format('here')}", f"AKID/{SCOPE.format('there')}"
REST = "SignedHeaders=host, Signature=00"
QUERY = "X-Amz-Algorithm=A&X-Amz-Date=D&X-Amz-SignedHeaders=host&X-Amz-Signature=00"


def request(header: str | None, query: str = "") -> Request:
    headers = {b"x-amz-date": b"20240131T000000Z"}
    if header is not None:
        headers[b"authorization"] = header.encode()
    return Request(b"POST", f"/?{query}".encode(), headers, b"", b"", b"ID")


@pytest.mark.parametrize(
    ("header", "query"),
    [
        (f"AWS4-HMAC-SHA256 Credential={HERE}, {REST}", ""),
        (f"AWS4-HMAC-SHA256 xCredential={THERE}, Credential={HERE}, {REST}", ""),
        (None, f"X-Amz-Credential={HERE}&{QUERY}"),
        ("", f"X-Amz-Credential={HERE}&{QUERY}"),
        (None, f"X-Amz-Credential={HERE}&{QUERY}&X-Amz-Credential={THERE}"),
        (None, f"aX-Amz-Credential={THERE}&X-Amz-Credential={HERE}&{QUERY}"),
    ],
)
def test_the_credential_is_the_one_that_is_verified(header: str | None, query: str) -> None:
    assert credential_of(request(header, query)) == Credential("AKID", "here", "dynamodb")


@pytest.mark.parametrize(
    ("header", "query"),
    [
        (f"AWS4-HMAC-SHA256 Credential={HERE}", ""),
        (None, f"X-Amz-Algorithm=A&X-Amz-Credential={HERE}"),
    ],
)
def test_a_claim_that_is_refused_says_what_was_meant(header: str | None, query: str) -> None:
    assert credential_of(request(header, query)) == Credential("AKID", "here", "dynamodb")


@pytest.mark.parametrize("header", [None, "", "Basic abc", "AWS4-HMAC-SHA256 Credential=AKID"])
def test_without_one(header: str | None) -> None:
    assert credential_of(request(header)) is None
