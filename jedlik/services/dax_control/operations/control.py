"""The context of operations, and what they share: names, pages, and clusters in answers."""

from __future__ import annotations

import binascii
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final, TypeVar

from jedlik.gateway.operation import Payload
from jedlik.kernel.arns import Arns
from jedlik.services.dax_control.errors import (
    ClusterNotFoundFault,
    InvalidClusterStateFault,
    InvalidParameterValueException,
)
from jedlik.services.dax_control.host import ClusterHost
from jedlik.services.dax_control.model import (
    AVAILABLE,
    CREATING,
    DELETING,
    REBOOTING,
    Cluster,
    Node,
    State,
)
from jedlik.services.dax_control.store import Decide, change_state, read_state
from jedlik.services.dynamodb.database.database import Database

ResultT = TypeVar("ResultT")

_MIN_PAGE, _MAX_PAGE = 20, 100
_NAME: Final = re.compile(r"[a-z](?:-?[a-z0-9])*", re.IGNORECASE).fullmatch
_GROUP_NAME: Final = re.compile(r"[a-z](?:[-.]?[a-z0-9])*", re.IGNORECASE).fullmatch
_MAX_CLUSTER_NAME: Final = 20
_MAX_GROUP_NAME: Final = 255


class Control:
    """The control plane of one server."""

    def __init__(self, database: Database, host: ClusterHost) -> None:
        self.database = database
        self.host = host
        self.arns = database.arns
        self.zone = f"{database.arns.region}a"

    def now(self) -> float:
        """Seconds since the epoch."""
        return self.database.clock.now()

    async def state(self) -> State:
        """All clusters, groups and events."""
        return await read_state(self.database.engine)

    async def change(self, decide: Decide[ResultT]) -> ResultT:
        """Change the state, and notify the processes that run clusters."""
        result = await change_state(self.database.engine, decide)
        self.host.changed()
        return result

    def status(self, cluster: Cluster) -> str:
        """The state of a cluster."""
        return cluster.status(self.now(), self.database.transition_seconds)

    def available(self, state: State, name: str) -> Cluster:
        """The cluster with that name, if it may be changed now.

        Raises ClusterNotFoundFault and InvalidClusterStateFault.
        """
        cluster = find_cluster(state, name)
        status = self.status(cluster)
        if status != AVAILABLE:
            raise InvalidClusterStateFault(f"Cluster {name} is not available: it is {status}.")
        return cluster

    def description(
        self, cluster: Cluster, status: str | None = None, new: Collection[str] = ()
    ) -> dict[str, Any]:
        """A cluster in the form of answers: in another state than its own if one is given, and with
        the nodes of these ids as if they were not there yet. A cluster that is created or deleted
        shows no nodes."""
        status = status or self.status(cluster)
        shown = [] if status in (CREATING, DELETING) else cluster.nodes
        nodes = [self._node(cluster, node, node.id in new) for node in shown]
        answer: dict[str, Any] = {
            "ClusterName": cluster.name,
            "ClusterArn": cluster_arn(self.arns, cluster.name),
            "TotalNodes": len(cluster.nodes),
            "ActiveNodes": sum(node["NodeStatus"] != CREATING for node in nodes),
            "NodeType": cluster.node_type,
            "Status": status,
            "PreferredMaintenanceWindow": cluster.maintenance_window,
            "SubnetGroup": cluster.subnet_group,
            "SecurityGroups": [
                {"SecurityGroupIdentifier": each, "Status": "active"}
                for each in cluster.security_groups
            ],
            "ParameterGroup": {
                "ParameterGroupName": cluster.parameter_group,
                "ParameterApplyStatus": "in-sync",
                "NodeIdsToReboot": [],
            },
            "SSEDescription": {"Status": "ENABLED" if cluster.sse else "DISABLED"},
            "ClusterEndpointEncryptionType": "TLS" if cluster.tls else "NONE",
            "NetworkType": cluster.network,
        }
        with_description(answer, cluster.description)
        if nodes:
            answer["Nodes"] = nodes
        if cluster.role is not None:
            answer["IamRoleArn"] = cluster.role
        if cluster.topic is not None:
            answer["NotificationConfiguration"] = {
                "TopicArn": cluster.topic,
                "TopicStatus": cluster.topic_status,
            }
        if cluster.port and status != CREATING:
            host, port = self.host.address(cluster.port)
            scheme = "daxs" if cluster.tls else "dax"
            answer["ClusterDiscoveryEndpoint"] = {
                "Address": host,
                "Port": port,
                "URL": f"{scheme}://{host}:{port}",
            }
        return answer

    def _node(self, cluster: Cluster, node: Node, new: bool) -> dict[str, Any]:
        transition = self.database.transition_seconds
        added = cluster.created < node.created
        if new or (added and self.now() < node.created + transition):
            return {"NodeId": node.id, "NodeStatus": CREATING}
        rebooting = self.now() < node.rebooted + transition
        host, port = self.host.address(cluster.port)
        return {
            "NodeId": node.id,
            "Endpoint": {"Address": host, "Port": port},
            "NodeCreateTime": round(node.created, 3),
            "AvailabilityZone": node.zone,
            "NodeStatus": REBOOTING if rebooting else AVAILABLE,
            "ParameterGroupStatus": "in-sync",
        }


