"""Where the service differs from its own model, as far as that is known.

The model that the SDKs get says less than the service enforces, and sometimes more: some limits
are enforced by code with texts of its own. Each entry names its source:

- guide: the developer guide ("Quotas", "Constraints", "Supported data types and naming rules") or
  the API reference;
- answers: texts of the live service as users quote them in public issues and test suites.
"""

from __future__ import annotations

from typing import Any, Final

from jedlik.services.dynamodb.table_name import TableNameOrArn
from jedlik.validation.amendments import Amendment, Amendments
from jedlik.validation.scalars import WholeNumber

DYNAMODB: Final = "DynamoDB_20120810"

SHAPES: Final[dict[str, tuple[Any, ...]]] = {
    # The name of a table that exists, or its ARN (guide, naming rules; answers).
    "TableNameOrArn": ("table", 3),
    # The same in item operations, which count an empty name as shorter than 1 (answers).
    "ItemTableNameOrArn": ("table", 1),
    "BatchGetRequestMap": ("map", "ItemTableNameOrArn", "KeysAndAttributes", 1, 100),
    "BatchWriteItemRequestMap": ("map", "ItemTableNameOrArn", "WriteRequests", 1, 25),
    # A table has one partition and at most one sort attribute, local indexes too; only global
    # indexes have keys of several attributes (guide, "Multi-attribute keys").
    "TableKeySchema": ("list", "KeySchemaElement", 1, 2),
    # Checked later, with texts of their own such as "The Tag Key provided is invalid, Key: null"
    # (answers).
    "Tag": ("structure", (("Key", "TagKeyString", False), ("Value", "TagValueString", False))),
    "TagKeyString": ("string", None, None, None, None),
    "TagValueString": ("string", None, None, None, None),
    # How long the name is that a placeholder stands for is checked later, with a text that does not
    # depend on where the name stands (answers).
    "ExpressionAttributeNameMap": (
        "map",
        "ExpressionAttributeNameVariable",
        "ExpressionAttributeName",
        None,
        None,
    ),
    "ExpressionAttributeName": ("string", None, None, None, None),
    # The model has no lower limit here, but has one for every other page.
    "ListContributorInsightsLimit": ("integer", 1, 100),
    # An empty key id is too short (answers).
    "KMSMasterKeyId": ("string", 1, None, None, None),
    # So is an empty prefix of an export (answers).
    "ExportS3Prefix": ("string", 1, 1024, None, None),
    # Other numbers are truncated; this one may not have decimals (answers).
    "TopKInteger": ("whole", 1, None),
}
"""Shapes of the DynamoDB model that are replaced, and further ones."""

ITEM_STRUCTURES: Final = frozenset(
    {
        "GetItemInput", "PutItemInput", "DeleteItemInput", "UpdateItemInput", "QueryInput",
        "ScanInput", "SearchVectorsInput", "Get", "Put", "Delete", "Update", "ConditionCheck",
    }
)  # fmt: skip
"""Structures whose `TableName` follows the rule of item operations."""

_NO_TABLE_NAME = "The parameter 'TableName' is required but was not present in the request"
_SHORT_TABLE_NAME = "TableName must be at least 3 characters long and at most 255 characters long"
_SHORT_INDEX_NAME = "IndexName must be at least 3 characters long and at most 255 characters long"
_TABLE_CLASS = (
    "Invalid table-class parameter provided. Please try again with a valid table-class value: "
    "[STANDARD, STANDARD_INFREQUENT_ACCESS]."
)
_TABLE_NAME = Amendment(shape="TableNameOrArn", missing=_NO_TABLE_NAME)
_LENGTH = ("short", "long")
_GLOBAL_TABLE_NAME = Amendment(kinds=_LENGTH, text=_SHORT_TABLE_NAME)
_INDEX_NAME = Amendment(kinds=_LENGTH, text=_SHORT_INDEX_NAME)
_CLASS = Amendment(kinds=("enum",), text=_TABLE_CLASS)
_BACKUP_ARN = Amendment(kinds=_LENGTH, text="Invalid Backup ARN")
_DEFINED_UNLESS_COPIED = Amendment(required=True, unless="GlobalTableSourceArn")


def _absent_from_search(member: str) -> Amendment:
    """A missing member of SearchVectors, which is named as in the request (answers)."""
    problem = f"Value at '{member}' failed to satisfy constraint: Member must not be null"
    return Amendment(missing=f"1 validation error detected: {problem}")


