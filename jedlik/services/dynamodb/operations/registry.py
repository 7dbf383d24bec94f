"""The operations. Those of the service that are missing here are not implemented yet.

Each is loaded at its first request: most servers never need most of them, and those on items alone
occupy a twelfth of an idle server's memory. The first request waits some 30 ms for that, and other
requests do not. A server of several processes loads these before it forks (`load_usual`), so that
all share one copy.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Coroutine, Iterator, Mapping
from typing import Any, Final

from jedlik.base.loading import load
from jedlik.gateway.operation import Body

Operation = Callable[..., Coroutine[Any, Any, Body]]
"""Takes the database, a checked payload and, if it `takes_caller`, the caller: None for the server
itself. Returns the answer's body."""

_HOMES: Final[dict[str, str]] = {
    "BatchExecuteStatement": "partiql.batch_execute_statement",
    "BatchGetItem": "items.batch_get_item",
    "BatchWriteItem": "items.batch_write_item",
    "CancelBulkOperation": "bulk.cancel_bulk_operation",
    "CreateBackup": "backups.create_backup",
    "CreateGlobalTable": "global_tables.version_2017:create_global_table",
    "CreateTable": "tables.create_table",
    "DeleteBackup": "backups.delete_backup",
    "DeleteItem": "items.delete_item",
    "DeleteResourcePolicy": "tables.delete_resource_policy",
    "DeleteTable": "tables.delete_table",
    "DescribeBackup": "backups.describe_backup",
    "DescribeBulkOperation": "bulk.describe_bulk_operation",
    "DescribeContinuousBackups": "backups.describe_continuous_backups",
    "DescribeContributorInsights": "tables.contributor_insights:describe_contributor_insights",
    "DescribeEndpoints": "tables.describe_endpoints",
    "DescribeExport": "transfers.describe_export",
    "DescribeGlobalTable": "global_tables.version_2017:describe_global_table",
    "DescribeGlobalTableSettings": "global_tables.version_2017:describe_global_table_settings",
    "DescribeImport": "transfers.describe_import",
    "DescribeKinesisStreamingDestination": "kinesis.describe_kinesis_streaming_destination",
    "DescribeLimits": "tables.describe_limits",
    "DescribeStream": "streams.describe_stream",
    "DescribeTable": "tables.describe_table",
    "DescribeTableReplicaAutoScaling": (
        "global_tables.replica_auto_scaling:describe_table_replica_auto_scaling"
    ),
    "DescribeTimeToLive": "tables.describe_time_to_live",
    "DisableKinesisStreamingDestination": "kinesis.disable_kinesis_streaming_destination",
    "EnableKinesisStreamingDestination": "kinesis.enable_kinesis_streaming_destination",
    "ExecuteStatement": "partiql.execute_statement",
    "ExecuteTransaction": "partiql.execute_transaction",
    "ExportTableToPointInTime": "transfers.export_table_to_point_in_time",
    "GetItem": "items.get_item",
    "GetRecords": "streams.get_records",
    "GetResourcePolicy": "tables.get_resource_policy",
    "GetShardIterator": "streams.get_shard_iterator",
    "ImportTable": "transfers.import_table",
    "ListBackups": "backups.list_backups",
    "ListBulkOperations": "bulk.list_bulk_operations",
    "ListContributorInsights": "tables.contributor_insights:list_contributor_insights",
    "ListExports": "transfers.list_exports",
    "ListGlobalTables": "global_tables.version_2017:list_global_tables",
    "ListImports": "transfers.list_imports",
    "ListStreams": "streams.list_streams",
    "ListTables": "tables.list_tables",
    "ListTagsOfResource": "tables.list_tags_of_resource",
    "PutItem": "items.put_item",
    "PutResourcePolicy": "tables.put_resource_policy",
    "Query": "items.query",
    "RestoreTableFromBackup": "backups.restore_table_from_backup",
    "RestoreTableToPointInTime": "backups.restore_table_to_point_in_time",
    "Scan": "items.scan",
    "SearchVectors": "items.search_vectors",
    "StartBulkPutItems": "bulk.start_bulk_put_items",
    "TagResource": "tables.tag_resource",
    "TransactGetItems": "items.transact_get_items",
    "TransactWriteItems": "items.transact_write_items",
    "UntagResource": "tables.untag_resource",
    "UpdateContinuousBackups": "backups.update_continuous_backups",
    "UpdateContributorInsights": "tables.contributor_insights:update_contributor_insights",
    "UpdateGlobalTable": "global_tables.version_2017:update_global_table",
    "UpdateGlobalTableSettings": "global_tables.version_2017:update_global_table_settings",
    "UpdateItem": "items.update_item",
    "UpdateKinesisStreamingDestination": "kinesis.update_kinesis_streaming_destination",
    "UpdateTable": "tables.update_table",
    "UpdateTableReplicaAutoScaling": (
        "global_tables.replica_auto_scaling:update_table_replica_auto_scaling"
    ),
    "UpdateTimeToLive": "tables.update_time_to_live",
}
"""The place of each operation: the module below this package, and the function in it if its name
differs from the module's."""
_FOR_CALLERS: Final = frozenset({
    "BatchExecuteStatement", "BatchGetItem", "BatchWriteItem", "DeleteItem", "ExecuteStatement",
    "ExecuteTransaction", "GetRecords", "PutItem", "Query", "Scan", "TransactGetItems",
    "TransactWriteItems", "UpdateItem",
})  # fmt: skip
"""Operations that may hold much memory for long. They are given the caller too, since the
places of such work are given out by caller (`base.places`)."""
_USUAL: Final = ("DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem")


class Operations(Mapping[str, Operation]):
    """All operations by name, each loaded at first use."""

    def __init__(self) -> None:
        self._loaded: dict[str, Operation] = {}

    def __getitem__(self, name: str) -> Operation:
        found = self._loaded.get(name)
        if found is None:
            home, _, function = _HOMES[name].partition(":")
            module = importlib.import_module(f"{__package__}.{home}")
            found = getattr(module, function or home.rpartition(".")[2])
            self._loaded[name] = found
        return found

    def when_loaded(self, name: str) -> Operation | None:
        """The operation, if it was loaded before."""
        return self._loaded.get(name)

    @staticmethod
    def takes_caller(name: str) -> bool:
        """Whether the operation is given the caller."""
        return name in _FOR_CALLERS

    async def load(self, name: str) -> Operation:
        """The operation, loaded while other requests are answered."""
        await load(f"{__package__}.{_HOMES[name].partition(':')[0]}")
        return self[name]

    def load_usual(self) -> None:
        """Load the operations on single items and pages, which nearly every server needs."""
        for name in _USUAL:
            self[name]

    def __contains__(self, name: object) -> bool:
        return name in _HOMES

    def __iter__(self) -> Iterator[str]:
        return iter(_HOMES)

    def __len__(self) -> int:
        return len(_HOMES)


OPERATIONS: Final = Operations()
