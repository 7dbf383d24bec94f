"""How far an interrupted command came: a small file next to the one that it works on.

It is replaced as a whole, so that it is there in one state or the next, whenever the command ends.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import orjson

from jedlik.tablefiles.formats import FileError


class Resuming:
    """The state of one command. `what` has everything that has to be the same for it to go on."""

    def __init__(self, path: Path, what: dict[str, Any]) -> None:
        self._path = path
        self._what = what

    def found(self) -> dict[str, Any] | None:
        """The state that an interrupted command left. Raises FileError where that did something
        else."""
        try:
            stored = orjson.loads(self._path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, orjson.JSONDecodeError) as error:
            raise FileError(f"{self._path} cannot be read: {error}") from error
        if stored.get("what") != self._what:
            raise FileError(
                f"{self._path} is of an interrupted command with other options: give those again, "
                "or remove it to begin from the start"
            )
        state: dict[str, Any] = stored["state"]
        return state

    def keep(self, state: dict[str, Any]) -> None:
        """Note a state."""
        unfinished = self._path.with_name(self._path.name + ".unfinished")
        with unfinished.open("wb") as file:
            file.write(orjson.dumps({"what": self._what, "state": state}))
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self._path)

    def over(self) -> None:
        """The command has done it all."""
        self._path.unlink(missing_ok=True)
