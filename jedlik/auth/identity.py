"""The result of authentication."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

from jedlik.auth.sessions import Session

DEFAULT_ACCOUNT: Final = "000000000000"
"""The account of everything, where accounts make no difference."""

Credentials = Callable[[str], str | None]
"""The secret key of an access key id; None if no one has it. Called for every request."""


class Identity(NamedTuple):
    """The sender of a request, and the region and service for which it is signed."""

    access_key: str
    account: str
    region: str
    service: str
    session: Session | None = None

    @property
    def owner(self) -> str:
        """Those whose requests share limits: an access key, or a user or role with all of their
        sessions."""
        session = self.session
        if session is None:
            return self.access_key
        user_or_role = session.user or session.role
        return str(session.administrator) if user_or_role is None else user_or_role[1]


class SignedRequest(Protocol):
    """The parts of a request that a signature covers.

    `target` is path and query as on the request line, `headers` has lower-case names with repeated
    ones joined by `,`, and `body` is what was sent, before any content-encoding is undone.
    """

    @property
    def method(self) -> bytes: ...
    @property
    def target(self) -> bytes: ...
    @property
    def headers(self) -> dict[bytes, bytes]: ...
    @property
    def body(self) -> bytes: ...
