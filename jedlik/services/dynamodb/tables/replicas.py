"""The replicas of a table as stored in its record; plain data.

Names of members are the API's own (see ReplicaDescription in the API reference), in Python's
spelling.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final

EVENTUAL: Final = "EVENTUAL"
STRONG: Final = "STRONG"

ACTIVE: Final = "ACTIVE"
CREATING: Final = "CREATING"
UPDATING: Final = "UPDATING"
DELETING: Final = "DELETING"
REGION_DISABLED: Final = "REGION_DISABLED"
INACCESSIBLE_KEY: Final = "INACCESSIBLE_ENCRYPTION_CREDENTIALS"


@dataclass(frozen=True, slots=True)
class Replica:
    """A replica in another region: its status, and since when (seconds since the epoch).

    With `fill` this region sends it everything in the table, and reports when that is done.
    `settings` are those that differ from the table's own, under the API's names; its class is as it
    reports it, and last changed at `class_since`, if ever. `made_at` is when this region added it,
    if it did; it is `asked` for until its table exists.
    """

    region: str
    status: str
    since: float = 0.0
    fill: bool = False
    settings: dict[str, Any] = field(default_factory=dict)
    made_at: float | None = None
    asked: bool = False
    inaccessible: str | None = None
    inaccessible_since: float | None = None
    cut: tuple[int, ...] | None = None
    parting: bool = False
    class_since: float | None = None

    @property
    def takes_changes(self) -> bool:
        """Whether changes must be sent to it."""
        return self.status != DELETING and not self.asked and not self.parting


@dataclass(frozen=True, slots=True)
class Replication:
    """The replication of a table. `log` is the id of its log, a number never used twice. `replicas`
    do not include the table's own region. `group` is the same in all regions of the table, and in
    no other table. A table is `joining` until it has everything from the region that added it, and
    `leaving` from its deletion until the other regions have all its writes. A `protected` table
    cannot leave the global table and continue by itself. A `detaching` one will, once the others
    have its log up to that position."""

    log: int
    consistency: str = EVENTUAL
    replicas: tuple[Replica, ...] = ()
    witnesses: tuple[dict[str, Any], ...] = ()
    group: str = ""
    joining: bool = False
    leaving: bool = False
    protected: bool = True
    detaching: tuple[int, ...] | None = None

    @property
    def changing(self) -> bool:
        """Whether a replica or witness is being added, changed or removed."""
        return (
            self.detaching is not None
            or any(each.status != ACTIVE for each in self.replicas)
            or any(each["WitnessStatus"] != ACTIVE for each in self.witnesses)
        )

    @property
    def busy(self) -> bool:
        """Whether the table is shown as UPDATING for that: while a replica is asked for or changed,
        but not while one is filled or removed (answers of the service)."""
        return self.detaching is not None or any(
            each.asked or each.status == UPDATING for each in self.replicas
        )

    def replica(self, region: str) -> Replica | None:
        """The replica in a region."""
        return next((each for each in self.replicas if each.region == region), None)

    def with_replica(self, changed: Replica) -> Replication:
        """With a replica added, or replaced if its region has one."""
        if self.replica(changed.region) is None:
            return replace(self, replicas=(*self.replicas, changed))
        same = changed.region
        return replace(
            self,
            replicas=tuple(changed if each.region == same else each for each in self.replicas),
        )

    def without_replica(self, region: str) -> Replication:
        """Without the replica in a region."""
        return replace(
            self, replicas=tuple(each for each in self.replicas if each.region != region)
        )


def replication_from_json(data: dict[str, Any] | None) -> Replication | None:
    """The replication from its JSON."""
    if data is None:
        return None
    return Replication(
        **{
            **data,
            "detaching": _position(data.get("detaching")),
            "replicas": tuple(map(_replica_from_json, data["replicas"])),
            "witnesses": tuple(data["witnesses"]),
        }
    )


def _replica_from_json(data: dict[str, Any]) -> Replica:
    return Replica(**{**data, "cut": _position(data.get("cut"))})


def _position(data: list[int] | None) -> tuple[int, ...] | None:
    return None if data is None else tuple(data)


@dataclass(frozen=True, slots=True)
class ReplicationSettings:
    """How a process sends changes. `delay` is the age, in seconds, at which they are sent, and
    `delays` the same for regions where it differs; `max_pending` is how many changes of a table may
    wait for a region (see `sending`)."""

    delay: float = 0.0
    delays: dict[str, float] = field(default_factory=dict)
    max_pending: int = 10_000_000

    def delay_to(self, region: str) -> float:
        """The age, in seconds, at which changes are sent to a region."""
        return self.delays.get(region, self.delay)
