"""Destinations as they are stored: all of a table's in one record. Plain data.

States follow the service's (observed): ENABLING until the stream was checked, then ACTIVE or
ENABLE_FAILED; ACTIVE, UPDATING, ACTIVE while the precision changes; DISABLING until earlier writes
have been delivered, then DISABLED. One that is DISABLED is shown for some minutes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from jedlik.storage.engine import Value

ENABLING: Final = "ENABLING"
ACTIVE: Final = "ACTIVE"
UPDATING: Final = "UPDATING"
DISABLING: Final = "DISABLING"
DISABLED: Final = "DISABLED"
ENABLE_FAILED: Final = "ENABLE_FAILED"
LIVE: Final = frozenset((ENABLING, ACTIVE, UPDATING, DISABLING))

MILLISECOND: Final = "MILLISECOND"
MICROSECOND: Final = "MICROSECOND"

SHOWN_SECONDS: Final = 300.0
"""How long a DISABLED destination is still described (the service: more than 171 seconds)."""

_STREAM: Final = re.compile(
    r"arn:aws[a-z-]*:kinesis:[a-z0-9-]+:[0-9]{12}:stream/([a-zA-Z0-9_.-]{1,128})"
).fullmatch


@dataclass(frozen=True, slots=True)
class Destination:
    """A Kinesis stream to which a table's changes go, or went.

    `label` is that of the internal stream; `until` is when a temporary state ends, in seconds since
    the epoch. `precision` is None until one is set. The table may have been deleted (`orphaned`)
    while the last changes are still being delivered.
    """

    uuid: str
    stream_arn: str
    table_name: str
    table_id: int
    label: str
    state: str
    until: float = 0.0
    precision: str | None = None
    description: str = ""
    orphaned: bool = False

    def status(self, now: float) -> str:
        """DestinationStatus at `now`."""
        return ACTIVE if self.state == UPDATING and now >= self.until else self.state

    def is_shown(self, now: float) -> bool:
        """Whether it is described at `now`."""
        return self.state != DISABLED or now < self.until + SHOWN_SECONDS

    @property
    def live(self) -> bool:
        """Whether changes go to it: a table has at most one such destination."""
        return self.state in LIVE

    @property
    def enabled(self) -> bool:
        """See `Followed`."""
        return self.live

    @property
    def revision(self) -> str:
        """See `Followed`."""
        return self.precision or MILLISECOND

    @property
    def stream_name(self) -> str | None:
        """The name of the Kinesis stream; None if the ARN is not that of a stream."""
        match = _STREAM(self.stream_arn)
        return None if match is None else match[1]


def encode_destinations(destinations: Sequence[Destination]) -> Value:
    """A table's destinations as they are stored; None if it has none."""
    return orjson.dumps(destinations) if destinations else None


def decode_destinations(stored: Value) -> list[Destination]:
    """Destinations from their stored form, latest first."""
    return [] if stored is None else [Destination(**each) for each in orjson.loads(stored)]
