"""The names of DynamoDB's metrics and of their dimensions."""

from __future__ import annotations

from typing import Final

from jedlik.kernel.metrics.metric import COUNT, Metric

NAMESPACE: Final = "AWS/DynamoDB"
OWN_NAMESPACE: Final = "Jedlik"
"""The namespace of metrics that the service does not have."""

TABLE: Final = "TableName"
INDEX: Final = "GlobalSecondaryIndexName"
VECTOR_INDEX: Final = "VectorIndexName"
OPERATION: Final = "Operation"
READ_INDEX: Final = "IndexName"
FILTER_EQUALS: Final = "FilterEquals"
FILTER_READS: Final = "FilterReads"
ATTRIBUTES: Final = "Attributes"

READ_BY_OPERATION: Final = "OperationReadUnits"
WRITTEN_BY_OPERATION: Final = "OperationWriteUnits"
DROPPED_ITEMS: Final = "FilteredOutItemCount"
INDEX_READS: Final = "IndexReadCount"


def metric(name: str, unit: str = COUNT, **dimensions: str) -> Metric:
    """A metric of the service's, with these dimensions."""
    return Metric(NAMESPACE, name, tuple(sorted(dimensions.items())), unit)


def own_metric(name: str, **dimensions: str) -> Metric:
    """A count of Jedlik's own, with these dimensions."""
    return Metric(OWN_NAMESPACE, name, tuple(sorted(dimensions.items())), COUNT)
