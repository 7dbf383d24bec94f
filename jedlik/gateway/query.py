"""The query of a request's target, read as it is signed.

Signature Version 4 encodes a query again before it is signed, so `+` and `%2B` become the same.
Therefore both are a plus here too, and only `%20` is a space: if `+` were read as a space, as in
forms, two different requests would have the same signature.
"""

from __future__ import annotations

from urllib.parse import unquote


def query_pairs(query: str) -> list[tuple[str, str]]:
    """Names and values in order. `query` is the text after the question mark."""
    pairs = (pair.partition("=") for pair in query.split("&") if pair)
    return [(unquote(name), unquote(value)) for name, _, value in pairs]
