"""Spoilt credentials: whatever is changed in a signed request, it is refused like by the service.

A request is accepted only if its meaning is the same: the same claim about the same canonical
request, perhaps with other spaces or another order. So an accepted change of the meaning is a hole,
and any exception other than the service's is a way to crash the server.
"""

from __future__ import annotations

import random
from base64 import b64decode, b64encode
from contextlib import suppress
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.auth.authorization import Claim, read_claim
from jedlik.auth.canonical import request_start, trimmed
from jedlik.auth.sessions import Session, Sessions
from jedlik.auth.sigv4 import OpenVerifier, Verifier
from jedlik.base.errors import ServiceError, UnrecognizedClientException
from jedlik.crypto.secret_box import KEY_SIZE, Seal
from tests.fuzz.mutations import spoil_bytes
from tests.properties import examples
from tests.servers import ACCESS_KEY, SECRET_KEY
from tests.signing import Draft
from tests.simulated_clock import SimulatedClock

SEEDS = st.integers(0, 2**40)
NOW = 1_706_702_400.0
SEAL = Seal(b"k" * KEY_SIZE, random.Random(1).randbytes)
SESSION = Session("ASIAEXAMPLE", "secret", NOW, NOW + 900, user=("anna", "AIDA1"))
CLOCK = SimulatedClock(NOW)
TOKEN = Sessions(CLOCK, lambda: SEAL).token(SESSION)
LONG_TERM = {"access_key": ACCESS_KEY, "secret_key": SECRET_KEY}
TEMPORARY = {"access_key": SESSION.access_key, "secret_key": SESSION.secret, "token": TOKEN}


class Parsed(NamedTuple):
    """What a verifier reads."""

    method: bytes
    target: bytes
    headers: dict[bytes, bytes]
    body: bytes


def verifier() -> Verifier:
    """A verifier with one key and the sessions of one seal, and nothing cached from other cases."""
    return Verifier({ACCESS_KEY: SECRET_KEY}.get, CLOCK, sessions=Sessions(CLOCK, lambda: SEAL))


def signed(keys: dict[str, str], in_query: bool) -> Parsed:
    """A correct request, signed at `NOW`."""
    headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "D.GetItem"}
    draft = Draft(headers=headers, moment=NOW, target="/?a=1&b=%2F", **keys)  # type: ignore[arg-type]
    sent = draft.presigned() if in_query else draft.signed()
    lines = {name.lower().encode(): value.encode() for name, value in sent.headers}
    return Parsed(sent.method.encode(), sent.target.encode(), lines, sent.body)


def meaning(request: Parsed) -> tuple[Claim, Any]:
    """The meaning of a request: equal for requests that may share a valid signature."""
    claim = read_claim(request)
    names = claim.signed_headers.lower().split(b";")
    values = [trimmed(request.headers.get(name, b"")) for name in names]
    start = request_start(request.method, request.target, presigned=claim.in_query)
    return claim, (values, start, request.body)


def spoilt(request: Parsed, draw: random.Random) -> Parsed:
    """The request with one of its parts spoilt."""
    part = draw.choice(("authorization", "target", "header", "method", "body"))
    if part == "authorization" and b"authorization" in request.headers:
        header = spoil_bytes(request.headers[b"authorization"], draw)
        return request._replace(headers={**request.headers, b"authorization": header})
    if part in ("authorization", "target"):
        return request._replace(target=b"/" + spoil_bytes(request.target[1:], draw))
    if part == "header":
        name = draw.choice(sorted(request.headers))
        return request._replace(
            headers={**request.headers, name: spoil_bytes(request.headers[name], draw)}
        )
    if part == "method":
        return request._replace(method=spoil_bytes(request.method, draw))
    return request._replace(body=spoil_bytes(request.body, draw))


