"""How far an interrupted command came: a small file next to the one that it works on.

It is replaced as a whole, so that it is there in one state or the next, whenever the command ends.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any, Final

import orjson

from jedlik.storage.disk import about
from jedlik.tablefiles.formats import FileError

STATE_SECONDS: Final = 0.5
"""How often a state is kept: what came since is done again after an interruption."""


class Resuming:
    """The state of one command. `what` has everything that has to be the same for it to go on."""

    def __init__(self, path: Path, what: dict[str, Any]) -> None:
        self._path = path
        self._what = what
        self._kept_at = 0.0

    @property
    def is_due(self) -> bool:
        """Whether it is time to keep a state again."""
        return time.monotonic() >= self._kept_at + STATE_SECONDS

    def found(self) -> dict[str, Any] | None:
        """The state that an interrupted command left. Raises FileError where that did something
        else."""
        try:
            stored = orjson.loads(self._path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, orjson.JSONDecodeError) as error:
            raise FileError(f"{self._path} cannot be read: {error}") from error
        if not isinstance(stored, dict) or not isinstance(stored.get("state"), dict):
            raise FileError(f"{self._path} is not what a command left: remove it")
        if stored.get("what") != self._what:
            raise FileError(
                f"{self._path} is of an interrupted command with other options: give those again, "
                "or remove it to begin from the start"
            )
        state: dict[str, Any] = stored["state"]
        return state

    def keep(self, state: dict[str, Any]) -> None:
        """Note a state. Raises OSError; the state before stays then."""
        unfinished = self._path.with_name(self._path.name + ".unfinished")
        try:
            with about(self._path), unfinished.open("wb") as file:
                file.write(orjson.dumps({"what": self._what, "state": state}))
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(self._path)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise
        self._kept_at = time.monotonic()

    def over(self) -> None:
        """The command has done it all."""
        self._path.unlink(missing_ok=True)
