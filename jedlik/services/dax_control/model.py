"""Clusters, their groups, and how their states change over time.

A cluster is `creating` until it listens, when the front door records its port; a `deleting` one is
removed once it no longer listens. Both, and changes, take at least as long as the server's
transitions, so that programs that wait for a state can be tested.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

CREATING, AVAILABLE, MODIFYING, DELETING = "creating", "available", "modifying", "deleting"
REBOOTING: Final = "rebooting"

CLUSTER_KIND: Final = "CLUSTER"
PARAMETER_GROUP_KIND: Final = "PARAMETER_GROUP"
SUBNET_GROUP_KIND: Final = "SUBNET_GROUP"
"""The subject of events, as a SourceType."""

DEFAULT_PARAMETERS: Final = "default.dax1.0"
DEFAULT_SUBNETS: Final = "default"
RECORD_TTL: Final = "record-ttl-millis"
QUERY_TTL: Final = "query-ttl-millis"
DEFAULT_TTL_MILLIS: Final = 300_000
PARAMETERS: Final = {
    QUERY_TTL: "Duration in milliseconds for queries to remain cached",
    RECORD_TTL: (
        "Duration in milliseconds for records to remain valid in cache (Default: 0 = infinite)"
    ),
}
"""With the service's descriptions (AWS CLI, examples of `dax describe-parameters`)."""

MAX_NODES: Final = 11
"""The primary and ten replicas (DAX developer guide, "Quotas")."""
MAX_CLUSTERS: Final = 10
"""Each takes the memory of a node on this machine."""
MAX_GROUPS: Final = 50
"""Of parameter groups, and as many of subnet groups."""
MAX_TAGS: Final = 50
MAX_EVENTS: Final = 1000
EVENT_SECONDS: Final = 14 * 86400.0
"""Events are kept for 14 days (API reference, "DescribeEvents")."""


@dataclass(slots=True)
class Node:
    """A node as the API shows it. `rebooted` is when a reboot was last requested."""

    id: str
    created: float
    zone: str
    rebooted: float = 0.0


@dataclass(slots=True)
class Cluster:
    """A cluster. `role` None: it acts for the server itself. `port` 0: it does not listen yet;
    `reboots` counts requests to empty its caches."""

    name: str
    created: float
    node_type: str
    nodes: list[Node]
    description: str = ""
    role: str | None = None
    parameter_group: str = DEFAULT_PARAMETERS
    subnet_group: str = DEFAULT_SUBNETS
    security_groups: list[str] = field(default_factory=list)
    maintenance_window: str = "sun:05:00-sun:06:00"
    topic: str | None = None
    topic_status: str = "active"
    sse: bool = False
    tls: bool = False
    network: str = "ipv4"
    tags: dict[str, str] = field(default_factory=dict)
    port: int = 0
    changed: float = 0.0
    deleted: float | None = None
    reboots: int = 0

    def status(self, now: float, transition: float) -> str:
        """Its state; changes take `transition` seconds."""
        if self.deleted is not None:
            return DELETING
        if not self.port or now < self.created + transition:
            return CREATING
        return MODIFYING if now < self.changed + transition else AVAILABLE

    def next_node_id(self) -> str:
        """A new node's name: the cluster's with an unused letter after it."""
        taken = {node.id for node in self.nodes}
        letters = (f"{self.name}-{chr(code)}" for code in range(ord("a"), ord("z") + 1))
        return next(name for name in letters if name not in taken)


@dataclass(slots=True)
class ParameterGroup:
    """A parameter group; `values` are those that differ from the default."""

    name: str
    description: str = ""
    values: dict[str, int] = field(default_factory=dict)

    def millis(self, parameter: str) -> int:
        """A time to live."""
        return self.values.get(parameter, DEFAULT_TTL_MILLIS)


@dataclass(slots=True)
class SubnetGroup:
    """A subnet group."""

    name: str
    subnets: list[str]
    description: str = ""


@dataclass(slots=True)
class Event:
    """Something that happened to a cluster or group; `kind` is a SourceType."""

    source: str
    kind: str
    message: str
    at: float


@dataclass(slots=True)
class State:
    """All clusters, groups and events."""

    clusters: dict[str, Cluster] = field(default_factory=dict)
    parameter_groups: dict[str, ParameterGroup] = field(default_factory=dict)
    subnet_groups: dict[str, SubnetGroup] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    def note(self, source: str, kind: str, message: str, at: float) -> None:
        """Add an event; the oldest ones are dropped."""
        self.events.append(Event(source, kind, message, at))
        kept = [each for each in self.events if each.at > at - EVENT_SECONDS]
        self.events = kept[-MAX_EVENTS:]

    def parameters_of(self, cluster: Cluster) -> ParameterGroup:
        """The parameter group of a cluster."""
        return self.parameter_groups.get(cluster.parameter_group) or default_parameters()


def default_parameters() -> ParameterGroup:
    """The parameter group that always exists."""
    return ParameterGroup(DEFAULT_PARAMETERS, "Default parameter group for dax1.0")


def default_subnets(region: str) -> SubnetGroup:
    """The subnet group that always exists."""
    return SubnetGroup(DEFAULT_SUBNETS, [f"subnet-{region}"], "Default CacheSubnetGroup")


def state_of(stored: dict[str, Any]) -> State:
    """The state from its JSON."""
    return State(
        {
            name: Cluster(**{**each, "nodes": [Node(**node) for node in each["nodes"]]})
            for name, each in stored["clusters"].items()
        },
        {name: ParameterGroup(**each) for name, each in stored["parameter_groups"].items()},
        {name: SubnetGroup(**each) for name, each in stored["subnet_groups"].items()},
        [Event(**each) for each in stored["events"]],
    )
