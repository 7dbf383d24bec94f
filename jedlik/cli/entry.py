"""Where the command `jedlik` begins. It loads next to nothing, so that Ctrl+C is handled first."""

from __future__ import annotations

import importlib

from jedlik.cli.interrupts import INTERRUPTS


def main(arguments: list[str] | None = None) -> None:
    """Run the command and exit with its code. Every failure is one line on stderr."""
    INTERRUPTS.end_the_process()
    try:
        importlib.import_module("jedlik.cli.command").main(arguments)
    finally:
        INTERRUPTS.raise_exceptions()
