"""The operations that are built, by their names."""

from __future__ import annotations

from typing import Final

from jedlik.services.cloudwatch.monitoring import Operation
from jedlik.services.cloudwatch.operations.get_metric_data import get_metric_data
from jedlik.services.cloudwatch.operations.get_metric_statistics import get_metric_statistics
from jedlik.services.cloudwatch.operations.list_metrics import list_metrics
from jedlik.services.cloudwatch.operations.put_metric_data import put_metric_data

OPERATIONS: Final[dict[str, Operation]] = {
    "GetMetricData": get_metric_data,
    "GetMetricStatistics": get_metric_statistics,
    "ListMetrics": list_metrics,
    "PutMetricData": put_metric_data,
}
