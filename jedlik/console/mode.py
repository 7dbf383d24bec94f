"""Whether a server has a console, and whether its pages may write."""

from __future__ import annotations

from typing import Literal

ConsoleMode = Literal["on", "read-only", "off"]


def mode_of(asked: ConsoleMode | None, *, loopback: bool) -> ConsoleMode:
    """The mode of a server. Unless `asked` sets it, only servers that no other machine can reach
    (`loopback`) have a console."""
    if asked is not None:
        return asked
    return "on" if loopback else "off"
