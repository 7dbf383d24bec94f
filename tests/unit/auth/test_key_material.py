"""Access keys of sessions that contain their account."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.auth.key_material import SESSION_KEY, account_of_session, new_session, unique_id
from jedlik.base.ids import RandomIds

IDS = RandomIds()
ACCOUNTS = st.integers(1, 10**12 - 1).map("{:012d}".format)


@given(ACCOUNTS)
def test_the_account_of_a_session(account: str) -> None:
    key = new_session(IDS, account, 0.0, 900.0).access_key
    assert key.startswith("ASIA")
    assert len(key) == 20
    assert account_of_session(key) == account


@given(ACCOUNTS, st.integers(4, 19), st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"))
def test_no_other_key_says_one(account: str, at: int, letter: str) -> None:
    key = new_session(IDS, account, 0.0, 900.0).access_key
    changed = key[:at] + letter + key[at + 1 :]
    assert account_of_session(changed) == (account if changed == key else None)


@pytest.mark.parametrize(
    "key",
    [
        "", "ASIA", "ASIA" + "1" * 16, "ASIA" + "\u00e9" * 16, "AKIA" + "A" * 16, "ASIA" + "A" * 17,
        pytest.param(unique_id(SESSION_KEY, IDS), id="drawn"),
        pytest.param(new_session(IDS, "000000000000", 0.0, 900.0).access_key, id="account zero"),
    ],
)  # fmt: skip
def test_keys_that_say_none(key: str) -> None:
    assert account_of_session(key) is None
