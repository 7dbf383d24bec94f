"""The progress of an interrupted command: a small file next to the one that it works on.

It is replaced as a whole, so that it has one complete state or the next, whenever the command ends.
The directory may be shared by all users: files of other users are not trusted, since a false
position would silently skip items.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import orjson

from jedlik.base.limits import MIB
from jedlik.storage.disk import about, in_words, open_new, open_own
from jedlik.tablefiles.formats import FileError

STATE_SECONDS: Final = 0.5
"""How often a state is stored; work since then is repeated after an interruption."""
_MAX_SIZE: Final = 64 * MIB
"""A thousand segments with the longest keys, and the text of a file of masks, take less."""


class Resuming:
    """The state of one command. `what` has everything that has to be the same to resume it."""

    def __init__(self, path: Path, what: dict[str, Any]) -> None:
        self._path = path
        self._what = what
        self._kept_at = 0.0

    @property
    def is_due(self) -> bool:
        """Whether a state is due to be stored again."""
        return time.monotonic() >= self._kept_at + STATE_SECONDS

    def found(self, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any] | None:
        """The state that an interrupted command left; `fits` tells whether one has the right form.

        Raises FileError if that command did something else, or another user left it.
        """
        try:
            with open_own(self._path) as file:
                text = file.read(_MAX_SIZE + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise FileError(in_words(error)) from error
        left = FileError(f"{self._path} is not what a command left: remove it")
        if len(text) > _MAX_SIZE:
            raise left
        try:
            stored = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise left from error
        if not isinstance(stored, dict) or not isinstance(stored.get("state"), dict):
            raise left
        if stored.get("what") != self._what:
            raise FileError(
                f"{self._path} is of an interrupted command with other options: give those again, "
                "or remove it to begin from the start"
            )
        state: dict[str, Any] = stored["state"]
        if not fits(state):
            raise left
        return state

    def keep(self, state: dict[str, Any]) -> None:
        """Store a state. Raises OSError and then keeps the previous one."""
        unfinished = self._path.with_name(self._path.name + ".unfinished")
        try:
            with about(self._path), open_new(unfinished) as file:
                file.write(orjson.dumps({"what": self._what, "state": state}))
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(self._path)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise
        self._kept_at = time.monotonic()

    def over(self) -> None:
        """The command has finished."""
        self._path.unlink(missing_ok=True)


def are_counts(*values: object) -> bool:
    """Whether these members of a state are counts."""
    return all(type(value) is int and value >= 0 for value in values)
