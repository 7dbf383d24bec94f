"""Ids and secrets of identities, in IAM's forms.

IAM user guide, "IAM identifiers": the first four letters of an id show the kind of its owner.

The access key of a session contains its account, as AWS's do, since several accounts may share one
address and sessions are not stored. `ASIA` is followed by the base32 form of

    1 bit   1
    40 bits account
    15 bits random
    24 bits of SHA-256 over the bits before, by which credentials of AWS, whose accounts are
            elsewhere, are recognized

Sessions of the server's default account are random, since their account is never looked up.
"""

from __future__ import annotations

import hashlib
from base64 import b32decode, b32encode, b64encode
from binascii import Error as Base64Error
from typing import Any, Final

from jedlik.auth.identity import DEFAULT_ACCOUNT
from jedlik.auth.sessions import TEMPORARY, Session
from jedlik.base.ids import Ids

USER: Final = "AIDA"
GROUP: Final = "AGPA"
ROLE: Final = "AROA"
POLICY: Final = "ANPA"
ACCESS_KEY: Final = "AKIA"
SESSION_KEY: Final = TEMPORARY

_KEY_LENGTH: Final = 20
_HEAD_SIZE: Final = 7
_CHECK_SIZE: Final = 3
_ACCOUNT_AT: Final = 15
_FIRST: Final = 1 << 55


def unique_id(prefix: str, ids: Ids) -> str:
    """A new, unique id: the prefix and 16 letters and digits."""
    return prefix + b32encode(ids.secret(10)).decode("ascii")


def secret_key(ids: Ids) -> str:
    """A secret key: 240 random bits as 40 characters."""
    return b64encode(ids.secret(30)).decode("ascii")


def new_session(ids: Ids, account: str, begins: float, seconds: float, **members: Any) -> Session:
    """A session with new keys that lasts `seconds`; `members` say whose it is."""
    return Session(_session_key(ids, account), secret_key(ids), begins, begins + seconds, **members)


def account_of_session(access_key: str) -> str | None:
    """The account in a session's access key; None if there is no account in it."""
    if len(access_key) != _KEY_LENGTH or not access_key.startswith(SESSION_KEY):
        return None
    try:
        raw = b32decode(access_key[len(SESSION_KEY) :])
    except (Base64Error, ValueError):
        return None
    head, check = raw[:_HEAD_SIZE], raw[_HEAD_SIZE:]
    if check != _check(head):
        return None
    return f"{(int.from_bytes(head, 'big') & ~_FIRST) >> _ACCOUNT_AT:012d}"


def _session_key(ids: Ids, account: str) -> str:
    if account == DEFAULT_ACCOUNT:
        return unique_id(SESSION_KEY, ids)
    random = int.from_bytes(ids.secret(2), "big") >> 1
    head = (_FIRST | int(account) << _ACCOUNT_AT | random).to_bytes(_HEAD_SIZE, "big")
    return SESSION_KEY + b32encode(head + _check(head)).decode("ascii")


def _check(head: bytes) -> bytes:
    return hashlib.sha256(head).digest()[:_CHECK_SIZE]
