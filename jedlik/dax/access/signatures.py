"""What clients sign to authenticate a connection.

A client signs a string for the host dax.amazonaws.com, with the time, the region and the SHA-256 of
a request without a body. This is valid for five minutes, and clients renew it in time.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Final, NamedTuple

from jedlik.auth.identity import Identity
from jedlik.dax.access.callers import Peer
from jedlik.dax.errors import NotAuthenticated
from jedlik.gateway.exchange import Request

SIGNED_AS: Final = "dax"
KNOWN_SECONDS: Final = 300.0
"""How long an authentication is valid at most."""
_SIGNED: Final = re.compile(
    rb"AWS4-HMAC-SHA256\n([0-9]{8}T[0-9]{6}Z)\n([!-+\--~]{1,256})\n([0-9a-f]{64})"
).fullmatch
_HOST: Final = b"dax.amazonaws.com"
_HOSTS: Final = (_HOST, b"https://dax.amazonaws.com")
"""What clients sign as the host: those in Go a whole URL."""
_EMPTY_BODY_HASH: Final = sha256().hexdigest().encode()
_KEY: Final = re.compile(r"[!-+\-.0-~]{1,128}").fullmatch
_HEX: Final = re.compile(r"[0-9a-f]{64}").fullmatch


class Proof(NamedTuple):
    """A client's proof of its identity."""

    access_key: str
    signature: str
    string_to_sign: bytes
    token: str | None


def signed_request(proof: Proof, peer: Peer) -> Request:
    """The request whose signature a client's string is. Raises `NotAuthenticated`."""
    signed = _SIGNED(proof.string_to_sign)
    if signed is None or not _KEY(proof.access_key) or not _HEX(proof.signature):
        raise NotAuthenticated(
            "IncompleteSignatureException", "The authentication is not readable."
        )
    credential = f"{proof.access_key}/{signed[2].decode()}"
    headers = {
        b"host": _signed_host(signed[1], signed[3]),
        b"x-amz-date": signed[1],
        b"authorization": (
            f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host;x-amz-date, "
            f"Signature={proof.signature}"
        ).encode(),
    }
    if proof.token is not None:
        headers[b"x-amz-security-token"] = proof.token.encode()
    return Request(b"POST", b"/", headers, b"", b"", b"", peer.client, peer.secure, peer.point)


def _signed_host(date: bytes, digest: bytes) -> bytes:
    """The host in the canonical request of that digest."""
    for host in _HOSTS:
        canonical = b"POST\n/\n\nhost:%b\nx-amz-date:%b\n\nhost;x-amz-date\n%b" % (
            host, date, _EMPTY_BODY_HASH,
        )  # fmt: skip
        if sha256(canonical).hexdigest().encode() == digest:
            return host
    return _HOST


def known_seconds(identity: Identity, now: float) -> float:
    """How long an authentication is valid from `now`: not beyond the end of its session."""
    session = identity.session
    return KNOWN_SECONDS if session is None else min(KNOWN_SECONDS, session.ends - now)
