"""Session tokens: our own current ones are accepted, others refused; and requests signed with
them."""

from __future__ import annotations

import os
from base64 import b64decode, b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.auth.sessions import Session, Sessions
from jedlik.auth.sigv4 import Verifier
from jedlik.base.errors import (
    ExpiredTokenException,
    InvalidSignatureException,
    UnrecognizedClientException,
)
from jedlik.crypto.secret_box import KEY_SIZE, Seal
from tests.simulated_clock import SimulatedClock
from tests.unit.auth.conftest import ACCESS_KEY, SECRET_KEY, Signer

SEAL = Seal(b"k" * KEY_SIZE, os.urandom)


def session(clock: SimulatedClock, **members: object) -> Session:
    begins = clock.now()
    return Session("ASIAEXAMPLE", "secret", begins, begins + 900, **members)  # type: ignore[arg-type]


def test_a_token_is_the_whole_session() -> None:
    clock = SimulatedClock()
    sessions = Sessions(clock, lambda: SEAL)
    for each in (
        session(clock, user=("anna", "AIDA1")),
        session(clock, role=("Reader", "AROA1", "night"), policies=("{}",), tags=(("a", "b"),)),
        session(clock, administrator="AKIDROOT"),
        session(clock, role=("Reader", "AROA1", "f"), function="arn:aws:lambda:f"),
    ):
        assert sessions.read("ASIAEXAMPLE", sessions.token(each).encode()) == each


def test_a_session_ends_on_time() -> None:
    clock = SimulatedClock()
    sessions = Sessions(clock, lambda: SEAL)
    token = sessions.token(session(clock, user=("anna", "AIDA1"))).encode()
    clock.advance(899)
    sessions.read("ASIAEXAMPLE", token)
    clock.advance(1)
    with pytest.raises(ExpiredTokenException):
        sessions.read("ASIAEXAMPLE", token)


def test_tokens_of_other_keys_and_of_another_seal() -> None:
    clock = SimulatedClock()
    seals = [SEAL]
    sessions = Sessions(clock, lambda: seals[0] if seals else None)
    token = sessions.token(session(clock, user=("anna", "AIDA1"))).encode()
    sessions.read("ASIAEXAMPLE", token)
    with pytest.raises(UnrecognizedClientException):
        sessions.read("ASIAOTHER", token)
    seals[0] = Seal(b"j" * KEY_SIZE, os.urandom)
    with pytest.raises(UnrecognizedClientException):
        sessions.read("ASIAEXAMPLE", token)
    seals.clear()
    with pytest.raises(UnrecognizedClientException, match=r"included in the request is invalid$"):
        sessions.read("ASIAEXAMPLE", token)


@given(st.binary(max_size=60), st.integers(0, 400), st.booleans())
def test_no_token_but_ours_opens_anything(junk: bytes, place: int, encoded: bool) -> None:
    clock = SimulatedClock()
    sessions = Sessions(clock, lambda: SEAL)
    token = sessions.token(session(clock, user=("anna", "AIDA1"))).encode()
    sealed = bytearray(b64decode(token))
    sealed[place % len(sealed)] ^= 1 + len(junk)
    for wrong in (b64encode(junk) if encoded else junk, b64encode(bytes(sealed))):
        with pytest.raises(UnrecognizedClientException):
            sessions.read("ASIAEXAMPLE", wrong)


@pytest.mark.parametrize("in_query", [True, False])
def test_requests_signed_with_a_session(
    sign: Signer, clock: SimulatedClock, in_query: bool
) -> None:
    sessions = Sessions(clock, lambda: SEAL)
    own = session(clock, user=("anna", "AIDA1"))
    token = sessions.token(own)
    verifier = Verifier({ACCESS_KEY: SECRET_KEY}.get, clock, sessions=sessions)
    body = b"" if in_query else b"{}"

    def signed(**members: object) -> object:
        given = {"access_key": own.access_key, "secret": own.secret, "token": token, **members}
        return sign(body, in_query=in_query, **given)

    for _ in range(3):
        assert verifier.verify(signed()).session == own
    with pytest.raises(InvalidSignatureException):
        verifier.verify(signed(secret="other"))
    for wrong in ({"token": None}, {"token": "AAAA"}, {"access_key": "ASIAOTHER"}):
        with pytest.raises(UnrecognizedClientException):
            verifier.verify(signed(**wrong))
    # A long-term key has no token, and one that comes with it is not looked past.
    assert verifier.verify(sign(body, in_query=in_query)).session is None
    with pytest.raises(UnrecognizedClientException):
        verifier.verify(sign(body, in_query=in_query, token=token))
    clock.advance(901)
    with pytest.raises((ExpiredTokenException, InvalidSignatureException)):
        verifier.verify(signed())


@pytest.mark.parametrize("off", [86_400, -86_400])
def test_a_clock_that_is_put_right_moves_its_end(off: int) -> None:
    clock = SimulatedClock()
    sessions = Sessions(clock, lambda: SEAL)
    vars(clock)["_now"] += off
    token = sessions.token(session(clock, user=("anna", "AIDA1"))).encode()
    vars(clock)["_now"] -= off
    if off > 0:
        clock.advance(off + 899)
        sessions.read("ASIAEXAMPLE", token)
        clock.advance(1)
    with pytest.raises(ExpiredTokenException):
        sessions.read("ASIAEXAMPLE", token)
