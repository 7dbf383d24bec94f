"""Clusters made by the control API."""

from __future__ import annotations

from typing import Any

from tests.waiting import wait_until

ROLE = "arn:aws:iam::000000000000:role/dax"


def create(control: Any, name: str, **more: Any) -> Any:
    return control.create_cluster(
        **{"ClusterName": name, "NodeType": "dax.r5.large", "ReplicationFactor": 1,
           "IamRoleArn": ROLE, **more}
    )["Cluster"]  # fmt: skip


def cluster_in(control: Any, name: str, status: str = "available") -> Any:
    def look() -> Any:
        (found,) = control.describe_clusters(ClusterNames=[name])["Clusters"]
        return found if found["Status"] == status else None

    return wait_until(look)
