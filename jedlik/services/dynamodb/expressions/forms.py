"""Forms of requests: what all requests share that differ in nothing but their values.

Applications send the same few requests over and over. Whether their parameters go together, whether
the placeholders are well formed and all of them used, and what the texts compile to depends on the
texts, on the names, and on which values there are; on the values themselves only what plans check
again (`value_checks`). So once a request was found in order its plans are kept under its form, and
of the next one with that form nothing but the values is looked at.
"""

from __future__ import annotations

from typing import Any, Final

from jedlik.base.bounded_cache import BoundedCache

MAX_BYTES: Final = 8 * 1024 * 1024
"""Bytes that all forms may take. Their plans are those of the texts (see `plans`)."""

_OWN_SIZE: Final = 600
_TEXT_SIZE: Final = 64
"""Bytes of a form, and of each text in it, besides the texts' characters."""

_CHARACTER_SIZE: Final = 4

Form = tuple[
    str, tuple[str | None, ...], tuple[tuple[str, str], ...] | None, tuple[str, ...] | None
]
"""The operation as `parameters` calls it, its expressions, ExpressionAttributeNames, and the
placeholders in ExpressionAttributeValues."""

Plans = dict[str, Any]
"""What was compiled of a request's texts, by the members that hold them."""

_forms: BoundedCache[Form, Plans] = BoundedCache(MAX_BYTES)

plans_of = _forms.get
"""The plans of a form of which a request was found in order; None if there was none."""


def keep(form: Form, plans: Plans) -> None:
    """Keep the plans of a request that was found in order."""
    _, texts, names, values = form
    written = [text for text in texts if text is not None]
    for pair in names or ():
        written += pair
    written += values or ()
    size = _TEXT_SIZE * len(written) + _CHARACTER_SIZE * sum(map(len, written))
    _forms.put(form, plans, _OWN_SIZE + size)
