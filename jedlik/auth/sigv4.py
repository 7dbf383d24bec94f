"""Signature Version 4: is a request signed with the secret key of the access key that it names?

A signature is a keyed hash of the request. Checking one takes four hashes (the body, the canonical
request, and the inner and outer part of HMAC) and, done naively, eight more to derive the signing
key, and as long again to parse the header. But the header of one client stays the same all day
except for its last 64 characters. So the part before these is cached by its text, with everything
that follows from it: parsed names, a template of the canonical request, and SHA-256 states that
have already absorbed the signing key and are copied for each request. The canonical request ends
with the body's hash, and the part before that is the same for all requests of one second for one
operation: so states that have absorbed it are cached too.

Only derivations are cached, never verdicts, and only of headers that came with a valid signature,
so no one without a key can evict others' entries. The secret key is looked up each time: a key that
is deleted or changed has an immediate effect.
"""

from __future__ import annotations

import hashlib
import hmac
import math
from binascii import hexlify
from collections.abc import Callable
from hmac import compare_digest
from operator import itemgetter
from typing import Any, Final

from jedlik.auth import authorization as auth
from jedlik.auth import canonical, signing_time
from jedlik.auth.identity import DEFAULT_ACCOUNT, Credentials, Identity, SignedRequest
from jedlik.auth.sessions import Sessions
from jedlik.base.bounded_cache import BoundedCache
from jedlik.base.clock import Clock
from jedlik.base.errors import InvalidSignatureException, UnrecognizedClientException

DYNAMODB: Final = ("dynamodb",)

_MAX_KEPT_BYTES: Final = 4 * 1024 * 1024
"""Bytes of what is parsed for anyone: dates, and headers whose signature is not checked."""
_MAX_PREPARED_BYTES: Final = 16 * 1024 * 1024
"""Bytes of what follows from headers with a valid signature, which clients send again and again."""
_KEPT_SIZE: Final = 2048
_DATE_SIZE: Final = 256
_START_SIZE: Final = 1024
_MAX_STARTS: Final = 32
"""The number of operations times the seconds by which clients' clocks differ."""
_SIGNATURE_SIZE: Final = 64
_BEFORE_SIGNATURE: Final = slice(None, -_SIGNATURE_SIZE)
_SIGNATURE: Final = slice(-_SIGNATURE_SIZE, None)
_BLOCK_SIZE: Final = 64
_INNER_PAD: Final = bytes(byte ^ 0x36 for byte in range(256))
_OUTER_PAD: Final = bytes(byte ^ 0x5C for byte in range(256))

_sha256 = hashlib.sha256

Note = Callable[[str, str, str, float], float]
"""Called with the access key, service, region and time of a verified request; returns the earliest
time at which it wants the next call for that key. Times are in seconds since the epoch."""


def _unnoted(_access_key: str, _service: str, _region: str, _now: float) -> float:
    return math.inf


def signing_key(secret: str, scope: auth.Scope) -> bytes:
    """The key that signs for one day, region and service ("Derive a signing key")."""
    key = b"AWS4" + secret.encode("utf-8")
    for part in (scope.date, scope.region, scope.service, auth.TERMINATOR):
        key = hmac.digest(key, part.encode("latin-1"), "sha256")
    return key


def _picker(names: list[bytes]) -> Callable[[dict[bytes, bytes]], tuple[bytes, ...]]:
    """A function that returns the values of these headers, and raises `KeyError` if one is
    missing."""
    if len(names) > 1:
        return itemgetter(*names)
    name = names[0]  # for a single name itemgetter gives no tuple
    return lambda headers: (headers[name],)


_Second = tuple[float, float, Any]
"""What follows from the date of a request, for one credential: the first and the last moment at
which the signature is valid, in seconds since the epoch, and the state of HMAC's inner hash before
the hash of the canonical request."""

_Start = tuple[_Second, Any, int]
"""What follows from the values of the signed headers, of which the date is one: its second, the
state of the canonical request's hash before the body's hash, and the approximate bytes that all of
this takes."""