@examples(400)
@given(seed=SEEDS, in_query=st.booleans(), temporary=st.booleans(), kept=st.booleans())
def test_a_spoilt_request(seed: int, in_query: bool, temporary: bool, kept: bool) -> None:
    draw = random.Random(seed)
    request = signed(TEMPORARY if temporary else LONG_TERM, in_query)
    one = verifier()
    if kept:
        one.verify(request)
    changed = spoilt(request, draw)
    with suppress(ServiceError):
        OpenVerifier().verify(changed)
    try:
        one.verify(changed)
    except ServiceError:
        return
    assert meaning(changed) == meaning(request), changed


@pytest.mark.parametrize("in_query", [False, True])
@pytest.mark.parametrize("keys", [LONG_TERM, TEMPORARY])
def test_the_requests_themselves_are_taken(keys: dict[str, str], in_query: bool) -> None:
    one = verifier()
    for _ in range(2):
        assert one.verify(signed(keys, in_query)).access_key == keys["access_key"]


LETTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def changed_in(text: bytes, draw: random.Random) -> bytes:
    """`text` with one letter or digit replaced by another, not only in case (%2F is %2f)."""
    place = draw.choice([place for place, byte in enumerate(text) if byte in LETTERS])
    other = draw.choice([byte for byte in LETTERS if byte | 32 != text[place] | 32])
    return text[:place] + bytes([other]) + text[place + 1 :]


@examples(200)
@given(seed=SEEDS, in_query=st.booleans(), temporary=st.booleans())
def test_no_changed_letter_goes_unnoticed(seed: int, in_query: bool, temporary: bool) -> None:
    draw = random.Random(seed)
    request = signed(TEMPORARY if temporary else LONG_TERM, in_query)
    one = verifier()
    one.verify(request)
    match draw.choice(("method", "target", "header", "body")):
        case "method":
            request = request._replace(method=changed_in(request.method, draw))
        case "target":
            request = request._replace(target=changed_in(request.target, draw))
        case "header":
            name = draw.choice(sorted(request.headers))
            value = changed_in(request.headers[name], draw)
            request = request._replace(headers={**request.headers, name: value})
        case "body":
            request = request._replace(body=request.body + draw.randbytes(1))
    with pytest.raises(ServiceError):
        one.verify(request)


@examples(100)
@given(header=st.binary(max_size=80), date=st.binary(max_size=20), query=st.binary(max_size=60))
def test_garbage_is_refused_in_the_form_of_the_service(
    header: bytes, date: bytes, query: bytes
) -> None:
    request = signed(LONG_TERM, False)
    presigned = signed(LONG_TERM, True)
    rest = {name: value for name, value in request.headers.items() if name != b"x-amz-date"}
    for one in (
        request._replace(
            headers={**request.headers, b"authorization": b"AWS4-HMAC-SHA256 " + header}
        ),
        request._replace(headers={**rest, b"x-amz-date": date}),
        request._replace(headers={**rest, b"date": date}),
        presigned._replace(target=presigned.target + b"&" + query + b"=" + query),
    ):
        with pytest.raises(ServiceError):
            verifier().verify(one)


@examples(300)
@given(seed=SEEDS, sealed=st.booleans())
def test_a_spoilt_session_token(seed: int, sealed: bool) -> None:
    draw = random.Random(seed)
    if sealed:
        token = b64encode(spoil_bytes(b64decode(TOKEN), draw))
    else:
        token = spoil_bytes(TOKEN.encode(), draw)
    sessions = Sessions(CLOCK, lambda: SEAL)
    try:
        assert sessions.read(SESSION.access_key, token) == SESSION
    except UnrecognizedClientException:
        return
    assert b64decode(token) == b64decode(TOKEN)


@examples(50)
@given(text=st.binary(max_size=200), about=st.sampled_from(["", "secret", "session token "]))
def test_what_was_sealed_as_something_else_is_no_token(text: bytes, about: str) -> None:
    """A sealed secret, which anyone with the store's files may know, is not accepted."""
    token = b64encode(SEAL.seal(text, about))
    with pytest.raises(UnrecognizedClientException):
        Sessions(CLOCK, lambda: SEAL).read(SESSION.access_key, token)
