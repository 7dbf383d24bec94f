"""The query of a request's target, read as it is signed.

Signature Version 4 encodes a query again before it is signed: `+` and `%2B` become the same. So
both are a plus here too, and a space is `%20` alone: if `+` were read as a space, as in forms, one
of two requests with the same signature could be made of the other.
"""

from __future__ import annotations

from urllib.parse import unquote


def query_pairs(query: str) -> list[tuple[str, str]]:
    """Names and values in their order. `query` is the text behind the question mark."""
    pairs = (pair.partition("=") for pair in query.split("&") if pair)
    return [(unquote(name), unquote(value)) for name, _, value in pairs]
