"""Numbers with their nouns: `1 item`, `1,200 items`."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """A number and a noun whose plural takes an s."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
