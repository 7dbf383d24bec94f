"""Temporary credentials: an access key, a secret and a token that expire.

The server stores nothing of them. The token is the whole session, sealed with the store's key, so
every worker and node can read it and no one can forge one. The session's secret key is in the token
too, so a request without its token cannot be verified.

    {"k": access key, "s": secret key, "e": end, "i": begin (seconds since the epoch),
     "u": [user name, id], or "r": [role name, id, session name], or "a": access key (of the
     account's root),
     "p": session policies (or null), "t": session tags,
     "f": ARN of the function whose process has them (or null),
     "n": name of the federated user who has them (or null)}
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import orjson

from jedlik.base.bounded_cache import BoundedCache
from jedlik.base.clock import Clock
from jedlik.base.errors import ExpiredTokenException, UnrecognizedClientException
from jedlik.crypto.secret_box import Seal, SealBroken

TEMPORARY: Final = "ASIA"
"""The prefix of sessions' access keys; long-term ones begin with AKIA."""

_ABOUT: Final = "session token"
_UNPROVEN: Final = "session token of an open server"
_MAX_KEPT_BYTES: Final = 16 * 1024 * 1024
"""Bytes of opened sessions that are cached; a token with many tags takes several KB."""
_SESSION_SIZE: Final = 2048
_MAX_TOKEN: Final = 16 * 1024
_NOT_OURS: Final = "The security token included in the request is invalid"
"""Without the full stop that the refusal of an access key ends with (observed)."""


@dataclass(frozen=True, slots=True)
class Session:
    """Temporary credentials. One of `user`, `role` and `administrator` says whose they are: name
    and id of a user, or of a role with the session's name, or the access key of the account's root,
    with which they end. `function` is the ARN of the function whose code has them, if any;
    `federated` is the name of the federated user for whom a user or the root requested them."""

    access_key: str
    secret: str
    begins: float
    ends: float
    user: tuple[str, str] | None = None
    role: tuple[str, str, str] | None = None
    administrator: str | None = None
    policies: tuple[str, ...] | None = None
    tags: tuple[tuple[str, str], ...] = ()
    function: str | None = None
    federated: str | None = None


class Sessions:
    """Makes and reads session tokens.

    `seal` returns the box that seals them, None if there is no key yet. When it returns another
    one, all sessions end. Sessions of an open server, where no one has `proven` who they are, are
    valid on no other server, and no longer once this one requires signatures.
    """

    __slots__ = ("_about", "_clock", "_find_seal", "_kept", "_seal")

    def __init__(
        self, clock: Clock, seal: Callable[[], Seal | None], *, proven: bool = True
    ) -> None:
        self._about = _ABOUT if proven else _UNPROVEN
        self._clock = clock
        self._find_seal = seal
        self._seal: Seal | None = None
        self._kept: BoundedCache[bytes, Session] = BoundedCache(_MAX_KEPT_BYTES)

    def token(self, session: Session) -> str:
        """The token of a session. `seal` must return one."""
        seal = self._find_seal()
        assert seal is not None
        members = {
            "k": session.access_key, "s": session.secret, "i": session.begins, "e": session.ends,
            "u": session.user, "r": session.role, "a": session.administrator,
            "p": session.policies, "t": session.tags, "f": session.function,
            "n": session.federated,
        }  # fmt: skip
        return b64encode(seal.seal(orjson.dumps(members), self._about)).decode("ascii")

    def read(self, access_key: str, token: bytes) -> Session:
        """The session of a token.

        Raises UnrecognizedClientException if it is not one of ours or belongs to another access
        key, ExpiredTokenException if it has expired.
        """
        seal = self._find_seal()
        if seal is not self._seal:
            self._seal = seal
            self._kept.clear()
        session = self._kept.get(token) or self._open(token)
        if session.access_key != access_key:
            raise UnrecognizedClientException(_NOT_OURS)
        if session.ends <= self._clock.now():
            raise ExpiredTokenException
        return session

    def _open(self, token: bytes) -> Session:
        if self._seal is None or len(token) > _MAX_TOKEN:
            raise UnrecognizedClientException(_NOT_OURS)
        try:
            members: dict[str, Any] = orjson.loads(
                self._seal.open(b64decode(token, validate=True), self._about)
            )
        except (SealBroken, Base64Error, ValueError):
            raise UnrecognizedClientException(_NOT_OURS) from None
        user, role, policies = members["u"], members["r"], members["p"]
        session = Session(
            members["k"], members["s"], members["i"], members["e"],
            None if user is None else (user[0], user[1]),
            None if role is None else (role[0], role[1], role[2]),
            members["a"],
            None if policies is None else tuple(policies),
            tuple((key, value) for key, value in members["t"]),
            members.get("f"),
            members.get("n"),
        )  # fmt: skip
        return self._kept.put(token, session, _SESSION_SIZE + 4 * len(token))
