"""Clusters and tables for clients of DAX."""

from __future__ import annotations

import time

from tests.api.making import make
from tests.clients.drivers import Json
from tests.servers import RunningServer


def endpoint(server: RunningServer, cluster: str = "jedlik") -> str:
    """The URL of a cluster, once it listens."""
    describe, deadline = server.client("dax").describe_clusters, time.monotonic() + 10
    while True:
        (found,) = describe(ClusterNames=[cluster])["Clusters"]
        if found["Status"] == "available":
            url: str = found["ClusterDiscoveryEndpoint"]["URL"]
            return url
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


def keyed_table(server: RunningServer) -> str:
    """A table with the key (p: S, s: N) and an index by g: S."""
    index = {
        "IndexName": "by-g", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }  # fmt: skip
    return make(server.client(), "p", "/s:N", also=("g",), GlobalSecondaryIndexes=[index])


def key(p: str, s: int = 1) -> Json:
    return {"p": {"S": p}, "s": {"N": str(s)}}
