"""Why a sealed value cannot be opened. Separate from the code that opens values, which loads the
cryptography."""

from __future__ import annotations


class UnknownDataKey(Exception):
    """The value is sealed with a data key that this process does not have."""


class CorruptCiphertext(Exception):
    """The value was changed, or is not under the key that it was sealed for."""
