"""DAX's client."""

from __future__ import annotations

from typing import Any

import botocore.session
from amazondax import AmazonDaxClient

from tests.servers import REGION, RunningServer


def dax_client(server: RunningServer, cluster: str = "jedlik", **more: Any) -> AmazonDaxClient:
    """DAX's client for a cluster; it is closed with the server."""
    return server.keep(lasting_dax_client(server, cluster, **more))


def lasting_dax_client(
    server: RunningServer, cluster: str = "jedlik", **more: Any
) -> AmazonDaxClient:
    """DAX's client for a cluster, found as programs find it; the caller closes it."""
    (found,) = server.client("dax").describe_clusters(ClusterNames=[cluster])["Clusters"]
    session = botocore.session.Session()
    access_key, secret_key = more.pop("credentials", server.credentials)
    session.set_credentials(access_key, secret_key)
    url = found["ClusterDiscoveryEndpoint"]["URL"]
    return AmazonDaxClient(session, region_name=REGION, endpoint_url=url, **more)
