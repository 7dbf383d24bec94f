"""A client whose requests for items go through a cache: `pytest --dax tests/api/...`.

What the cache changes is tested elsewhere; here the tests of DynamoDB's items, queries, batches and
transactions are passed through DAX's own client. Tables are made, changed and described by boto3.
`CANNOT` has the tests that cannot pass, by what the client or the cache is like.
"""

from __future__ import annotations

import time
import uuid
from typing import Any, Final

import botocore.session
from amazondax import AmazonDaxClient

from tests.servers import REGION, RunningServer

OPERATIONS: Final = frozenset(
    (
        "batch_get_item", "batch_write_item", "delete_item", "get_item", "put_item", "query",
        "scan", "transact_get_items", "transact_write_items", "update_item",
    )
)  # fmt: skip
CANNOT: Final[dict[str, tuple[str, ...]]] = {}


class ThroughDax:
    """A boto3 client, but for the operations that DAX has."""

    def __init__(self, server: RunningServer) -> None:
        self._client = server.client()
        self._dax = _dax_client(server)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._dax if name in OPERATIONS else self._client, name)

    def close(self) -> None:
        """Close both."""
        self._dax.close()


def _dax_client(server: RunningServer) -> AmazonDaxClient:
    """A client of a cluster that caches items, and no pages: tests look for what they just wrote."""
    control, name = server.client("dax"), f"t-{uuid.uuid4().hex[:8]}"
    control.create_parameter_group(ParameterGroupName=name)
    control.update_parameter_group(
        ParameterGroupName=name,
        ParameterNameValues=[{"ParameterName": "query-ttl-millis", "ParameterValue": "0"}],
    )
    control.create_cluster(
        ClusterName=name, NodeType="dax.t3.small", ReplicationFactor=1, ParameterGroupName=name,
        IamRoleArn="arn:aws:iam::000000000000:role/dax",
    )  # fmt: skip
    deadline = time.monotonic() + 30
    while True:
        (cluster,) = control.describe_clusters(ClusterNames=[name])["Clusters"]
        if cluster["Status"] == "available":
            break
        assert time.monotonic() < deadline, cluster
        time.sleep(0.1)
    session = botocore.session.Session()
    session.set_credentials(*server.credentials)
    url = cluster["ClusterDiscoveryEndpoint"]["URL"]
    return AmazonDaxClient(session, region_name=REGION, endpoint_url=url)
