"""Everything that the page on monitoring promises exists: metrics, and the families that dashboards
and alerts use."""

from __future__ import annotations

import json
import re

import pytest

from jedlik.app.admin.figures import snake
from jedlik.services.cloudwatch.operations.registry import OPERATIONS
from tests.docs.pages import ROOT, text

PAGE = text("monitoring.md")
FOLDER = ROOT / "docs" / "monitoring"
SOURCES = "".join(
    path.read_text("utf-8") for path in (ROOT / "jedlik/services/dynamodb").rglob("*.py")
)
METRICS = set(re.findall(r"`([A-Z]\w+)`", PAGE.split("## The CloudWatch API")[0])) - {
    "TableName", "GlobalSecondaryIndexName", "Operation", "StreamLabel", "Sum", "Average",
    "Minimum", "Maximum", "SampleCount", "Write",
}  # fmt: skip


def test_every_operation_is_documented() -> None:
    assert set(OPERATIONS) <= set(re.findall(r"`(\w+)`", PAGE))


@pytest.mark.parametrize("name", sorted(METRICS))
def test_documented_metrics_are_recorded(name: str) -> None:
    cause = re.fullmatch("(?:Read|Write)(.*)ThrottleEvents", name)
    if cause is not None:
        assert f'"{cause[1]}"' in SOURCES or not cause[1]
    else:
        assert name in SOURCES or re.sub("Read|Write", "{direction}", name) in SOURCES


ALL_OF_DYNAMODB = re.findall(
    r"\w+",
    """
    AccountMaxReads AccountMaxTableLevelReads AccountMaxTableLevelWrites AccountMaxWrites
    AccountProvisionedReadCapacityUtilization AccountProvisionedWriteCapacityUtilization
    AgeOfOldestUnreplicatedRecord ConditionalCheckFailedRequests ConsumedChangeDataCaptureUnits
    ConsumedReadCapacityUnits ConsumedWriteCapacityUnits FailedToReplicateRecordCount
    FaultInjectionServiceInducedErrors MaxProvisionedTableReadCapacityUtilization
    MaxProvisionedTableWriteCapacityUtilization OnDemandMaxReadRequestUnits
    OnDemandMaxWriteRequestUnits OnlineIndexConsumedWriteCapacity OnlineIndexPercentageProgress
    OnlineIndexThrottleEvents PendingReplicationCount ProvisionedReadCapacityUnits
    ProvisionedWriteCapacityUnits ReadAccountLimitThrottleEvents
    ReadKeyRangeThroughputThrottleEvents ReadMaxOnDemandThroughputThrottleEvents
    ReadProvisionedThroughputThrottleEvents ReadThrottleEvents ReplicationLatency ReturnedBytes
    ReturnedItemCount ReturnedRecordsCount SuccessfulRequestLatency SystemErrors
    ThrottledPutRecordCount ThrottledRequests TimeToLiveDeletedItemCount TransactionConflict
    UserErrors VectorSearchRequestBytes VectorWriteRequestBytes WriteAccountLimitThrottleEvents
    WriteKeyRangeThroughputThrottleEvents WriteMaxOnDemandThroughputThrottleEvents
    WriteProvisionedThroughputThrottleEvents WriteThrottleEvents
""",
)
ALL_OF_DAX = re.findall(
    r"\w+",
    """
    BatchGetItemRequestCount BatchWriteItemRequestCount CacheMemoryUtilization ClientConnections
    CPUUtilization DeleteItemRequestCount ErrorRequestCount EstimatedDbSize EvictedSize
    FailedRequestCount FaultRequestCount GetItemRequestCount ItemCacheHits ItemCacheMisses
    NetworkBytesIn NetworkBytesOut NetworkPacketsIn NetworkPacketsOut PutItemRequestCount
    QueryCacheHits QueryCacheMisses QueryRequestCount ScanCacheHits ScanCacheMisses
    ScanRequestCount ThrottledRequestCount TotalRequestCount TransactGetItemsCount
    TransactWriteItemsCount UpdateItemRequestCount
""",
)


@pytest.mark.parametrize("name", ALL_OF_DYNAMODB)
def test_metrics_of_dynamodb_are_recorded_or_named_with_the_reason(name: str) -> None:
    """Developer guide, "DynamoDB metrics and dimensions"."""
    # Four causes of throttling stand in the manual once, for reads and for writes.
    recorded = METRICS | {each.replace("Read", "Write") for each in METRICS if "Throttle" in each}
    assert name in recorded or f"`{name}`" in text("differences.md")


@pytest.mark.parametrize("name", ALL_OF_DAX)
def test_metrics_of_dax_are_recorded_or_named_with_the_reason(name: str) -> None:
    """Developer guide, "Viewing DAX metrics and dimensions"."""
    sources = "".join(path.read_text("utf-8") for path in (ROOT / "jedlik/dax").rglob("*.py"))
    assert f'"{name}"' in sources or f"`{name}`" in text("differences.md")


def families(texts: str) -> set[str]:
    found = re.findall(r"\b((?:jedlik|process)_[a-z_]+)", texts)
    return {re.sub("_(total|bucket|count|sum)$", "", name) for name in found}


@pytest.mark.parametrize("name", ["grafana-dashboard.json", "prometheus-alerts.yaml"])
def test_what_is_asked_for_is_told(name: str) -> None:
    asked = (FOLDER / name).read_text("utf-8")
    known = {f"jedlik_dynamo_db_{snake(metric)}" for metric in METRICS}
    known |= {f"{each}_seconds" for each in known if "latency" in each}
    known |= families(PAGE)
    assert families(asked) <= known


def test_the_dashboard_is_json() -> None:
    dashboard = json.loads((FOLDER / "grafana-dashboard.json").read_text("utf-8"))
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"]) >= 8
