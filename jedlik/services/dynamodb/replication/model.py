"""The replicas of a table as its record has them; plain data.

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
    """A replica in another region: its status, and since when (seconds since the epoch) it has it.

    With `fill` this region sends it everything that the table holds, and is to say when that is
    done. `settings` are what differs there from the table's own, in the API's words. `made_at` is
    when this region added it, if it did; it is `asked` for until its table is there.
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

    @property
    def takes_changes(self) -> bool:
        """Whether changes are to be sent to it."""
        return self.status != DELETING and not self.asked and not self.parting


@dataclass(frozen=True, slots=True)
class Replication:
    """That a table replicates. `log` is the id of its log, a number never used twice; the table's
    own region is not among `replicas`. `group` is the same in all regions of the table, and in no
    other table. A table is `joining` until it holds all that the region held that added it, and
    `leaving` from its deletion until the other regions have all that was written in its own. One
    that is `protected` cannot leave the global table and stay a table by itself; one that is
    `detaching` is about to, once the others have its log up to there."""

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
        """Whether the table shows as UPDATING for that: while a replica is asked for or changed,
        and not while one is filled or removed (answers of the service)."""
        return self.detaching is not None or any(
            each.asked or each.status == UPDATING for each in self.replicas
        )

    def replica(self, region: str) -> Replica | None:
        """The replica in a region."""
        return next((each for each in self.replicas if each.region == region), None)

    def with_replica(self, changed: Replica) -> Replication:
        """With a replica put in the place of the one in its region, or added."""
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
    """How a process sends changes: `delay` is how old they are to be, in seconds, and `delays` the
    same by region where it is another; `max_pending` is how many changes of a table may wait for a
    region (see `sending`)."""

    delay: float = 0.0
    delays: dict[str, float] = field(default_factory=dict)
    max_pending: int = 10_000_000

    def delay_to(self, region: str) -> float:
        """How old changes are to be that are sent to a region."""
        return self.delays.get(region, self.delay)
