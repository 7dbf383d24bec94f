"""Why a sealed value cannot be opened. Apart from what opens them, which loads the cryptography."""

from __future__ import annotations


class UnknownDataKey(Exception):
    """The value is sealed with a data key that is not at hand."""


class CorruptCiphertext(Exception):
    """The value was changed, or moved away from what it was bound to."""
