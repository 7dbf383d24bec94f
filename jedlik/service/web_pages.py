"""Requests that a browser sends for a web page.

A browser may send a form to any address for any page, without asking first. Where any credentials
are taken, the page may have made some up.
"""

from __future__ import annotations

from typing import Final

from jedlik.base.errors import AccessDeniedException
from jedlik.service.exchange import Request

_SENT_BY_BROWSERS: Final = (b"origin", b"sec-fetch-site", b"sec-fetch-mode")


def refuse_web_pages(request: Request, text: str) -> None:
    """Raise AccessDeniedException with this text where a web page sent the request."""
    if any(name in request.headers for name in _SENT_BY_BROWSERS):
        raise AccessDeniedException(text)