def with_description(answer: dict[str, Any], description: str) -> dict[str, Any]:
    """The answer with a description, if there is one."""
    if description:
        answer["Description"] = description
    return answer


def cluster_arn(arns: Arns, name: str) -> str:
    """The ARN of a cluster."""
    return f"arn:aws:dax:{arns.region}:{arns.account}:cache/{name.lower()}"


def find_cluster(state: State, name: str) -> Cluster:
    """The cluster with that name. Raises ClusterNotFoundFault."""
    cluster = state.clusters.get(name.lower())
    if cluster is None:
        raise ClusterNotFoundFault(f"Cluster {name} not found.")
    return cluster


def check_cluster_name(name: str) -> str:
    """The name in lower case, as stored (API reference, "CreateCluster", ClusterName).

    Raises InvalidParameterValueException.
    """
    if not _NAME(name) or len(name) > _MAX_CLUSTER_NAME:
        raise InvalidParameterValueException(
            "ClusterName has 1 to 20 letters, digits and hyphens, begins with a letter, does not "
            "end with a hyphen and has no two hyphens in a row."
        )
    return name.lower()


def check_group_name(member: str, name: str) -> str:
    """The name of a group in lower case. Raises InvalidParameterValueException."""
    if not _GROUP_NAME(name) or len(name) > _MAX_GROUP_NAME:
        raise InvalidParameterValueException(
            f"{member} has letters, digits, hyphens and dots, begins with a letter, does not end "
            "with a hyphen and has no two hyphens in a row."
        )
    return name.lower()


def page_of(payload: Payload, names: Iterable[str]) -> tuple[list[str], str | None]:
    """The names on the requested page, and the token of the next one.

    Raises InvalidParameterValueException for an invalid size or token.
    """
    size = payload.get("MaxResults", _MAX_PAGE)
    if not _MIN_PAGE <= size <= _MAX_PAGE:
        raise InvalidParameterValueException(f"MaxResults is between {_MIN_PAGE} and {_MAX_PAGE}.")
    after = _after(payload.get("NextToken"))
    left = [name for name in sorted(names) if name > after]
    page = left[:size]
    more = len(left) > size
    return page, urlsafe_b64encode(page[-1].encode()).decode("ascii") if more else None


def _after(token: str | None) -> str:
    if token is None:
        return ""
    try:
        return urlsafe_b64decode(token.encode()).decode()
    except (binascii.Error, UnicodeError):
        raise InvalidParameterValueException("NextToken was not given by this operation.") from None


def with_token(answer: dict[str, Any], token: str | None) -> dict[str, Any]:
    """An answer, with the token of the next page if there is one."""
    return answer if token is None else {**answer, "NextToken": token}


def chosen(asked: Sequence[str] | None, there: Iterable[str]) -> list[str]:
    """The requested names, in lower case, or all names."""
    return [name.lower() for name in asked] if asked else list(there)
