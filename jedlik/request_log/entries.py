"""One request in one line: its contents, its cost, its result.

As text, or as an object of JSON with the members of `Entry`, without empty ones. Texts from clients
are shown without control characters of terminals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any, Final, Self

from jedlik.base.printable import printable

_MAX_TEXT: Final = 300
_MAX_HINT: Final = 1000
"""Characters of a line."""
_WITH_DATA: Final = ("message", "text")
_DIM, _RED, _YELLOW, _PLAIN = "\x1b[2m", "\x1b[31m", "\x1b[33m", "\x1b[0m"


@dataclass(frozen=True, slots=True)
class Entry:
    """A request that was answered at `time` (seconds since the epoch) after `ms` milliseconds.

    `units` is its consumption, None if not known; `items` those that it read, wrote or returned, of
    `scanned` that were read; `error` is the error's name, `hint` a possible improvement; `key` has,
    for each key attribute in a read or write, its operator (`=`, `begins_with`). `message` is the
    error's text and `text` the request's expressions: both may contain data, so they are only for
    callers who may see it, and not in the log.
    """

    time: float
    number: int
    operation: str
    table: str
    index: str
    units: float | None
    items: int | None
    scanned: int | None
    ms: float
    status: int
    error: str | None
    hint: str | None = None
    key: dict[str, str] | None = None
    message: str | None = None
    text: str | None = None

    def members(self, *, with_data: bool = False) -> dict[str, Any]:
        """The entry for JSON; `with_data`: with members that may contain data."""
        return {
            name: value
            for name, value in asdict(self).items()
            if value not in (None, "", {}) and (with_data or name not in _WITH_DATA)
        }

    @classmethod
    def of(cls, members: Mapping[str, Any]) -> Self:
        """The entry from its JSON."""
        missing = {"table": "", "index": ""}
        names = [field.name for field in fields(cls)]
        return cls(**{name: members.get(name, missing.get(name)) for name in names})

    def line(self, *, coloured: bool = False) -> str:
        """The entry for people: a line, and one more for a hint."""
        dim, red, yellow, plain = (_DIM, _RED, _YELLOW, _PLAIN) if coloured else ("", "", "", "")
        moment = datetime.fromtimestamp(self.time, UTC).strftime("%H:%M:%S.%f")[:-3]
        words = [f"{dim}{moment}{plain}", f"{_shown(self.operation or '-'):<18}"]
        words.append(_shown(f"{self.table}.{self.index}" if self.index else self.table or "-"))
        if self.units is not None:
            words.append(f"{self.units:g} units")
        if self.items is not None:
            of = f" of {self.scanned}" if self.scanned not in (None, self.items) else ""
            words.append(f"{self.items} item{'' if self.items == 1 else 's'}{of}")
        words.append(f"{dim}{self.ms:.1f} ms{plain}")
        if self.error:
            words.append(f"{red}{_shown(self.error)}{plain}")
        text = "  ".join(words)
        if self.hint:
            text += f"\n{'':14}{yellow}hint: {_shown(self.hint, _MAX_HINT)}{plain}"
        return text


def _shown(text: str, longest: int = _MAX_TEXT) -> str:
    return printable(text[:longest])
