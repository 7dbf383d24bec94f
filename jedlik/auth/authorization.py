"""What a request says about its signature, in the `Authorization` header or in its query.

The service checks one thing after another and reports the first failure: is there a signature,
are its parameters complete, is the date current, is the host signed, is the algorithm known, does
the credential have five parts, is its scope this service and region and that date. Only then does
it look for the key.
"""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from typing import Final, NamedTuple
from urllib.parse import unquote_to_bytes

from jedlik.auth.identity import SignedRequest
from jedlik.auth.signing_time import MAX_EXPIRES, MAX_SKEW, from_date_header
from jedlik.base.errors import (
    IncompleteSignatureException,
    InvalidSignatureException,
    MissingAuthenticationTokenException,
    UnrecognizedClientException,
)

ALGORITHM: Final = b"AWS4-HMAC-SHA256"
TERMINATOR: Final = "aws4_request"

_SEPARATORS: Final = re.compile(rb"[,\s]+")
_HEADER_PARAMETERS: Final = (b"Credential", b"Signature", b"SignedHeaders")
_QUERY_PARAMETERS: Final = (
    b"X-Amz-Algorithm",
    b"X-Amz-Credential",
    b"X-Amz-Signature",
    b"X-Amz-SignedHeaders",
    b"X-Amz-Date",
)

TOKEN: Final = b"x-amz-security-token"
CONTENT_HASH: Final = b"x-amz-content-sha256"
"""The body's hash as stated by the client. Only S3 accepts other values, for a body that is not
signed or comes in signed chunks ("Signature calculations for the Authorization header", S3's API
reference)."""

SIGNED_IF_SENT: Final = (b"x-amz-target", TOKEN)
"""Headers that change what a request does, on every API: a signature has to cover them ("Create a
signed AWS API request", IAM user guide: sign host and any x-amz-* header). Other x-amz-* headers
may be unsigned, since nothing here depends on them: old clients omit some, and proxies add some."""


class Claim(NamedTuple):
    """A signature and its parameters, as stated by the client."""

    algorithm: bytes
    credential: bytes
    signed_headers: bytes
    """Names joined by `;`, as the client wrote them."""
    signature: bytes
    date: bytes
    lifetime: int
    """Seconds."""
    in_query: bool
    token: bytes | None = None
    body_hash: bytes | None = None
    """SHA-256 of the body in hex, or any other value of the header; None if there is no header."""


class Scope(NamedTuple):
    """The parts of a credential."""

    access_key: str
    date: str
    region: str
    service: str

    def text(self) -> bytes:
        """The credential scope, as it is signed."""
        return f"{self.date}/{self.region}/{self.service}/{TERMINATOR}".encode("latin-1")


def read_claim(request: SignedRequest) -> Claim:
    """The claim of a request.

    Raises `MissingAuthenticationTokenException` if it is missing, `IncompleteSignatureException`
    if a parameter is missing or repeated, `InvalidSignatureException` if there are two claims, and
    `UnrecognizedClientException` if there are two tokens.
    """
    header = request.headers.get(b"authorization", b"")
    query = request.target.partition(b"?")[2]
    parameters = _signature_parameters(query) if b"X-Amz-Algorithm" in query else {}
    in_query = b"X-Amz-Algorithm" in parameters
    if header and in_query:
        raise InvalidSignatureException(
            "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP "
            "header."
        )
    if in_query:
        return _from_query(parameters, request.headers)
    header = header.strip()
    if not header.startswith(b"AWS4-"):
        raise MissingAuthenticationTokenException
    return _from_header(header, request.headers)


def _signature_parameters(query: bytes) -> dict[bytes, bytes]:
    """Names and values, decoded, of the parameters that may be a signature's; of a repeated name
    the first. Anyone may send thousands of others, of which little is read."""
    parameters: dict[bytes, bytes] = {}
    for pair in filter(None, query.split(b"&")):
        name, _, value = pair.partition(b"=")
        if b"%" in name:
            name = unquote_to_bytes(name)
        if name.startswith(b"X-Amz-") and name not in parameters:
            parameters[name] = unquote_to_bytes(value)
    return parameters


def read_scope(credential: bytes) -> tuple[Scope, str]:
    """The parts of a credential and its terminator.

    Raises `IncompleteSignatureException` if it does not have five parts.
    """
    text = credential.decode("latin-1")
    parts = text.rstrip("/").split("/")
    if len(parts) != 5:
        raise IncompleteSignatureException(
            "Credential must have exactly 5 slash-delimited elements, e.g. "
            f"keyid/date/region/service/term, got '{text}'"
        )
    return Scope(*parts[:4]), parts[4]


def check_signed_headers(
    names: list[bytes], headers: dict[bytes, bytes], signed_if_sent: tuple[bytes, ...]
) -> None:
    """Raise `InvalidSignatureException` if a header that must be signed is not."""
    if b"host" not in names and b":authority" not in names:
        raise InvalidSignatureException(
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
        )
    for required in signed_if_sent:
        if required in headers and required not in names:
            raise InvalidSignatureException(
                f"'{required.decode('ascii')}' must be a 'SignedHeader' in the AWS Authorization."
            )


