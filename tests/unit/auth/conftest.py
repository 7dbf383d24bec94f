"""Requests signed by botocore, an independent implementation of signatures."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from jedlik.auth.sigv4 import Verifier
from tests.simulated_clock import SimulatedClock

ACCESS_KEY = "AKIDEXAMPLE"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
HOST = "127.0.0.1:8000"
BODY = b'{"TableName": "Music", "Key": {"Artist": {"S": "Liszt"}}}'


@dataclass
class Signed:
    """The parts of a request that a verifier reads."""

    method: bytes = b"POST"
    target: bytes = b"/"
    headers: dict[bytes, bytes] = field(default_factory=dict)
    body: bytes = BODY


Signer = Callable[..., Signed]


@pytest.fixture
def sign() -> Signer:
    """`sign(body, ...)` is a request signed now: in a header, or with `in_query` in the query."""

    def make(
        body: bytes = BODY,
        *,
        in_query: bool = False,
        method: str = "POST",
        target: str = "/",
        access_key: str = ACCESS_KEY,
        secret: str = SECRET_KEY,
        token: str | None = None,
        region: str = "eu-west-1",
        service: str = "dynamodb",
        expires: int = 3600,
        **headers: str,
    ) -> Signed:
        lines = {name.replace("_", "-"): value for name, value in headers.items()}
        lines.setdefault("Host", HOST)
        lines.setdefault("X-Amz-Target", "DynamoDB_20120810.GetItem")
        lines.setdefault("Content-Type", "application/x-amz-json-1.0")
        request = AWSRequest(method, f"http://{HOST}{target}", headers=lines, data=body)
        credentials = Credentials(access_key, secret, token)
        if in_query:
            SigV4QueryAuth(credentials, service, region, expires=expires).add_auth(request)
        else:
            SigV4Auth(credentials, service, region).add_auth(request)
        return Signed(
            method.encode(),
            request.url.removeprefix(f"http://{HOST}").encode() or b"/",
            {name.lower().encode(): value.encode() for name, value in request.headers.items()},
            body,
        )

    return make


@pytest.fixture
def clock() -> SimulatedClock:
    """A clock that stands still at the time the test began."""
    return SimulatedClock(time.time())


@pytest.fixture
def verifier(clock: SimulatedClock) -> Verifier:
    """A verifier that knows ACCESS_KEY only."""
    return Verifier({ACCESS_KEY: SECRET_KEY}.get, clock)
