"""All operations of the control API, by name."""

from __future__ import annotations

from typing import Final

from jedlik.gateway.operation import OperationOn
from jedlik.services.dax_control.operations import (
    clusters,
    events,
    parameter_groups,
    subnet_groups,
    tags,
)
from jedlik.services.dax_control.operations.control import Control

OPERATIONS: Final[dict[str, OperationOn[Control]]] = {
    "CreateCluster": clusters.create_cluster,
    "CreateParameterGroup": parameter_groups.create_parameter_group,
    "CreateSubnetGroup": subnet_groups.create_subnet_group,
    "DecreaseReplicationFactor": clusters.decrease_replication_factor,
    "DeleteCluster": clusters.delete_cluster,
    "DeleteParameterGroup": parameter_groups.delete_parameter_group,
    "DeleteSubnetGroup": subnet_groups.delete_subnet_group,
    "DescribeClusters": clusters.describe_clusters,
    "DescribeDefaultParameters": parameter_groups.describe_default_parameters,
    "DescribeEvents": events.describe_events,
    "DescribeParameterGroups": parameter_groups.describe_parameter_groups,
    "DescribeParameters": parameter_groups.describe_parameters,
    "DescribeSubnetGroups": subnet_groups.describe_subnet_groups,
    "IncreaseReplicationFactor": clusters.increase_replication_factor,
    "ListTags": tags.list_tags,
    "RebootNode": clusters.reboot_node,
    "TagResource": tags.tag_resource,
    "UntagResource": tags.untag_resource,
    "UpdateCluster": clusters.update_cluster,
    "UpdateParameterGroup": parameter_groups.update_parameter_group,
    "UpdateSubnetGroup": subnet_groups.update_subnet_group,
}