def check_algorithm(algorithm: bytes) -> None:
    """Raise `IncompleteSignatureException` unless this is the only known algorithm."""
    if algorithm != ALGORITHM:
        raise IncompleteSignatureException(
            f"Unsupported AWS 'algorithm': '{algorithm.decode('latin-1')}' "
            f"(only {ALGORITHM.decode('ascii')} for now). "
        )


def check_region(scope: Scope, regions: tuple[str, ...] | None) -> None:
    """Raise `InvalidSignatureException` if a credential is for none of these regions; None allows
    any."""
    if regions is not None and scope.region not in regions:
        raise InvalidSignatureException(_wrong_region(regions))


def _wrong_region(regions: tuple[str, ...] | None) -> str:
    text = "Credential should be scoped to a valid region. "
    return f"{text}This server has {', '.join(regions)}. " if regions else text


def check_scope(
    scope: Scope,
    terminator: str,
    date: bytes,
    services: tuple[str, ...],
    regions: tuple[str, ...] | None,
) -> None:
    """Raise `InvalidSignatureException` with everything that is wrong with a credential's scope.

    `date` is when the request was signed; `services` are those whose signatures are accepted, of
    which the error names the first; `regions` None allows any.
    """
    wrong = []
    if not scope.region or (regions is not None and scope.region not in regions):
        wrong.append(_wrong_region(regions))
    if scope.service not in services:
        wrong.append(f"Credential should be scoped to correct service: '{services[0]}'. ")
    if terminator != TERMINATOR:
        wrong.append(
            f"Credential should be scoped with a valid terminator: '{TERMINATOR}', "
            f"not '{terminator}'. "
        )
    signed = date.decode("latin-1")
    if scope.date != signed[:8]:
        wrong.append(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from "
            f"HTTP: '{scope.date}' != '{signed[:8]}', from '{signed}'."
        )
    if wrong:
        raise InvalidSignatureException("".join(wrong))


def signing_date(headers: dict[bytes, bytes]) -> bytes | None:
    """The date of a signature in the header, in the form that is signed."""
    date = headers.get(b"x-amz-date")
    if date:
        return date
    date = headers.get(b"date")
    return from_date_header(date) if date else None


def _from_header(header: bytes, headers: dict[bytes, bytes]) -> Claim:
    algorithm, *pairs = [part for part in _SEPARATORS.split(header) if part]
    parameters: dict[bytes, bytes] = {}
    repeated = set()
    for pair in pairs:
        name, equals, value = pair.partition(b"=")
        if not equals:  # two whole headers, which have been joined, are refused here too
            raise IncompleteSignatureException(
                "Invalid key=value pair (missing equal-sign) in Authorization header "
                f"(hashed with SHA-256 and encoded with Base64): '{_digest(header)}'."
            )
        if name in parameters:
            repeated.add(name)
        parameters[name] = value
    date = signing_date(headers)
    wrong = [
        f"Authorization header allows only one '{name.decode('ascii')}' parameter. "
        for name in _HEADER_PARAMETERS
        if name in repeated  # what reads the header before us may take another one for valid
    ]
    wrong += [
        f"Authorization header requires '{name.decode('ascii')}' parameter. "
        for name in _HEADER_PARAMETERS
        if not parameters.get(name)
    ]
    if date is None:
        wrong.append(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
        )
    if wrong or date is None:
        raise IncompleteSignatureException(
            f"{''.join(wrong)}(Hashed with SHA-256 and encoded with Base64) "
            f"Authorization={_digest(header)}"
        )
    return Claim(
        algorithm,
        parameters[b"Credential"],
        parameters[b"SignedHeaders"],
        parameters[b"Signature"],
        date,
        MAX_SKEW,
        False,
        headers.get(TOKEN),
        headers.get(CONTENT_HASH),
    )


def _digest(header: bytes) -> str:
    """What errors show of a header, since some clients put a secret into it by mistake."""
    return b64encode(sha256(header).digest()).decode("ascii")


def _from_query(parameters: dict[bytes, bytes], headers: dict[bytes, bytes]) -> Claim:
    missing = [
        f"AWS query-string parameters must include '{name.decode('ascii')}'. "
        for name in _QUERY_PARAMETERS
        if not parameters.get(name)
    ]
    if missing:
        raise IncompleteSignatureException(
            f"{''.join(missing)}Re-examine the query-string parameters."
        )
    token = parameters.get(b"X-Amz-Security-Token")
    if token is None:
        token = headers.get(TOKEN)
    elif headers.get(TOKEN, token) != token:
        raise UnrecognizedClientException
    algorithm, credential, signature, signed_headers, date = (
        parameters[name] for name in _QUERY_PARAMETERS
    )
    return Claim(
        algorithm,
        credential,
        signed_headers,
        signature,
        date,
        _lifetime(parameters.get(b"X-Amz-Expires")),
        True,
        token,
        parameters.get(b"X-Amz-Content-Sha256", headers.get(CONTENT_HASH)),
    )


def _lifetime(expires: bytes | None) -> int:
    if expires is None:
        return MAX_SKEW
    if not (expires.isdigit() and len(expires) <= 6 and 0 < int(expires) <= MAX_EXPIRES):
        raise IncompleteSignatureException(
            f"X-Amz-Expires must be between 1 and {MAX_EXPIRES} seconds, "
            f"got '{expires.decode('latin-1')}'"
        )
    return int(expires)
