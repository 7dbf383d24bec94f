"""The browser's permissions for the console's pages.

Scripts, styles, images and calls are only the server's own: no other host is contacted, nothing
inline runs, and text never becomes markup (`require-trusted-types-for`: a script that assigns to
innerHTML fails). No page of another origin may frame the console.
"""

from __future__ import annotations

from typing import Final

_POLICY: Final = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    b"require-trusted-types-for 'script'; trusted-types 'none'"
)
ALWAYS: Final = (
    b"Content-Security-Policy: " + _POLICY,
    b"X-Content-Type-Options: nosniff",
    b"X-Frame-Options: DENY",
    b"Referrer-Policy: no-referrer",
    b"Cross-Origin-Opener-Policy: same-origin",
    b"Cross-Origin-Resource-Policy: same-origin",
)
FOR_EVER: Final = b"Cache-Control: public, max-age=31536000, immutable"
"""For files whose address has a digest of their contents."""
ASK_AGAIN: Final = b"Cache-Control: no-cache"
NEVER: Final = b"Cache-Control: no-store"


def entity_tag(digest: str) -> bytes:
    """The value of ETag, a weak one: the answer may be sent compressed or not (RFC 9110, 8.8.1)."""
    return b'W/"%b"' % digest.encode()


def is_known(tag: bytes, if_none_match: bytes) -> bool:
    """Whether a browser has the file with `tag`, given its If-None-Match (RFC 9110, 13.1.2)."""
    known = {each.strip().removeprefix(b"W/") for each in if_none_match.split(b",")}
    return b"*" in known or tag.removeprefix(b"W/") in known
