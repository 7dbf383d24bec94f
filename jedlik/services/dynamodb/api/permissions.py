"""The permissions that each operation needs: actions on resources, declared as data.

Service Authorization Reference, "Actions, resources, and condition keys for Amazon DynamoDB". An
operation that is missing here is only for the administrator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from jedlik.auth.policy.facts import Values
from jedlik.auth.policy.wildcards import Beginning
from jedlik.base.errors import ValidationException
from jedlik.gateway.operation import Payload
from jedlik.kernel.arns import Arns
from jedlik.kernel.buckets.bucket import output_folder
from jedlik.services.dynamodb.partiql.prepared import prepare
from jedlik.services.dynamodb.partiql.statements import Delete, Exists, Insert, Select, Update
from jedlik.services.iam.authorization.requests import NO_KEYS


class RequiredPermission(NamedTuple):
    """One action on one resource. `table` is the name of the table, which is the resource or has
    it: an index, or the stream with the label `stream`. `part` is the part of the request that
    needs the permission, and `kind` the operation that the part would be alone (see
    `request_parts`). `keys` are condition keys (in lower case) of this action alone, with their
    values. `region` is the region of the action, None for this one."""

    action: str
    resource: str
    table: str | None
    kind: str
    part: Payload
    enclosing: str | None = None
    stream: str | None = None
    keys: Mapping[str, Values] = NO_KEYS
    region: str | None = None


Permissions = Callable[[Arns, Payload], Iterable[RequiredPermission]]


def _on_table(operation: str) -> Permissions:
    """The action on the table that TableName names, or on its index that IndexName names."""
    action = f"dynamodb:{operation}"

    def needed(arns: Arns, payload: Payload) -> Iterator[RequiredPermission]:
        table = arns.table_name(payload["TableName"])
        index = payload.get("IndexName")
        arn = arns.table_arn(table) if index is None else arns.index_arn(table, index)
        yield RequiredPermission(action, arn, table, operation, payload)

    return needed


_REPLICA_ACTIONS: Final = {
    "Create": ("CreateTable", "CreateTableReplica", "Scan", "Query", "UpdateItem", "PutItem",
               "GetItem", "DeleteItem", "BatchWriteItem"),
    "Delete": ("DeleteTable", "DeleteTableReplica"),
}  # fmt: skip
"""The actions that adding and removing a replica need in the replica's region (developer guide,
"DynamoDB global tables security")."""
_MAX_REPLICAS: Final = 100
"""Far above the two that a request can ever have."""


def _update_table(arns: Arns, payload: Payload) -> Iterator[RequiredPermission]:
    yield from _on_table("UpdateTable")(arns, payload)
    table = arns.table_name(payload["TableName"])
    for kind, region in _replicas(payload):
        there = replace(arns, region=region).table_arn(table)
        for action in _REPLICA_ACTIONS[kind]:
            yield RequiredPermission(
                f"dynamodb:{action}", there, None, "UpdateTable", payload, region=region
            )


def _replicas(payload: Payload) -> dict[tuple[str, str], None]:
    """The replicas that a request adds and removes, each once; of far too many, which the operation
    refuses, the first."""
    found: dict[tuple[str, str], None] = {}
    for update in payload.get("ReplicaUpdates") or ():
        for kind in _REPLICA_ACTIONS:
            member = update.get(kind)
            if member is not None:
                found[kind, member["RegionName"]] = None
        if len(found) > _MAX_REPLICAS:
            break
    return found


def _on_arn(operation: str, *members: str) -> Permissions:
    """On the resource whose ARN is in one of `members`."""
    action = f"dynamodb:{operation}"

    def needed(arns: Arns, payload: Payload) -> Iterator[RequiredPermission]:
        arn = next((payload[member] for member in members if payload.get(member)), "*")
        table, label = named_resource(arns, arn)
        yield RequiredPermission(action, arns.own(arn), table, operation, payload, stream=label)

    return needed


def named_resource(arns: Arns, arn: str) -> tuple[str | None, str | None]:
    """The table, or the table and the label of its stream, that an ARN names. Neither if it is the
    ARN of another account or region: the operation reports that."""
    here = not (arns.of_other_account(arn) or arns.of_other_region(arn))
    return (arns.resource(arn) if here else None) or (None, None)


def _on_all(operation: str, resource: str = "*") -> Permissions:
    """For operations without a resource; in errors and policies, `resource` follows the account."""
    action = f"dynamodb:{operation}"

    def needed(arns: Arns, payload: Payload) -> Iterator[RequiredPermission]:
        arn = arns.table_arn(resource.removeprefix("table/")) if resource != "*" else "*"
        yield RequiredPermission(action, arn, None, operation, payload)

    return needed


def _on_stream(operation: str) -> Permissions:
    action = f"dynamodb:{operation}"

    def needed(arns: Arns, payload: Payload) -> Iterator[RequiredPermission]:
        arn = payload.get("StreamArn")
        if arn is None:
            # The operation refuses an iterator that was not made for this stream.
            arn = payload["ShardIterator"].rsplit("|", 2)[0]
        table, label = arns.stream(arn)
        arn = arns.stream_arn(table, label)
        yield RequiredPermission(action, arn, table, operation, payload, stream=label)

    return needed


def _list_streams(arns: Arns, payload: Payload) -> Iterator[RequiredPermission]:
    table = payload.get("TableName")
    name = None if table is None else arns.table_name(table)
    arn = arns.stream_arn(name or "*", "*")
    yield RequiredPermission("dynamodb:ListStreams", arn, None, "ListStreams", payload)


def _batch(operation: str) -> Permissions:
    action = f"dynamodb:{operation}"

    def needed(arns: Arns, payload: Payload) -> Iterator[RequiredPermission]:
        for name, request in payload["RequestItems"].items():
            table = arns.table_name(name)
            part = {"Requests": request} if operation == "BatchWriteItem" else request
            yield RequiredPermission(action, arns.table_arn(table), table, operation, part)

    return needed


_TRANSACT: Final = {
    "Get": "GetItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}


def _transaction(operation: str) -> Permissions:
    def needed(arns: Arns, payload: Payload) -> Iterator[RequiredPermission]:
        for item in payload["TransactItems"]:
            for member, action in _TRANSACT.items():
                request = item.get(member)
                if request is not None:
                    table = arns.table_name(request["TableName"])
                    arn = arns.table_arn(table)
                    yield RequiredPermission(
                        f"dynamodb:{action}", arn, table, action, request, operation
                    )

    return needed


def _with_tags(needed: Permissions) -> Permissions:
    """CreateTable also needs the permissions to set its tags and its resource policy."""

    def with_tags(arns: Arns, payload: Payload) -> Iterator[RequiredPermission]:
        for permission in needed(arns, payload):
            yield permission
            if payload.get("Tags"):
                yield permission._replace(action="dynamodb:TagResource")
            if payload.get("ResourcePolicy"):
                yield permission._replace(action="dynamodb:PutResourcePolicy")

    return with_tags


_RESTORED_WITH: Final = (
    "BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem",
)  # fmt: skip
"""Further actions that a restore needs on the new table (developer guide, "Using IAM with backup
and restore")."""


def _restore(operation: str) -> Permissions:
    """On the restored backup or table, and on the new table."""
    action = f"dynamodb:{operation}"

    def needed(arns: Arns, payload: Payload) -> Iterator[RequiredPermission]:
        arn = payload.get("BackupArn") or payload.get("SourceTableArn")
        source = payload.get("SourceTableName")
        if source is not None:
            arn = arns.table_arn(arns.table_name(source))
        of_table, _ = named_resource(arns, arn or "")
        yield RequiredPermission(action, arns.own(arn or "*"), of_table, operation, payload)
        target = arns.table_arn(payload["TargetTableName"])
        for each in (operation, *_RESTORED_WITH):
            yield RequiredPermission(f"dynamodb:{each}", target, None, operation, payload)

    return needed


_READS_OBJECTS: Final = "s3:GetObject"
_WRITES_OBJECTS: Final = "s3:PutObject"


def _on_objects(action: str, payload: Payload, bucket: str, start: str) -> RequiredPermission:
    """The service reads and writes buckets in its caller's name, so it needs the caller's
    permission. Otherwise callers could reach every bucket of the server, with the exports of
    others.

    It is needed on all objects whose keys have this prefix: which ones exist is not known yet.
    """
    objects = Beginning(f"arn:aws:s3:::{bucket}/{start}*")
    return RequiredPermission(action, objects, None, "", payload)


def _export_table(arns: Arns, payload: Payload) -> Iterator[RequiredPermission]:
    """Developer guide, "Requesting a table export in DynamoDB"."""
    yield from _on_arn("ExportTableToPointInTime", "TableArn")(arns, payload)
    start = output_folder(payload.get("S3Prefix"))
    yield _on_objects(_WRITES_OBJECTS, payload, payload["S3Bucket"], start)


def _import_table(arns: Arns, payload: Payload) -> Iterator[RequiredPermission]:
    """On the table that the import makes (developer guide, "Requesting a table import in
    DynamoDB")."""
    made = payload["TableCreationParameters"]["TableName"]
    arn = arns.table_arn(arns.table_name(made))
    yield RequiredPermission("dynamodb:ImportTable", arn, None, "ImportTable", payload)
    source = payload["S3BucketSource"]
    yield _on_objects(_READS_OBJECTS, payload, source["S3Bucket"], source.get("S3KeyPrefix") or "")


def _bulk_put(arns: Arns, payload: Payload) -> Iterator[RequiredPermission]:
    yield from _on_table("StartBulkPutItems")(arns, payload)
    source, reports = payload["InputS3Configuration"], payload["OutputS3Configuration"]
    bucket = source["S3Bucket"]
    yield _on_objects(_READS_OBJECTS, payload, bucket, source.get("S3KeyPrefix") or "")
    bucket, start = reports.get("S3Bucket") or bucket, output_folder(reports.get("S3KeyPrefix"))
    yield _on_objects(_WRITES_OBJECTS, payload, bucket, start)


_DELIVERS: Final = ("DescribeStream", "PutRecords")


def _enable_kinesis(arns: Arns, payload: Payload) -> Iterator[RequiredPermission]:
    """Developer guide, "Using IAM policies for Amazon Kinesis Data Streams and Amazon DynamoDB". As
    with buckets, callers could otherwise write to every stream of the server.

    Of the ARN, only the stream's name has a meaning here.
    """
    yield from _on_table("EnableKinesisStreamingDestination")(arns, payload)
    name = payload["StreamArn"].partition(":stream/")[2]
    stream = f"arn:aws:kinesis:{arns.region}:{arns.account}:stream/{name}"
    for action in _DELIVERS:
        yield RequiredPermission(f"kinesis:{action}", stream, None, "", payload)


_STATEMENTS: Final[dict[type, str]] = {
    Select: "PartiQLSelect",
    Insert: "PartiQLInsert",
    Update: "PartiQLUpdate",
    Delete: "PartiQLDelete",
    Exists: "PartiQLSelect",
}


def _statement(arns: Arns, request: Payload, enclosing: str | None = None) -> RequiredPermission:
    statement = prepare(request["Statement"]).statement
    action = _STATEMENTS[type(statement)]
    table = arns.table_name(statement.table)
    index = statement.index if isinstance(statement, Select) else None
    arn = arns.table_arn(table) if index is None else arns.index_arn(table, index)
    return RequiredPermission(f"dynamodb:{action}", arn, table, action, request, enclosing)


LONG_STATEMENTS: Final = 16 * 1024
"""Characters of statements that take some ten milliseconds to read."""


def has_long_statements(payload: Payload) -> bool:
    """Whether a request's statements should be read one after the other, while other requests are
    answered in between: a transaction may have 800 KB of them, which take seconds."""
    several = payload.get("Statements") or payload.get("TransactStatements") or ()
    return sum(len(each["Statement"]) for each in several) > LONG_STATEMENTS


def _one_statement(arns: Arns, payload: Payload) -> Iterator[RequiredPermission]:
    yield _statement(arns, payload)


def _statements(member: str, operation: str | None = None) -> Permissions:
    def needed(arns: Arns, payload: Payload) -> Iterator[RequiredPermission]:
        for request in payload[member]:
            try:
                yield _statement(arns, request, operation)
            except ValidationException:
                # An invalid statement of a batch fails alone, and needs no permission.
                if operation is not None:
                    raise

    return needed


_TABLE_OPERATIONS: Final = (
    "CreateBackup", "DeleteItem", "DeleteTable", "DescribeContinuousBackups",
    "DescribeContributorInsights", "DescribeKinesisStreamingDestination", "DescribeTable",
    "DescribeTableReplicaAutoScaling", "DescribeTimeToLive", "DisableKinesisStreamingDestination",
    "GetItem", "PutItem", "Query", "Scan", "SearchVectors",
    "UpdateContinuousBackups", "UpdateContributorInsights", "UpdateItem",
    "UpdateKinesisStreamingDestination", "UpdateTableReplicaAutoScaling",
    "UpdateTimeToLive",
)  # fmt: skip
_ARN_OPERATIONS: Final[dict[str, tuple[str, ...]]] = {
    "CancelBulkOperation": ("BulkOperationArn",),
    "DeleteBackup": ("BackupArn",),
    "DeleteResourcePolicy": ("ResourceArn",),
    "DescribeBackup": ("BackupArn",),
    "DescribeBulkOperation": ("BulkOperationArn",),
    "DescribeExport": ("ExportArn",),
    "DescribeImport": ("ImportArn",),
    "GetResourcePolicy": ("ResourceArn",),
    "ListTagsOfResource": ("ResourceArn",),
    "PutResourcePolicy": ("ResourceArn",),
    "TagResource": ("ResourceArn",),
    "UntagResource": ("ResourceArn",),
}
_ALL_OPERATIONS: Final = (
    "CreateGlobalTable", "DescribeEndpoints", "DescribeGlobalTable",
    "DescribeGlobalTableSettings", "DescribeLimits", "ListBackups", "ListBulkOperations",
    "ListContributorInsights", "ListExports", "ListGlobalTables", "ListImports",
    "UpdateGlobalTable", "UpdateGlobalTableSettings",
)  # fmt: skip

PERMISSIONS: Final[dict[str, Permissions]] = {
    **{name: _on_table(name) for name in _TABLE_OPERATIONS},
    **{name: _on_arn(name, *members) for name, members in _ARN_OPERATIONS.items()},
    **{name: _on_all(name) for name in _ALL_OPERATIONS},
    **{name: _on_stream(name) for name in ("DescribeStream", "GetRecords", "GetShardIterator")},
    "BatchExecuteStatement": _statements("Statements"),
    "BatchGetItem": _batch("BatchGetItem"),
    "BatchWriteItem": _batch("BatchWriteItem"),
    "CreateTable": _with_tags(_on_table("CreateTable")),
    "EnableKinesisStreamingDestination": _enable_kinesis,
    "ExecuteStatement": _one_statement,
    "ExecuteTransaction": _statements("TransactStatements", "ExecuteTransaction"),
    "ExportTableToPointInTime": _export_table,
    "ImportTable": _import_table,
    "ListStreams": _list_streams,
    "ListTables": _on_all("ListTables", "table/*"),
    **{name: _restore(name) for name in ("RestoreTableFromBackup", "RestoreTableToPointInTime")},
    "StartBulkPutItems": _bulk_put,
    "TransactGetItems": _transaction("TransactGetItems"),
    "TransactWriteItems": _transaction("TransactWriteItems"),
    "UpdateTable": _update_table,
}
"""By operation."""

PLAIN: Final = frozenset(("DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem"))
"""Operations that need one permission, on the table or index in TableName and IndexName."""

USES_ITEMS: Final = frozenset(
    f"dynamodb:{action}"
    for action in (
        *(*PLAIN, *_TRANSACT.values(), *_STATEMENTS.values()),
        *("BatchGetItem", "BatchWriteItem", "GetRecords", "SearchVectors"),
        *("EnableKinesisStreamingDestination", "ExportTableToPointInTime", "StartBulkPutItems"),
    )
)
"""Actions on items, which need the use of a table's key."""


def uses_items(permission: RequiredPermission) -> bool:
    """Whether a permission is about a table's items, so that the caller needs the table's key too.

    The keys of a new index contain attributes of items, and are not sealed: without this, callers
    who may not read an attribute could have it written where others can. A new replica has the
    items under another key.
    """
    if permission.action == "dynamodb:UpdateTable":
        return any(
            each.get("Create") is not None
            for member in ("GlobalSecondaryIndexUpdates", "VectorIndexUpdates", "ReplicaUpdates")
            for each in permission.part.get(member) or ()
        )
    return permission.action in USES_ITEMS


SEES_CATALOG: Final = PLAIN | {
    "BatchExecuteStatement", "BatchGetItem", "BatchWriteItem", "ExecuteStatement",
    "ExecuteTransaction", "TransactGetItems", "TransactWriteItems",
}  # fmt: skip
"""Operations that read the catalog's version in the same snapshot as their items, so that a
decision by outdated identities is noticed (see `iam.store`). For all others, the identities are
refreshed before the decision."""
