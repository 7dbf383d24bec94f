"""The size of key material, for modules that must not load the cryptography."""

from __future__ import annotations

from typing import Final

MATERIAL_SIZE: Final = 32
"""Bytes of key material."""