class _Prepared:
    """Everything that follows from a credential, its secret key and a list of signed headers.

    `unsigned` are headers with which a request is not one of these: those that must be signed, and
    the token of a session, if these are without one.
    """

    __slots__ = (
        "access_key", "date", "identity", "inner", "names", "note_at", "outer", "pick", "scope",
        "scope_text", "seconds", "secret", "session", "size", "starts", "template", "unsigned",
    )  # fmt: skip

    def __init__(
        self,
        scope: auth.Scope,
        signed_headers: bytes,
        identity: Identity,
        secret: str,
        must_be_signed: tuple[bytes, ...],
    ) -> None:
        names = signed_headers.lower().split(b";")
        self.access_key = scope.access_key
        self.date = scope.date.encode("latin-1")
        self.identity = identity
        self.session = identity.session
        self.scope = scope
        self.scope_text = b"\n" + scope.text() + b"\n"
        self.names = names
        self.unsigned = tuple(name for name in must_be_signed if name not in names)
        self.template = canonical.template(b"POST\n/\n\n", names, signed_headers)
        self.pick = _picker(names)
        self.starts: dict[tuple[bytes, ...], _Start] = {}
        """By the values of the signed headers."""
        self.seconds: dict[bytes, _Second] = {}
        self.size = 0
        """Bytes of both."""
        self.note_at = 0.0
        self.secret = secret
        key = signing_key(secret, scope).ljust(_BLOCK_SIZE, b"\0")
        self.inner = _sha256(key.translate(_INNER_PAD))
        self.inner.update(auth.ALGORITHM + b"\n")
        self.outer = _sha256(key.translate(_OUTER_PAD))

    def second(self, date: bytes, signed: float) -> _Second:
        """What follows from a date, which is `signed` in seconds since the epoch."""
        second = self.seconds.get(date)
        if second is None:
            inner = self.inner.copy()
            inner.update(date + self.scope_text)
            skew = signing_time.MAX_SKEW
            second = (signed - skew, signed + skew, inner)
        return second

    def start(self, values: tuple[bytes, ...], second: _Second) -> _Start:
        """What follows from these values of the signed headers."""
        text = self.template % values
        if canonical.has_loose_space(text):
            text = self.template % tuple(map(canonical.trimmed, values))
        return second, _sha256(text), _START_SIZE + len(text)

    def keep(self, date: bytes, values: tuple[bytes, ...], start: _Start) -> int:
        """Cache what follows from a request with a valid signature; returns by how many bytes this
        has grown (negative if older entries made room)."""
        before = self.size
        if len(self.starts) >= _MAX_STARTS:
            self.starts.clear()
            self.seconds.clear()
            self.size = 0
        self.starts[values] = start
        self.seconds[date] = start[0]
        self.size += start[2]
        return self.size - before

    def signature(self, second: _Second, canonical_hash: bytes) -> bytes:
        """The signature that a request should have, in hex."""
        inner = second[2].copy()
        inner.update(hexlify(canonical_hash))
        outer = self.outer.copy()
        outer.update(inner.digest())
        return hexlify(outer.digest())


