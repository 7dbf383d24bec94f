"""The canonical form of a request, which is signed.

    method                                    POST
    path, each segment encoded once more      /
    query, encoded, sorted
    a line per signed header                  host:localhost:8000
                                              x-amz-date:20240131T235959Z

    names of the signed headers               host;x-amz-date
    SHA-256 of the body, in hex               e3b0c442...

"Create a signed AWS API request", step 1, in the IAM user guide. The parts that differ between
requests of one client are few, so a template is made once and filled with `%`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote_from_bytes, unquote_to_bytes

_UNRESERVED: Final = re.compile(rb"[A-Za-z0-9_.~-]*").fullmatch
"""Text that is its own encoding; anyone may send thousands of parameters."""


def template(start: bytes, names: Sequence[bytes], signed_headers: bytes) -> bytes:
    """A `%` template for the values of `names`, to whose result the body's hash is appended.

    `start` is the result of `request_start`, `signed_headers` the names as the client wrote them.
    """
    lines = b"".join(name.replace(b"%", b"%%") + b":%b\n" for name in names)
    return b"%b%b\n%b\n" % (
        start.replace(b"%", b"%%"),
        lines,
        signed_headers.replace(b"%", b"%%"),
    )


def request_start(method: bytes, target: bytes, *, presigned: bool) -> bytes:
    """The lines of method, path and query. A presigned query's signature is omitted.

    Only the first one is: a second one was added after the query was signed.
    """
    path, _, query = target.partition(b"?")
    return b"%b\n%b\n%b\n" % (method, _path(path), _query(query, presigned))


def has_loose_space(canonical: bytes) -> bool:
    """Whether a header's value may contain white space that is not signed as it was sent."""
    # Nearly always there is no space at all, and searching for one byte is far quicker than for
    # two.
    return b"\t" in canonical or (
        b" " in canonical and (b"  " in canonical or b" \n" in canonical or b": " in canonical)
    )


def trimmed(value: bytes) -> bytes:
    """A header's value as it is signed: no white space around it, single spaces within."""
    return b" ".join(value.split())


def _path(path: bytes) -> bytes:
    kept: list[bytes] = []
    for segment in path.split(b"/"):
        if segment == b"..":
            if kept:
                kept.pop()
        elif segment not in (b"", b"."):
            kept.append(segment)
    normal = b"/" + b"/".join(kept)
    if kept and path.endswith(b"/"):
        normal += b"/"
    return quote_from_bytes(normal, safe="/~").encode("ascii")


def _query(query: bytes, presigned: bool) -> bytes:
    if not query:
        return b""
    pairs = []
    for pair in query.split(b"&"):
        if not pair:  # a query may be nothing but ampersands
            continue
        name, _, value = pair.partition(b"=")
        name, value = _encoded(name), _encoded(value)
        if presigned and name == b"X-Amz-Signature":
            presigned = False
        else:
            pairs.append((name, value))
    return b"&".join(b"%b=%b" % pair for pair in sorted(pairs))


def _encoded(text: bytes) -> bytes:
    if _UNRESERVED(text):
        return text
    return quote_from_bytes(unquote_to_bytes(text), safe="~").encode("ascii")
