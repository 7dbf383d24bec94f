"""The verifier accepts the server's own signatures."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from jedlik.auth.signing import Signer, SigningCredentials
from jedlik.auth.sigv4 import Verifier
from jedlik.base.errors import InvalidSignatureException
from tests.simulated_clock import SimulatedClock

NOW = 1_700_000_000.0


@dataclass
class Sent:
    """What a verifier looks at."""

    headers: dict[bytes, bytes]
    body: bytes
    method: bytes = b"POST"
    target: bytes = b"/"


def test_a_verifier_takes_it() -> None:
    credentials = SigningCredentials("someone", "secret", "a token")
    given = {"host": "localhost:8000", "content-type": "text/x", "x-amz-target": "Some.Call  x"}
    headers = Signer(credentials, "eu-west-1", "kinesis").sign(given, b"{}", NOW)
    assert headers["x-amz-security-token"] == "a token"
    verifier = Verifier({"someone": "secret"}.get, SimulatedClock(NOW), services=("kinesis",))
    wire = {name.encode(): value.encode() for name, value in headers.items()}
    identity = verifier.verify(Sent(wire, b"{}"))
    assert (identity.access_key, identity.region) == ("someone", "eu-west-1")
    with pytest.raises(InvalidSignatureException):
        verifier.verify(Sent(wire, b"{ }"))


def test_the_key_is_that_of_the_day() -> None:
    signer = Signer(SigningCredentials("someone", "secret"), "eu-west-1", "kinesis")
    clock = SimulatedClock(NOW)
    verifier = Verifier({"someone": "secret"}.get, clock, services=("kinesis",))
    for _ in range(3):
        clock.advance(86_400.0)
        headers = signer.sign({"host": "localhost:8000"}, b"{}", clock.now())
        wire = {name.encode(): value.encode() for name, value in headers.items()}
        assert verifier.verify(Sent(wire, b"{}")).access_key == "someone"
