"""Signature Version 4 of outgoing requests; `auth.sigv4` verifies it.

It covers the host, the time, the content type, the target and the token, as every service of this
kind accepts; "Create a signed AWS API request" in the IAM user guide.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple

from jedlik.auth import authorization as auth
from jedlik.auth.sigv4 import signing_key

_ALGORITHM: Final = auth.ALGORITHM.decode()


class SigningCredentials(NamedTuple):
    """An access key with its secret, and the session token of temporary ones."""

    access_key: str
    secret: str
    token: str | None = None


class Signer:
    """Signs requests to one service in one region. The signing key is derived once a day."""

    __slots__ = ("_credentials", "_key", "_region", "_service")

    def __init__(self, credentials: SigningCredentials, region: str, service: str) -> None:
        self._credentials = credentials
        self._region = region
        self._service = service
        self._key = ("", b"")
        """The date of the last signature, and its key."""

    def sign(self, headers: Mapping[str, str], body: bytes, now: float) -> dict[str, str]:
        """The headers of a POST to `/` together with those that sign it. Names are in lower case;
        `host` must be among them. `now` is in seconds since the epoch."""
        credentials = self._credentials
        date = f"{datetime.fromtimestamp(now, UTC):%Y%m%dT%H%M%SZ}"
        sent = {**headers, "x-amz-date": date}
        if credentials.token is not None:
            sent["x-amz-security-token"] = credentials.token
        names = sorted(sent)
        joined = ";".join(names)
        lines = "".join(f"{name}:{' '.join(sent[name].split())}\n" for name in names)
        text = f"POST\n/\n\n{lines}\n{joined}\n{hashlib.sha256(body).hexdigest()}"
        scope = auth.Scope(credentials.access_key, date[:8], self._region, self._service)
        if self._key[0] != scope.date:
            self._key = scope.date, signing_key(credentials.secret, scope)
        scope_text = scope.text().decode()
        hashed = hashlib.sha256(text.encode()).hexdigest()
        to_sign = f"{_ALGORITHM}\n{date}\n{scope_text}\n{hashed}"
        signature = hmac.digest(self._key[1], to_sign.encode(), "sha256").hex()
        sent["authorization"] = (
            f"{_ALGORITHM} Credential={credentials.access_key}/{scope_text}, "
            f"SignedHeaders={joined}, Signature={signature}"
        )
        return sent
