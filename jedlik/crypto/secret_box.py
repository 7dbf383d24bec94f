"""Sealing: texts that only this store's key can read, and that no one can change unnoticed.

AES-256-GCM. A text is sealed with its subject, and opens only with the same one: one user's secret
in the place of another's, or a secret used as a session token, is refused.

    offset 0   1 byte    01, the form
           1  12 bytes   nonce, new for each text
          13   n bytes   the text, encrypted
        13+n  16 bytes   authentication tag, which covers the subject too
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

KEY_SIZE: Final = 32

_FORM: Final = b"\x01"
_NONCE_SIZE: Final = 12
_MIN_SIZE: Final = len(_FORM) + _NONCE_SIZE + 16


class SealBroken(Exception):
    """The text was not sealed with this key, or with another subject, or was changed."""


class Seal:
    """Seals with one key of 32 bytes. `draw` returns this many random bytes."""

    __slots__ = ("_broken", "_cipher", "_draw")

    def __init__(self, key: bytes, draw: Callable[[int], bytes]) -> None:
        # Loading the library takes longer than a server without identities takes to start.
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

        self._cipher = AESGCM(key)
        self._broken = InvalidTag
        self._draw = draw

    def seal(self, text: bytes, about: str) -> bytes:
        """The sealed form of a text with the subject `about`."""
        nonce = self._draw(_NONCE_SIZE)
        return _FORM + nonce + self._cipher.encrypt(nonce, text, about.encode())

    def open(self, sealed: bytes, about: str) -> bytes:
        """The text. Raises SealBroken."""
        if len(sealed) < _MIN_SIZE or sealed[:1] != _FORM:
            raise SealBroken
        nonce = sealed[1 : 1 + _NONCE_SIZE]
        try:
            return self._cipher.decrypt(nonce, sealed[1 + _NONCE_SIZE :], about.encode())
        except self._broken:
            raise SealBroken from None
