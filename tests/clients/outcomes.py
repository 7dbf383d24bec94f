"""The results of a client's run, recorded for the table in the manual."""

from __future__ import annotations

import json
from typing import Final

from tests.clients.drivers import BUILT

PASS: Final = "pass"
PART: Final = "part"
"""All that the client offers passed; it has no way of its own for the rest."""
NONE: Final = "none"
"""The client offers nothing of the kind."""


class Outcomes:
    """The results of one client: each chapter that passed, and how."""

    def __init__(self, client: str, version: str) -> None:
        self._client, self._version = client, version
        self._chapters: dict[str, str] = {}

    def note(self, chapter: str, outcome: str) -> None:
        """Note that a chapter has passed."""
        self._chapters[chapter] = outcome

    def keep(self) -> None:
        """Write them to `.clients/results`, unless nothing passed."""
        if not self._chapters:
            return
        folder = BUILT / "results"
        folder.mkdir(parents=True, exist_ok=True)
        found = {"version": self._version, "chapters": self._chapters}
        (folder / f"{self._client}.json").write_text(json.dumps(found))
