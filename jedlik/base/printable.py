"""Texts of others for a terminal, which would obey what is in them.

"Escape, [2J" clears it; other sequences rename its window, or put a text on the clipboard (ECMA-48;
XTerm Control Sequences).
"""

from __future__ import annotations


def printable(text: str) -> str:
    """A text without what would move a cursor, begin a line or turn the direction of writing."""
    return "".join(each if each.isprintable() else "?" for each in text)