_NO_NAME = Amendment(kinds=("short",), counted=True)
_RETURN_VALUES = Amendment(
    kinds=("enum",),
    text=(
        "Failed to satisfy constraint: Member must satisfy enum value set: "
        "[ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATE_NEW, NONE]"
    ),
    counted=True,
)
"""What single-item writes say since 2026; the spelling of the values is the service's."""
_OPERATOR = Amendment(
    kinds=("enum",),
    text="Failed to satisfy constraint: Member must satisfy enum value set: [ALL, OR]",
    counted=True,
)

MEMBERS: Final[dict[tuple[str, str], Amendment]] = {
    # Only names of new tables: an ARN fails the pattern (answers).
    ("CreateTableInput", "TableName"): Amendment(shape="TableName", missing=_NO_TABLE_NAME),
    # The model made them optional for replicas that copy another account's table; without that
    # member they are still required (answers).
    ("CreateTableInput", "AttributeDefinitions"): _DEFINED_UNLESS_COPIED,
    ("CreateTableInput", "KeySchema"): _DEFINED_UNLESS_COPIED._replace(shape="TableKeySchema"),
    ("TableCreationParameters", "KeySchema"): Amendment(shape="TableKeySchema"),
    ("LocalSecondaryIndex", "KeySchema"): Amendment(shape="TableKeySchema"),
    ("CreateTableInput", "TableClass"): _CLASS,
    ("UpdateTableInput", "TableClass"): _CLASS,
    # A region that is missing is not named (answers).
    ("CreateReplicationGroupMemberAction", "RegionName"): Amendment(
        missing="One or more parameter values were invalid"
    ),
    # A missing name is an error of its own on the operations on tables (answers).
    ("DeleteTableInput", "TableName"): _TABLE_NAME,
    ("DescribeTableInput", "TableName"): _TABLE_NAME,
    ("DescribeTimeToLiveInput", "TableName"): _TABLE_NAME,
    ("UpdateTableInput", "TableName"): _TABLE_NAME,
    ("UpdateTimeToLiveInput", "TableName"): _TABLE_NAME,
    # Texts of their own (answers).
    ("DescribeContributorInsightsInput", "IndexName"): _INDEX_NAME,
    ("UpdateContributorInsightsInput", "IndexName"): _INDEX_NAME,
    ("CreateGlobalTableInput", "GlobalTableName"): _GLOBAL_TABLE_NAME,
    ("DescribeGlobalTableInput", "GlobalTableName"): _GLOBAL_TABLE_NAME,
    ("DescribeGlobalTableSettingsInput", "GlobalTableName"): _GLOBAL_TABLE_NAME,
    ("UpdateGlobalTableInput", "GlobalTableName"): _GLOBAL_TABLE_NAME,
    ("UpdateGlobalTableSettingsInput", "GlobalTableName"): _GLOBAL_TABLE_NAME,
    ("RestoreTableFromBackupInput", "TargetTableName"): _GLOBAL_TABLE_NAME,
    ("RestoreTableToPointInTimeInput", "TargetTableName"): _GLOBAL_TABLE_NAME,
    ("DeleteBackupInput", "BackupArn"): _BACKUP_ARN,
    ("DescribeBackupInput", "BackupArn"): _BACKUP_ARN,
    ("RestoreTableFromBackupInput", "BackupArn"): _BACKUP_ARN,
    ("DescribeExportInput", "ExportArn"): Amendment(kinds=_LENGTH, text="Invalid Export ARN"),
    ("DescribeImportInput", "ImportArn"): Amendment(kinds=_LENGTH, text="Invalid Import ARN"),
    ("ExportTableToPointInTimeInput", "TableArn"): Amendment(
        kinds=_LENGTH, text="Invalid TableArn: Invalid Table ARN"
    ),
    ("ExportTableToPointInTimeInput", "S3Prefix"): Amendment(shape="ExportS3Prefix"),
    # The SDKs make one, so that it seems to be optional (answers).
    ("ImportTableInput", "ClientToken"): Amendment(required=True),
    ("BatchWriteItemInput", "RequestItems"): Amendment(
        kinds=("short",), text="The requestItems parameter is required for BatchWriteItem"
    ),
    ("PutItemInput", "TableName"): _NO_NAME,
    ("UpdateItemInput", "TableName"): _NO_NAME,
    ("DeleteItemInput", "TableName"): _NO_NAME,
    ("PutItemInput", "ReturnValues"): _RETURN_VALUES,
    ("UpdateItemInput", "ReturnValues"): _RETURN_VALUES,
    ("DeleteItemInput", "ReturnValues"): _RETURN_VALUES,
    ("PutItemInput", "ConditionalOperator"): _OPERATOR,
    ("UpdateItemInput", "ConditionalOperator"): _OPERATOR,
    ("DeleteItemInput", "ConditionalOperator"): _OPERATOR,
    ("QueryInput", "ConditionalOperator"): _OPERATOR._replace(counted=False, first=True),
    # The form without a value (answers; Scan has kept the other).
    ("QueryInput", "Limit"): Amendment(kinds=("value",)),
    ("SearchVectorsInput", "TopK"): _absent_from_search("TopK")._replace(kinds=("value",)),
    ("SearchVectorsInput", "IndexName"): _absent_from_search("IndexName"),
    ("SearchVectorsInput", "SearchVector"): _absent_from_search("SearchVector"),
    ("BatchGetItemInput", "RequestItems"): Amendment(kinds=_LENGTH),
    ("KeysAndAttributes", "Keys"): Amendment(kinds=_LENGTH),
}
"""Members of structures of the DynamoDB model."""

