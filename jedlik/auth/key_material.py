"""Ids and secrets of identities, in IAM's forms.

IAM user guide, "IAM identifiers": what an id belongs to shows in its first four letters.
"""

from __future__ import annotations

from base64 import b32encode, b64encode
from typing import Any, Final

from jedlik.auth.sessions import TEMPORARY, Session
from jedlik.base.ids import Ids

USER: Final = "AIDA"
GROUP: Final = "AGPA"
ROLE: Final = "AROA"
POLICY: Final = "ANPA"
ACCESS_KEY: Final = "AKIA"
SESSION_KEY: Final = TEMPORARY


def unique_id(prefix: str, ids: Ids) -> str:
    """An id that was never given before: the prefix and 16 letters and digits."""
    return prefix + b32encode(ids.secret(10)).decode("ascii")


def secret_key(ids: Ids) -> str:
    """A secret key: 40 characters that stand for 240 random bits."""
    return b64encode(ids.secret(30)).decode("ascii")


def new_session(ids: Ids, begins: float, seconds: float, **members: Any) -> Session:
    """A session with keys of its own that lasts `seconds`; `members` say whose it is."""
    return Session(
        unique_id(SESSION_KEY, ids), secret_key(ids), begins, begins + seconds, **members
    )
