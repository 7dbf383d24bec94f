"""Clusters and their nodes."""

from __future__ import annotations

import re
from typing import Any, Final

from jedlik.gateway.operation import Payload
from jedlik.services.dax_control.errors import (
    ClusterAlreadyExistsFault,
    ClusterQuotaForCustomerExceededFault,
    InsufficientClusterCapacityFault,
    InvalidClusterStateFault,
    InvalidParameterCombinationException,
    InvalidParameterValueException,
    NodeNotFoundFault,
    NodeQuotaForClusterExceededFault,
    ParameterGroupNotFoundFault,
    SubnetGroupNotFoundFault,
)
from jedlik.services.dax_control.model import (
    CLUSTER_KIND,
    CREATING,
    DEFAULT_PARAMETERS,
    DEFAULT_SUBNETS,
    DELETING,
    MAX_CLUSTERS,
    MAX_NODES,
    MODIFYING,
    Cluster,
    Node,
    State,
)
from jedlik.services.dax_control.operations.control import (
    Control,
    check_cluster_name,
    chosen,
    find_cluster,
    page_of,
    with_token,
)
from jedlik.services.dax_control.operations.tags import checked_tags

_NODE_TYPE: Final = re.compile(r"dax\.[a-z][a-z0-9]*\.[a-z0-9]+").fullmatch
_ROLE: Final = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/.+").fullmatch
_TOPIC: Final = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:.+").fullmatch
_DAY: Final = r"(?:mon|tue|wed|thu|fri|sat|sun):(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_WINDOW: Final = re.compile(f"{_DAY}-{_DAY}").fullmatch
_TOPIC_STATES: Final = ("active", "inactive")


async def create_cluster(control: Control, payload: Payload) -> dict[str, Any]:
    """CreateCluster."""
    name = check_cluster_name(payload["ClusterName"])
    nodes = _nodes(control, name, payload)
    for member, check, what in (
        ("NodeType", _NODE_TYPE, "a type of node, such as dax.r5.large"),
        ("IamRoleArn", _ROLE, "the ARN of a role"),
    ):
        if not check(payload[member]):
            raise InvalidParameterValueException(f"{member} is not {what}.")
    cluster = Cluster(
        name,
        control.now(),
        payload["NodeType"],
        nodes,
        description=payload.get("Description", ""),
        role=payload["IamRoleArn"],
        parameter_group=payload.get("ParameterGroupName", DEFAULT_PARAMETERS).lower(),
        subnet_group=payload.get("SubnetGroupName", DEFAULT_SUBNETS).lower(),
        sse=(payload.get("SSESpecification") or {}).get("Enabled", False),
        tls=payload.get("ClusterEndpointEncryptionType") == "TLS",
        network=payload.get("NetworkType", "ipv4"),
        tags=checked_tags(payload.get("Tags", [])),
    )
    _apply_settings(cluster, payload)

    def create(state: State) -> Cluster:
        if name in state.clusters:
            raise ClusterAlreadyExistsFault(f"Cluster {name} already exists.")
        if len(state.clusters) >= MAX_CLUSTERS:
            raise ClusterQuotaForCustomerExceededFault(
                f"There may be {MAX_CLUSTERS} clusters at a time."
            )
        _check_groups(state, cluster)
        state.clusters[name] = cluster
        state.note(name, CLUSTER_KIND, "Cluster created.", control.now())
        return cluster

    if not control.host.runs:
        raise InsufficientClusterCapacityFault(
            "This server runs no clusters: it was started without --dax."
        )
    refusal = control.host.refusal(cluster.tls)
    if refusal is not None:
        raise InvalidParameterCombinationException(refusal)
    return {"Cluster": control.description(await control.change(create))}


def _nodes(control: Control, name: str, payload: Payload) -> list[Node]:
    count = payload["ReplicationFactor"]
    if count > MAX_NODES:
        raise NodeQuotaForClusterExceededFault(f"A cluster has up to {MAX_NODES} nodes.")
    if count < 1:
        raise InvalidParameterValueException("ReplicationFactor is 1 at least.")
    zones = payload.get("AvailabilityZones") or [control.zone] * count
    if len(zones) != count:
        raise InvalidParameterCombinationException(
            "AvailabilityZones has to name as many zones as ReplicationFactor says."
        )
    return [Node(f"{name}-{chr(ord('a') + at)}", control.now(), zones[at]) for at in range(count)]


def _apply_settings(cluster: Cluster, payload: Payload) -> None:
    """Apply the settings that can also be changed later."""
    window = payload.get("PreferredMaintenanceWindow")
    if window is not None:
        if not _WINDOW(window.lower()):
            raise InvalidParameterValueException(
                "PreferredMaintenanceWindow has the form ddd:hh24:mi-ddd:hh24:mi."
            )
        cluster.maintenance_window = window.lower()
    topic = payload.get("NotificationTopicArn")
    if topic is not None:
        if not _TOPIC(topic):
            raise InvalidParameterValueException("NotificationTopicArn is not the ARN of a topic.")
        cluster.topic = topic
    if "SecurityGroupIds" in payload:
        cluster.security_groups = list(dict.fromkeys(payload["SecurityGroupIds"]))


def _check_groups(state: State, cluster: Cluster) -> None:
    group = cluster.parameter_group
    if group != DEFAULT_PARAMETERS and group not in state.parameter_groups:
        raise ParameterGroupNotFoundFault(f"Parameter group {group} not found.")
    group = cluster.subnet_group
    if group != DEFAULT_SUBNETS and group not in state.subnet_groups:
        raise SubnetGroupNotFoundFault(f"Subnet group {group} not found.")


