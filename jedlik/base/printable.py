"""Text from others, made safe for a terminal.

A terminal obeys control sequences: "Escape, [2J" clears it, others rename its window or write to
the clipboard (ECMA-48; XTerm Control Sequences).
"""

from __future__ import annotations


def printable(text: str) -> str:
    """The text without characters that move the cursor, begin a line or reverse the direction."""
    return "".join(each if each.isprintable() else "?" for each in text)
