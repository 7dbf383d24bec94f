"""The statements of a request about its signature, and the errors if they do not suffice."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field

import pytest

from jedlik.auth.authorization import Claim, read_claim, read_scope
from jedlik.base.errors import (
    IncompleteSignatureException,
    MissingAuthenticationTokenException,
)

DATE = b"20240131T120000Z"


@dataclass
class Asked:
    headers: dict[bytes, bytes] = field(default_factory=dict)
    target: bytes = b"/"
    method: bytes = b"POST"
    body: bytes = b""


def with_header(text: bytes, date: bytes | None = DATE) -> Asked:
    headers = {b"authorization": text}
    if date is not None:
        headers[b"x-amz-date"] = date
    return Asked(headers)


def refused(asked: Asked) -> str:
    with pytest.raises(IncompleteSignatureException) as caught:
        read_claim(asked)
    return caught.value.message


def digest(header: bytes) -> str:
    return base64.b64encode(hashlib.sha256(header).digest()).decode()


def shown(header: bytes) -> str:
    return f"(Hashed with SHA-256 and encoded with Base64) Authorization={digest(header)}"


def test_a_header() -> None:
    claim = read_claim(
        with_header(b"AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host;x, Signature=123")
    )
    assert claim == Claim(b"AWS4-HMAC-SHA256", b"a/b/c/d/e", b"host;x", b"123", DATE, 900, False)


CREDENTIAL = "Authorization header requires 'Credential' parameter. "
SIGNATURE = "Authorization header requires 'Signature' parameter. "
SIGNED_HEADERS = "Authorization header requires 'SignedHeaders' parameter. "
NO_DATE = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "


@pytest.mark.parametrize(
    ("header", "missing"),
    [
        (b"AWS4-HMAC-SHA256", CREDENTIAL + SIGNATURE + SIGNED_HEADERS),
        (b"AWS4-HMAC-SHA256 Credential=a", SIGNATURE + SIGNED_HEADERS),
        (b"AWS4-HMAC-SHA256 Credential=a,Signature=b", SIGNED_HEADERS),
        (b"AWS4-HMAC-SHA256 Signature=b, SignedHeaders=c", CREDENTIAL),
        (b"AWS4-HMAC-SHA256 Credential=, Signature=b, SignedHeaders=c", CREDENTIAL),
        (b"AWS4-", CREDENTIAL + SIGNATURE + SIGNED_HEADERS),
    ],
)
def test_parameters_that_lack(header: bytes, missing: str) -> None:
    assert refused(with_header(header)) == missing + shown(header)
    assert refused(with_header(header, None)) == missing + NO_DATE + shown(header)


def test_the_date_alone_lacks() -> None:
    header = b"AWS4-HMAC-SHA256 Credential=a, Signature=b, SignedHeaders=c"
    assert refused(with_header(header, None)) == NO_DATE + shown(header)
    assert refused(with_header(header, b"")) == NO_DATE + shown(header)


def test_what_is_no_parameter() -> None:
    header = b"AWS4-HMAC-SHA256 Credential=a b/c, Signature=b, SignedHeaders=c"
    assert refused(with_header(header)) == (
        "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 "
        f"and encoded with Base64): '{digest(header)}'."
    )


@pytest.mark.parametrize("name", ["Credential", "SignedHeaders", "Signature"])
def test_parameters_that_are_repeated(name: str) -> None:
    whole = b"AWS4-HMAC-SHA256 Credential=a, Signature=b, SignedHeaders=c"
    header = whole + f", {name}=d".encode()
    only_one = f"Authorization header allows only one '{name}' parameter. "
    assert refused(with_header(header)) == only_one + shown(header)


def test_two_headers() -> None:
    header = b"AWS4-HMAC-SHA256 Credential=a, Signature=b, SignedHeaders=c"
    assert "(missing equal-sign)" in refused(with_header(header + b"," + header))


def test_the_date_header_is_the_second_choice() -> None:
    header = b"AWS4-HMAC-SHA256 Credential=a, Signature=b, SignedHeaders=c"
    asked = with_header(header)
    asked.headers[b"date"] = b"Wed, 31 Jan 2024 13:00:00 GMT"
    assert read_claim(asked).date == DATE
    del asked.headers[b"x-amz-date"]
    assert read_claim(asked).date == b"20240131T130000Z"


def test_a_query() -> None:
    asked = Asked(
        target=b"/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a%2Fb%2Fc%2Fd%2Fe"
        b"&X-Amz-Date=20240131T120000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host%3Bx"
        b"&X-Amz-Signature=123"
    )
    assert read_claim(asked) == Claim(
        b"AWS4-HMAC-SHA256", b"a/b/c/d/e", b"host;x", b"123", DATE, 60, True
    )


def test_query_parameters_that_lack() -> None:
    assert refused(Asked(target=b"/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=x")) == (
        "AWS query-string parameters must include 'X-Amz-Credential'. "
        "AWS query-string parameters must include 'X-Amz-Signature'. "
        "AWS query-string parameters must include 'X-Amz-SignedHeaders'. "
        "Re-examine the query-string parameters."
    )
    assert refused(Asked(target=b"/?X-Amz-Algorithm")).startswith(
        "AWS query-string parameters must include 'X-Amz-Algorithm'. "
    )


def test_a_query_without_an_algorithm_is_no_claim() -> None:
    with pytest.raises(MissingAuthenticationTokenException):
        read_claim(Asked(target=b"/?X-Amz-Signature=1&note=X-Amz-Algorithm"))


def test_a_credential_has_five_parts() -> None:
    scope, terminator = read_scope(b"key/20240131/eu-west-1/dynamodb/aws4_request")
    assert scope == ("key", "20240131", "eu-west-1", "dynamodb")
    assert terminator == "aws4_request"
    assert scope.text() == b"20240131/eu-west-1/dynamodb/aws4_request"
    assert read_scope(b"a/b/c/d/e//")[1] == "e"
    for credential in ("a/b/c/d", "a/b/c/d/e/f", "a"):
        with pytest.raises(IncompleteSignatureException) as caught:
            read_scope(credential.encode())
        assert caught.value.message == (
            "Credential must have exactly 5 slash-delimited elements, e.g. "
            f"keyid/date/region/service/term, got '{credential}'"
        )
