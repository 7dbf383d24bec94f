"""How long a connection's authentication holds."""

from __future__ import annotations

import pytest

from jedlik.auth.identity import Identity
from jedlik.auth.sessions import Session
from jedlik.dax.access import KNOWN_SECONDS, known_seconds

NOW = 1_000_000.0


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
