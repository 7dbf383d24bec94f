"""The progress of encrypting a plain data directory, which `serve` shows when it has to do so.

The library that draws bars is loaded only then.
"""

from __future__ import annotations

import importlib
from contextlib import ExitStack
from typing import Any


class ConversionBar:
    """Call it with rows done and rows expected; `close` it if not all of them came."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._move: Any = None

    def __call__(self, done: int, expected: int) -> None:
        if self._move is None:
            progress_bar = importlib.import_module("jedlik.cli.progress").progress_bar
            self._move = self._open.enter_context(progress_bar("Encrypting the data"))
        self._move(done, expected)
        if done >= expected:
            self.close()

    def close(self) -> None:
        """Remove the bar."""
        self._open.close()
        self._move = None