class Verifier:
    """Verifies signatures.

    `credentials` returns secret keys; `sessions` reads session tokens (None: they are ignored).
    `services` and `regions` are those whose signatures are accepted; `regions` None allows any.
    `account` is the account of all identities. `input_headers` are those that the service reads as
    input, so they must be signed. `token_signed` False accepts a session's token that is not
    signed, as DAX's clients send it: its session is sealed in it. `note` is called with keys in
    use.
    """

    __slots__ = (
        "_account", "_credentials", "_dates", "_kept", "_note", "_now", "_regions", "_services",
        "_sessions", "_signed_if_sent",
    )  # fmt: skip

    def __init__(
        self,
        credentials: Credentials,
        clock: Clock,
        *,
        services: tuple[str, ...] = DYNAMODB,
        regions: tuple[str, ...] | None = None,
        account: str = DEFAULT_ACCOUNT,
        sessions: Sessions | None = None,
        input_headers: tuple[bytes, ...] = (),
        token_signed: bool = True,
        note: Note = _unnoted,
    ) -> None:
        self._credentials = credentials
        self._sessions = sessions
        self._note = note
        self._now = clock.now
        self._services = services
        self._regions = regions
        self._account = account
        signed = auth.SIGNED_IF_SENT if token_signed else ()
        self._signed_if_sent = (*signed, *input_headers)
        self._kept: BoundedCache[bytes, _Prepared] = BoundedCache(_MAX_PREPARED_BYTES)
        self._dates: BoundedCache[bytes, float] = BoundedCache(_MAX_KEPT_BYTES)

    def verify(self, request: SignedRequest) -> Identity:
        """Who signed this request.

        Raises `MissingAuthenticationTokenException`, `IncompleteSignatureException`,
        `InvalidSignatureException` or `UnrecognizedClientException`, with the service's texts.
        """
        headers = request.headers
        header = headers.get(b"authorization", b"")
        prepared = self._kept.get(header[_BEFORE_SIGNATURE])
        if prepared is None or request.target != b"/" or request.method != b"POST":
            return self._verify_any(request)
        try:
            values = prepared.pick(headers)
            kept = prepared.starts.get(values)
            start = kept or self._start(prepared, values, headers[b"x-amz-date"])
        except KeyError:
            return self._verify_any(request)
        for name in prepared.unsigned:
            if name in headers:
                return self._verify_any(request)
        (earliest, latest, begun_inner), begun_canonical, _ = start
        now = self._now()
        if not earliest <= now <= latest or (
            self._credentials(prepared.access_key) != prepared.secret
            if prepared.session is None
            else not self._has_session(prepared, headers)
        ):
            return self._verify_any(request)
        body_hash = hexlify(_sha256(request.body).digest())
        if headers.get(auth.CONTENT_HASH, body_hash) != body_hash:
            raise InvalidSignatureException
        # What `_Prepared.signature` does, without its call: every request comes through here.
        whole = begun_canonical.copy()
        whole.update(body_hash)
        inner = begun_inner.copy()
        inner.update(hexlify(whole.digest()))
        outer = prepared.outer.copy()
        outer.update(inner.digest())
        if not compare_digest(hexlify(outer.digest()), header[_SIGNATURE]):
            raise InvalidSignatureException
        if kept is None:
            grown = prepared.keep(headers[b"x-amz-date"], values, start)
            self._kept.grow(header[_BEFORE_SIGNATURE], grown)
        if now >= prepared.note_at:
            self._noted(prepared, now)
        return prepared.identity

    def _start(self, prepared: _Prepared, values: tuple[bytes, ...], date: bytes) -> _Start:
        """What follows from the signed headers. Raises KeyError if the credential is for another
        day than `date`."""
        if date[:8] != prepared.date:
            raise KeyError(date)
        return prepared.start(values, prepared.second(date, self._read_date(date)))

    def _has_session(self, prepared: _Prepared, headers: dict[bytes, bytes]) -> bool:
        """Whether a request has the token of the session for which this was prepared."""
        assert self._sessions is not None
        token = headers.get(auth.TOKEN)
        if token is None:
            return False
        return self._sessions.read(prepared.access_key, token) is prepared.session

    def _verify_any(self, request: SignedRequest) -> Identity:
        """The same without the cache, and with failures in the service's order."""
        claim = auth.read_claim(request)
        signed = self._read_date(claim.date)
        now = self._now()
        signing_time.check_age(claim.date, signed, now, claim.lifetime)
        headers = request.headers
        names = claim.signed_headers.lower().split(b";")
        auth.check_signed_headers(names, headers, self._signed_if_sent)
        auth.check_algorithm(claim.algorithm)
        scope, terminator = auth.read_scope(claim.credential)
        auth.check_scope(scope, terminator, claim.date, self._services, self._regions)
        prepared = self._prepared(scope, claim)
        # Each header is signed once. Otherwise a short list of names could repeat a long value
        # until the canonical request takes gigabytes, before the signature is known to be valid.
        if not all(name in headers for name in names) or len(set(names)) < len(names):
            raise InvalidSignatureException
        body_hash = hexlify(_sha256(request.body).digest())
        if claim.body_hash not in (None, body_hash):
            raise InvalidSignatureException
        start = canonical.request_start(request.method, request.target, presigned=claim.in_query)
        values = tuple(canonical.trimmed(headers[name]) for name in names)
        text = canonical.template(start, names, claim.signed_headers) % values + body_hash
        second = prepared.second(claim.date, signed)
        if not compare_digest(prepared.signature(second, _sha256(text).digest()), claim.signature):
            raise InvalidSignatureException
        self._noted(prepared, now)
        if not claim.in_query and b"x-amz-date" in names:
            self._keep(headers[b"authorization"], claim.signature, prepared)
        return prepared.identity

    def _prepared(self, scope: auth.Scope, claim: auth.Claim) -> _Prepared:
        """What follows from a claim. Raises UnrecognizedClientException if its access key or token
        is not known, ExpiredTokenException if it has expired."""
        session = None
        secret: str | None
        if claim.token is not None and self._sessions is not None:
            session = self._sessions.read(scope.access_key, claim.token)
            secret = session.secret
        else:
            secret = self._credentials(scope.access_key)
            if secret is None:
                raise UnrecognizedClientException
        identity = Identity(scope.access_key, self._account, scope.region, scope.service, session)
        without = () if session is not None or self._sessions is None else (auth.TOKEN,)
        must_be_signed = (*self._signed_if_sent, *without)
        return _Prepared(scope, claim.signed_headers, identity, secret, must_be_signed)

    def _noted(self, prepared: _Prepared, now: float) -> None:
        access_key, _, region, service = prepared.scope
        prepared.note_at = self._note(access_key, service, region, now)

    def _keep(self, header: bytes, signature: bytes, prepared: _Prepared) -> None:
        start, found = header[_BEFORE_SIGNATURE], header[_SIGNATURE]
        if found == signature and start.endswith(b"Signature="):
            self._kept.put(start, prepared, _KEPT_SIZE + 3 * len(start))

    def _read_date(self, date: bytes) -> float:
        signed = self._dates.get(date)
        if signed is None:
            signed = signing_time.parse(date)
            self._dates.put(date, signed, _DATE_SIZE + len(date))
        return signed


