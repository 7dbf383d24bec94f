"""Signature Version 4 of outgoing requests; `auth.sigv4` verifies it.

It covers the host, the time, the content type, the target and the token, as every service of this
kind accepts; "Create a signed AWS API request" in the IAM user guide.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from typing import Final, NamedTuple

from jedlik.auth import authorization as auth
from jedlik.auth import canonical
from jedlik.auth.sigv4 import signing_key

_METHOD_AND_PATH: Final = b"POST\n/\n\n"


class SigningCredentials(NamedTuple):
    """An access key with its secret, and the session token of temporary ones."""

    access_key: str
    secret: str
    token: str | None = None


def signed_headers(
    headers: dict[str, str],
    body: bytes,
    credentials: SigningCredentials,
    region: str,
    service: str,
    now: float,
) -> dict[str, str]:
    """The headers of a POST to `/` together with those that sign it. `headers` must have `host`;
    `now` is in seconds since the epoch."""
    date = f"{datetime.fromtimestamp(now, UTC):%Y%m%dT%H%M%SZ}"
    sent = {name.lower(): value for name, value in headers.items()} | {"x-amz-date": date}
    if credentials.token is not None:
        sent["x-amz-security-token"] = credentials.token
    names = sorted(name.encode() for name in sent)
    joined = b";".join(names)
    values = tuple(canonical.trimmed(sent[name.decode()].encode()) for name in names)
    body_hash = hashlib.sha256(body).hexdigest().encode()
    text = canonical.template(_METHOD_AND_PATH, names, joined) % values + body_hash
    scope = auth.Scope(credentials.access_key, date[:8], region, service)
    to_sign = b"\n".join(
        (auth.ALGORITHM, date.encode(), scope.text(), hashlib.sha256(text).hexdigest().encode())
    )
    signature = hmac.digest(signing_key(credentials.secret, scope), to_sign, "sha256").hex()
    sent["authorization"] = (
        f"{auth.ALGORITHM.decode()} Credential={credentials.access_key}/{scope.text().decode()}, "
        f"SignedHeaders={joined.decode()}, Signature={signature}"
    )
    return sent
