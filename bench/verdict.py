"""How a script that measures ends."""

from __future__ import annotations

from typing import Final

REACHED: Final = 0
MISSED: Final = 3
"""Everything ran, and a target was not reached. Another status than that of a program that broke,
so that `smoke.py`, which looks for those, need not guess from what was printed."""


def exit_status(*, reached: bool) -> int:
    """The exit status for targets that were reached, or were not."""
    return REACHED if reached else MISSED
