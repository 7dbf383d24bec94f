"""The metrics of AWS/DAX (DAX developer guide, "DAX metrics and dimensions"): what clusters count,
sampled whenever metrics are stored. A metric has a value only if something has happened."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from jedlik.dax.node import Node
from jedlik.kernel.metrics.metric import BYTES, COUNT, PERCENT, Metric
from jedlik.kernel.metrics.recorder import Metrics

NAMESPACE: Final = "AWS/DAX"
_OPERATIONS: Final = {
    "GetItem": "GetItemRequestCount",
    "BatchGetItem": "BatchGetItemRequestCount",
    "BatchWriteItem": "BatchWriteItemRequestCount",
    "DeleteItem": "DeleteItemRequestCount",
    "PutItem": "PutItemRequestCount",
    "UpdateItem": "UpdateItemRequestCount",
    "TransactWriteItems": "TransactWriteItemsCount",
    "TransactGetItems": "TransactGetItemsCount",
    "Query": "QueryRequestCount",
    "Scan": "ScanRequestCount",
    "total": "TotalRequestCount",
    "errors": "ErrorRequestCount",
    "faults": "FaultRequestCount",
    "throttled": "ThrottledRequestCount",
}
_CACHES: Final = {
    "item_hits": "ItemCacheHits",
    "item_misses": "ItemCacheMisses",
    "query_hits": "QueryCacheHits",
    "query_misses": "QueryCacheMisses",
    "scan_hits": "ScanCacheHits",
    "scan_misses": "ScanCacheMisses",
}


class ClusterMeter:
    """Records what the nodes have counted since the last sample."""

    def __init__(self, metrics: Metrics, nodes: Callable[[], Mapping[str, Node]]) -> None:
        self._metrics = metrics
        self._nodes = nodes
        self._seen: dict[Node, dict[str, float]] = {}

    def __call__(self) -> None:
        """Take a sample."""
        nodes = self._nodes()
        seen = {}
        for cluster, node in nodes.items():
            before = self._seen.get(node, {})
            seen[node] = dict(_counted(node))
            for name, value in seen[node].items():
                self._record(cluster, name, value - before.get(name, 0.0))
            for name, unit, value in _measured(node):
                self._record(cluster, name, value, unit)
        self._seen = seen

    def _record(self, cluster: str, name: str, value: float, unit: str = "") -> None:
        """Record a value under all combinations of dimensions: the account, the cluster, its
        node."""
        if not value:
            return
        unit = unit or (BYTES if name in ("EvictedSize", *_NETWORK) else COUNT)
        of_cluster = ("ClusterId", cluster)
        for dimensions in ((), (of_cluster,), (of_cluster, ("NodeId", f"{cluster}-a"))):
            self._metrics.record(Metric(NAMESPACE, name, dimensions, unit), value)


_NETWORK: Final = ("NetworkBytesIn", "NetworkBytesOut")


def _counted(node: Node) -> Iterator[tuple[str, float]]:
    operations, caches = node.operations, node.memory.counters
    for attribute, name in _OPERATIONS.items():
        yield name, getattr(operations, attribute)
    yield "FailedRequestCount", operations.errors + operations.faults
    for attribute, name in _CACHES.items():
        yield name, getattr(caches, attribute)
    yield "EvictedSize", caches.evicted_bytes
    yield "NetworkBytesIn", node.counters.bytes_in
    yield "NetworkBytesOut", node.counters.bytes_out


def _measured(node: Node) -> Iterator[tuple[str, str, float]]:
    memory = node.memory
    yield "ClientConnections", COUNT, node.connections
    yield "EstimatedDbSize", BYTES, memory.used
    yield "CacheMemoryUtilization", PERCENT, 100.0 * memory.used / memory.limit
