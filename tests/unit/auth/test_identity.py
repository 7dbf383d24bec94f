"""Who has sent a request."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.auth.identity import DEFAULT_ACCOUNT, Identity
from jedlik.auth.sessions import Session


@pytest.mark.parametrize(
    ("whose", "owner"),
    [
        ({"user": ("alice", "AIDA1")}, "AIDA1"),
        ({"user": ("alice", "AIDA1"), "federated": "anything"}, "AIDA1"),
        ({"role": ("reader", "AROA1", "one")}, "AROA1"),
        ({"role": ("reader", "AROA1", "another")}, "AROA1"),
        ({"administrator": "AKIA1"}, "AKIA1"),
        (None, "ASIA1"),
    ],
)
def test_sessions_are_their_owners(whose: dict[str, Any] | None, owner: str) -> None:
    session = None if whose is None else Session("ASIA1", "secret", 0.0, 1.0, **whose)
    assert Identity("ASIA1", DEFAULT_ACCOUNT, "us-east-1", "dynamodb", session).owner == owner
