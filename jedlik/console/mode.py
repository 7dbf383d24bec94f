"""Whether a server has a console, and what its pages may do."""

from __future__ import annotations

from typing import Literal

ConsoleMode = Literal["on", "read-only", "off"]


def mode_of(asked: ConsoleMode | None, *, loopback: bool) -> ConsoleMode:
    """The mode of a server. Unless it was `asked` for, only servers that no other machine reaches
    (`loopback`) have a console."""
    if asked is not None:
        return asked
    return "on" if loopback else "off"
