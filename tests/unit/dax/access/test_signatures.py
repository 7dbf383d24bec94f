"""What clients sign, and how long it holds."""

from __future__ import annotations

from hashlib import sha256

import pytest

from jedlik.auth.identity import Identity
from jedlik.auth.sessions import Session
from jedlik.dax.access.callers import Peer
from jedlik.dax.access.signatures import KNOWN_SECONDS, Proof, known_seconds, signed_request
from jedlik.dax.errors import NotAuthenticated

NOW = 1_000_000.0
PEER = Peer({}, "192.0.2.1", secure=True)
DATE = "20261130T120000Z"
SCOPE = "20261130/us-east-1/dax/aws4_request"
SIGNATURE = "ab" * 32


def identity(session: Session | None) -> Identity:
    return Identity("AKIA", "000000000000", "us-east-1", "dax", session)


@pytest.mark.parametrize(
    ("left", "expected"), [(3600.0, KNOWN_SECONDS), (KNOWN_SECONDS, KNOWN_SECONDS), (7.5, 7.5)]
)
def test_not_beyond_the_end_of_its_session(left: float, expected: float) -> None:
    session = Session("ASIA", "secret", NOW - 900, NOW + left, administrator="AKIDROOT")
    assert known_seconds(identity(session), NOW) == expected


def test_keys_that_last_hold_for_minutes() -> None:
    assert known_seconds(identity(None), NOW) == KNOWN_SECONDS


def string_for(host: str) -> bytes:
    empty = sha256().hexdigest()
    canonical = f"POST\n/\n\nhost:{host}\nx-amz-date:{DATE}\n\nhost;x-amz-date\n{empty}"
    return f"AWS4-HMAC-SHA256\n{DATE}\n{SCOPE}\n{sha256(canonical.encode()).hexdigest()}".encode()


@pytest.mark.parametrize("host", ["dax.amazonaws.com", "https://dax.amazonaws.com"])
def test_the_request_is_the_one_whose_digest_was_signed(host: str) -> None:
    request = signed_request(Proof("AKIA", SIGNATURE, string_for(host), "token"), PEER)
    assert request.headers == {
        b"host": host.encode(),
        b"x-amz-date": DATE.encode(),
        b"authorization": f"AWS4-HMAC-SHA256 Credential=AKIA/{SCOPE}, "
        f"SignedHeaders=host;x-amz-date, Signature={SIGNATURE}".encode(),
        b"x-amz-security-token": b"token",
    }
    assert (request.client, request.secure, request.body) == ("192.0.2.1", True, b"")


def test_without_a_session_no_token_is_signed() -> None:
    request = signed_request(Proof("AKIA", SIGNATURE, string_for("dax.amazonaws.com"), None), PEER)
    assert b"x-amz-security-token" not in request.headers


@pytest.mark.parametrize(
    ("access_key", "signature", "string"),
    [
        ("AK/IA", SIGNATURE, string_for("dax.amazonaws.com")),
        ("AK,IA", SIGNATURE, string_for("dax.amazonaws.com")),
        ("AKIA", SIGNATURE.upper(), string_for("dax.amazonaws.com")),
        ("AKIA", SIGNATURE, string_for("dax.amazonaws.com") + b"\n"),
        ("AKIA", SIGNATURE, string_for("dax.amazonaws.com").replace(b"dax/", b"dax,")),
        ("AKIA", SIGNATURE, b""),
    ],
)
def test_what_could_be_read_as_more_than_one_header_is_refused(
    access_key: str, signature: str, string: bytes
) -> None:
    with pytest.raises(NotAuthenticated):
        signed_request(Proof(access_key, signature, string, None), PEER)
