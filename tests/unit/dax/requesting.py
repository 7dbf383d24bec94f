"""Requests of DAX's protocol, written byte by byte."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime

from jedlik.auth.authorization import Scope
from jedlik.auth.sigv4 import signing_key
from jedlik.dax.wire import cbor, methods
from jedlik.dax.wire.methods import Method

HELLO = (
    cbor.text("J7yne5G")
    + b"\x00"
    + cbor.NULL
    + cbor.mapping([(cbor.text("UserAgent"), cbor.text("test"))])
    + b"\x00"
)


def request(method: Method, *arguments: bytes) -> bytes:
    """A request with arguments that are written already."""
    return method.head + b"".join(arguments)


def authentication(
    now: float,
    access_key: str = "AKIA",
    secret: str = "secret",
    token: str | None = None,
    region: str = "us-east-1",
) -> bytes:
    """The request that makes a client known, as clients sign it."""
    moment = datetime.fromtimestamp(now, UTC)
    date, day = moment.strftime("%Y%m%dT%H%M%SZ"), moment.strftime("%Y%m%d")
    canonical = (
        f"POST\n/\n\nhost:dax.amazonaws.com\nx-amz-date:{date}\n\nhost;x-amz-date\n"
        f"{hashlib.sha256(b'').hexdigest()}"
    )
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    string = f"AWS4-HMAC-SHA256\n{date}\n{day}/{region}/dax/aws4_request\n{hashed}"
    key = signing_key(secret, Scope(access_key, day, region, "dax"))
    signature = hmac.new(key, string.encode(), "sha256").hexdigest()
    return request(
        methods.AUTHORIZE,
        cbor.text(access_key),
        cbor.text(signature),
        cbor.byte_string(string.encode()),
        cbor.NULL if token is None else cbor.text(token),
        cbor.text("test"),
    )