async def describe_clusters(control: Control, payload: Payload) -> dict[str, Any]:
    """DescribeClusters."""
    state = await control.state()
    names = chosen(payload.get("ClusterNames"), state.clusters)
    for name in names:
        find_cluster(state, name)
    page, token = page_of(payload, names)
    return with_token(
        {"Clusters": [control.description(state.clusters[name]) for name in page]}, token
    )


async def update_cluster(control: Control, payload: Payload) -> dict[str, Any]:
    """UpdateCluster."""

    def update(state: State) -> Cluster:
        cluster = control.available(state, payload["ClusterName"])
        cluster.description = payload.get("Description", cluster.description)
        _apply_settings(cluster, payload)
        status = payload.get("NotificationTopicStatus")
        if status is not None:
            if status not in _TOPIC_STATES:
                raise InvalidParameterValueException(
                    "NotificationTopicStatus is active or inactive."
                )
            cluster.topic_status = status
        group = payload.get("ParameterGroupName", cluster.parameter_group).lower()
        if group != cluster.parameter_group:
            cluster.parameter_group = group
            _check_groups(state, cluster)
            state.note(
                cluster.name, CLUSTER_KIND, f"Parameter group is {group} now.", control.now()
            )
        cluster.changed = control.now()
        return cluster

    return {"Cluster": control.description(await control.change(update))}


async def delete_cluster(control: Control, payload: Payload) -> dict[str, Any]:
    """DeleteCluster."""

    def delete(state: State) -> Cluster:
        cluster = find_cluster(state, payload["ClusterName"])
        status = control.status(cluster)
        # One that this server does not run never changes its state.
        if control.host.runs and status in (CREATING, DELETING):
            raise InvalidClusterStateFault(f"Cluster {cluster.name} is {status}.")
        cluster.deleted = control.now()
        state.note(cluster.name, CLUSTER_KIND, "Cluster is being deleted.", control.now())
        if not control.host.runs:
            del state.clusters[cluster.name]
        return cluster

    return {"Cluster": control.description(await control.change(delete))}


# --- Nodes ----------------------------------------------------------------------------------------


async def increase_replication_factor(control: Control, payload: Payload) -> dict[str, Any]:
    """IncreaseReplicationFactor. The answer shows the new nodes as they are being created."""
    wanted = payload["NewReplicationFactor"]

    def increase(state: State) -> dict[str, Any]:
        cluster = control.available(state, payload["ClusterName"])
        missing = wanted - len(cluster.nodes)
        if wanted > MAX_NODES:
            raise NodeQuotaForClusterExceededFault(f"A cluster has up to {MAX_NODES} nodes.")
        if missing < 1:
            raise InvalidParameterValueException(
                f"NewReplicationFactor has to be more than {len(cluster.nodes)}."
            )
        zones = payload.get("AvailabilityZones") or [control.zone] * missing
        if len(zones) != missing:
            raise InvalidParameterCombinationException(
                f"AvailabilityZones has to name the zones of {missing} new nodes."
            )
        added = []
        for zone in zones:
            node = Node(cluster.next_node_id(), control.now(), zone)
            cluster.nodes.append(node)
            added.append(node.id)
            state.note(cluster.name, CLUSTER_KIND, f"Added node {node.id}.", control.now())
        cluster.changed = control.now()
        return control.description(cluster, MODIFYING, added)

    return {"Cluster": await control.change(increase)}


async def decrease_replication_factor(control: Control, payload: Payload) -> dict[str, Any]:
    """DecreaseReplicationFactor. The answer shows all nodes, as they were."""
    wanted = payload["NewReplicationFactor"]

    def decrease(state: State) -> dict[str, Any]:
        cluster = control.available(state, payload["ClusterName"])
        surplus = len(cluster.nodes) - wanted
        if wanted < 1 or surplus < 1:
            raise InvalidParameterValueException(
                f"NewReplicationFactor has to be between 1 and {len(cluster.nodes) - 1}."
            )
        removed = payload.get("NodeIdsToRemove") or _last_nodes(cluster, payload, surplus)
        for node_id in removed:
            _find_node(cluster, node_id)
        if len(set(removed)) != surplus:
            raise InvalidParameterCombinationException(
                f"NodeIdsToRemove has to name {surplus} nodes."
            )
        before = control.description(cluster, MODIFYING)
        cluster.nodes = [node for node in cluster.nodes if node.id not in removed]
        for node_id in removed:
            state.note(cluster.name, CLUSTER_KIND, f"Removed node {node_id}.", control.now())
        cluster.changed = control.now()
        return before

    return {"Cluster": await control.change(decrease)}


def _last_nodes(cluster: Cluster, payload: Payload, count: int) -> list[str]:
    """The newest nodes, of certain zones if these are given."""
    zones = payload.get("AvailabilityZones")
    there = [node.id for node in cluster.nodes if not zones or node.zone in zones]
    return there[-count:]


async def reboot_node(control: Control, payload: Payload) -> dict[str, Any]:
    """RebootNode: the caches of a node are empty afterwards."""

    def reboot(state: State) -> Cluster:
        cluster = control.available(state, payload["ClusterName"])
        node = _find_node(cluster, payload["NodeId"])
        node.rebooted = control.now()
        cluster.reboots += 1
        state.note(cluster.name, CLUSTER_KIND, f"Node {node.id} was rebooted.", control.now())
        return cluster

    return {"Cluster": control.description(await control.change(reboot))}


def _find_node(cluster: Cluster, node_id: str) -> Node:
    for node in cluster.nodes:
        if node.id == node_id:
            return node
    raise NodeNotFoundFault(f"Node {node_id} not found in cluster {cluster.name}.")