PATTERN_LAST: Final = frozenset({"CsvDelimiter", "IndexName"})
"""Shapes whose pattern is reported after their length; of others, before it (answers)."""

ALONE: Final[dict[str, tuple[str, ...]]] = {
    "PutItemInput": ("TableName",),
    "UpdateItemInput": (
        "TableName", "Key", "AttributeUpdates", "Expected", "ConditionalOperator", "ReturnValues",
        "ReturnConsumedCapacity", "ReturnItemCollectionMetrics",
    ),
}  # fmt: skip
"""Members that are checked in this order, before all others of the structure, and whose failures
are reported alone: PutItem tells of a bad name of the table and of nothing else, UpdateItem of the
first bad member (answers)."""

HIDDEN_MEMBERS: Final = {"PutRequest": ("workloadProfileName",)}
"""Members that only the service knows and that show, as null, where it prints a structure."""

ENUM_ORDER: Final[dict[str, tuple[str, ...]]] = {
    "ComparisonOperator": (
        "IN", "NULL", "BETWEEN", "LT", "NOT_CONTAINS", "EQ", "GT", "NOT_NULL", "NE", "LE",
        "BEGINS_WITH", "GE", "CONTAINS",
    ),
    "ConditionalOperator": ("OR", "AND"),
    "ContributorInsightsMode": ("THROTTLED_KEYS", "ACCESSED_AND_THROTTLED_KEYS"),
    "ExportFormat": ("ION", "DYNAMODB_JSON"),
    "InputCompressionType": ("ZSTD", "NONE", "GZIP"),
    "ProjectionType": ("ALL", "INCLUDE", "KEYS_ONLY"),
    "ReturnValue": ("ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW"),
    "ScalarAttributeType": ("B", "N", "S"),
    "VectorDistanceFunction": ("DOT_PRODUCT", "COSINE", "EUCLIDEAN"),
    "Select": ("SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"),
    "StreamViewType": ("OLD_IMAGE", "KEYS_ONLY", "NEW_AND_OLD_IMAGES", "NEW_IMAGE"),
}  # fmt: skip
"""The order in which the service prints an enum, if it is not the model's (answers)."""

BUCKETS: Final = {"PutItemInput": 32, "DeleteItemInput": 32}
"""Structures of which the service knows more members, by the order of its answers."""

INSERTED_FIRST: Final = frozenset({"ReturnConsumedCapacity"})
"""Members that come before others in the same bucket of the order in `java` (answers)."""


def _shape_of(structure: str, member: str, shape: str) -> str:
    if member == "TableName" and shape == "TableArn":
        return "ItemTableNameOrArn" if structure in ITEM_STRUCTURES else "TableNameOrArn"
    return shape


STREAMS_AMENDMENTS: Final = Amendments(
    enum_order=ENUM_ORDER, pattern_last=PATTERN_LAST, inserted_first=INSERTED_FIRST
)
"""What holds for the model of DynamoDB Streams too."""

DYNAMODB_AMENDMENTS: Final = STREAMS_AMENDMENTS._replace(
    shapes=SHAPES,
    kinds={"table": TableNameOrArn, "whole": WholeNumber},
    members=MEMBERS,
    shape_of=_shape_of,
    alone=ALONE,
    hidden_members=HIDDEN_MEMBERS,
    buckets=BUCKETS,
)