class OpenVerifier:
    """Accepts any credentials: for a server on a loopback address that was started without any.

    A request still must have credentials in the service's form, so that clients that work here work
    with the service too, but neither signature nor date nor scope are checked. With `regions`, it
    must be for one of them, unless it is for a service of `everywhere`.
    """

    __slots__ = ("_account", "_everywhere", "_kept", "_regions")

    def __init__(
        self,
        *,
        account: str = DEFAULT_ACCOUNT,
        regions: tuple[str, ...] | None = None,
        everywhere: tuple[str, ...] = (),
    ) -> None:
        self._account = account
        self._regions = regions
        self._everywhere = everywhere
        self._kept: BoundedCache[bytes, Identity] = BoundedCache(_MAX_KEPT_BYTES)

    def verify(self, request: SignedRequest) -> Identity:
        """The sender that this request names.

        Raises `MissingAuthenticationTokenException` if it names none,
        `IncompleteSignatureException` if a part is missing or the algorithm is not known, and
        `InvalidSignatureException` if it is for another region.
        """
        headers = request.headers
        start = headers.get(b"authorization", b"")[_BEFORE_SIGNATURE]
        identity = self._kept.get(start)
        if identity is not None and b"x-amz-date" in headers and request.target == b"/":
            return identity
        claim = auth.read_claim(request)
        auth.check_algorithm(claim.algorithm)
        scope, _ = auth.read_scope(claim.credential)
        if scope.service not in self._everywhere:
            auth.check_region(scope, self._regions)
        identity = Identity(scope.access_key, self._account, scope.region, scope.service)
        if start.endswith(b"Signature="):
            self._kept.put(start, identity, _KEPT_SIZE + 3 * len(start))
        return identity
