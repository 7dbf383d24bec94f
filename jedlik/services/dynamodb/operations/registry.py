"""Which operations there are. Those of the service that are not here are not built yet."""

from __future__ import annotations

from jedlik.gateway.operation import OperationOn
from jedlik.services.dynamodb.operations.backups.create_backup import create_backup
from jedlik.services.dynamodb.operations.backups.delete_backup import delete_backup
from jedlik.services.dynamodb.operations.backups.describe_backup import describe_backup
from jedlik.services.dynamodb.operations.backups.describe_continuous_backups import (
    describe_continuous_backups,
)
from jedlik.services.dynamodb.operations.backups.list_backups import list_backups
from jedlik.services.dynamodb.operations.backups.restore_table_from_backup import (
    restore_table_from_backup,
)
from jedlik.services.dynamodb.operations.backups.restore_table_to_point_in_time import (
    restore_table_to_point_in_time,
)
from jedlik.services.dynamodb.operations.backups.update_continuous_backups import (
    update_continuous_backups,
)
from jedlik.services.dynamodb.operations.items.batch_get_item import batch_get_item
from jedlik.services.dynamodb.operations.items.batch_write_item import batch_write_item
from jedlik.services.dynamodb.operations.items.delete_item import delete_item
from jedlik.services.dynamodb.operations.items.get_item import get_item
from jedlik.services.dynamodb.operations.items.put_item import put_item
from jedlik.services.dynamodb.operations.items.query import query
from jedlik.services.dynamodb.operations.items.scan import scan
from jedlik.services.dynamodb.operations.items.search_vectors import search_vectors
from jedlik.services.dynamodb.operations.items.transact_get_items import transact_get_items
from jedlik.services.dynamodb.operations.items.transact_write_items import transact_write_items
from jedlik.services.dynamodb.operations.items.update_item import update_item
from jedlik.services.dynamodb.operations.partiql.batch_execute_statement import (
    batch_execute_statement,
)
from jedlik.services.dynamodb.operations.partiql.execute_statement import execute_statement
from jedlik.services.dynamodb.operations.partiql.execute_transaction import execute_transaction
from jedlik.services.dynamodb.operations.streams.describe_stream import describe_stream
from jedlik.services.dynamodb.operations.streams.get_records import get_records
from jedlik.services.dynamodb.operations.streams.get_shard_iterator import get_shard_iterator
from jedlik.services.dynamodb.operations.streams.list_streams import list_streams
from jedlik.services.dynamodb.operations.tables.contributor_insights import (
    describe_contributor_insights,
    list_contributor_insights,
    update_contributor_insights,
)
from jedlik.services.dynamodb.operations.tables.create_table import create_table
from jedlik.services.dynamodb.operations.tables.delete_resource_policy import delete_resource_policy
from jedlik.services.dynamodb.operations.tables.delete_table import delete_table
from jedlik.services.dynamodb.operations.tables.describe_endpoints import describe_endpoints
from jedlik.services.dynamodb.operations.tables.describe_limits import describe_limits
from jedlik.services.dynamodb.operations.tables.describe_table import describe_table
from jedlik.services.dynamodb.operations.tables.describe_time_to_live import describe_time_to_live
from jedlik.services.dynamodb.operations.tables.get_resource_policy import get_resource_policy
from jedlik.services.dynamodb.operations.tables.list_tables import list_tables
from jedlik.services.dynamodb.operations.tables.list_tags_of_resource import list_tags_of_resource
from jedlik.services.dynamodb.operations.tables.put_resource_policy import put_resource_policy
from jedlik.services.dynamodb.operations.tables.tag_resource import tag_resource
from jedlik.services.dynamodb.operations.tables.untag_resource import untag_resource
from jedlik.services.dynamodb.operations.tables.update_table import update_table
from jedlik.services.dynamodb.operations.tables.update_time_to_live import update_time_to_live
from jedlik.services.dynamodb.operations.transfers.describe_export import describe_export
from jedlik.services.dynamodb.operations.transfers.describe_import import describe_import
from jedlik.services.dynamodb.operations.transfers.export_table_to_point_in_time import (
    export_table_to_point_in_time,
)
from jedlik.services.dynamodb.operations.transfers.import_table import import_table
from jedlik.services.dynamodb.operations.transfers.list_exports import list_exports
from jedlik.services.dynamodb.operations.transfers.list_imports import list_imports
from jedlik.services.dynamodb.tables.database import Database

Operation = OperationOn[Database]

OPERATIONS: dict[str, Operation] = {
    "BatchExecuteStatement": batch_execute_statement,
    "BatchGetItem": batch_get_item,
    "BatchWriteItem": batch_write_item,
    "CreateBackup": create_backup,
    "CreateTable": create_table,
    "DeleteBackup": delete_backup,
    "DeleteItem": delete_item,
    "DeleteResourcePolicy": delete_resource_policy,
    "DeleteTable": delete_table,
    "DescribeBackup": describe_backup,
    "DescribeContributorInsights": describe_contributor_insights,
    "DescribeContinuousBackups": describe_continuous_backups,
    "DescribeEndpoints": describe_endpoints,
    "DescribeExport": describe_export,
    "DescribeImport": describe_import,
    "DescribeLimits": describe_limits,
    "DescribeStream": describe_stream,
    "DescribeTable": describe_table,
    "DescribeTimeToLive": describe_time_to_live,
    "ExecuteStatement": execute_statement,
    "ExecuteTransaction": execute_transaction,
    "ExportTableToPointInTime": export_table_to_point_in_time,
    "GetItem": get_item,
    "GetRecords": get_records,
    "GetResourcePolicy": get_resource_policy,
    "GetShardIterator": get_shard_iterator,
    "ImportTable": import_table,
    "ListBackups": list_backups,
    "ListContributorInsights": list_contributor_insights,
    "ListExports": list_exports,
    "ListImports": list_imports,
    "ListStreams": list_streams,
    "ListTables": list_tables,
    "ListTagsOfResource": list_tags_of_resource,
    "PutItem": put_item,
    "PutResourcePolicy": put_resource_policy,
    "Query": query,
    "RestoreTableFromBackup": restore_table_from_backup,
    "RestoreTableToPointInTime": restore_table_to_point_in_time,
    "Scan": scan,
    "SearchVectors": search_vectors,
    "TagResource": tag_resource,
    "TransactGetItems": transact_get_items,
    "TransactWriteItems": transact_write_items,
    "UntagResource": untag_resource,
    "UpdateContinuousBackups": update_continuous_backups,
    "UpdateContributorInsights": update_contributor_insights,
    "UpdateItem": update_item,
    "UpdateTable": update_table,
    "UpdateTimeToLive": update_time_to_live,
}
