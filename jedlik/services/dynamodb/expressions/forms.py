"""Forms of requests: the common part of all requests that differ only in their values.

Applications send the same few requests over and over. Whether their parameters may be combined,
whether the placeholders are well formed and all used, and the compiled texts depend only on the
texts, the names, and the placeholders of values; the values themselves matter only for the checks
that plans repeat (`value_checks`). So the plans of a valid request are kept under its form, and for
later requests with that form only the values are checked.
"""

from __future__ import annotations

from typing import Any, Final

from jedlik.base.bounded_cache import BoundedCache

MAX_BYTES: Final = 8 * 1024 * 1024
"""Bytes of all forms. Their plans are those of the texts (see `plans`)."""

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
"""The plans of a request's texts, by their members."""

_forms: BoundedCache[Form, Plans] = BoundedCache(MAX_BYTES)

plans_of = _forms.get
"""The plans of a form, if there was a valid request of it; otherwise None."""


def keep(form: Form, plans: Plans) -> None:
    """Keep the plans of a valid request."""
    _, texts, names, values = form
    written = [text for text in texts if text is not None]
    for pair in names or ():
        written += pair
    written += values or ()
    size = _TEXT_SIZE * len(written) + _CHARACTER_SIZE * sum(map(len, written))
    _forms.put(form, plans, _OWN_SIZE + size)
