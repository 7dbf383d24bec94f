"""What each operation asks for: actions on resources, declared as data.

Service Authorization Reference, "Actions, resources, and condition keys for Amazon DynamoDB". An
operation that is not here is no one's to call but the administrator's.
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
    """One action on one resource. `table` is the name of the table that it is about, or that the
    stream with the label `stream` is of; `part` is the part of the request that asks, of the kind
    that an operation's name says (see `request_parts`). `keys` are condition keys (in lower case)
    that go with this action alone, and their values. `region` is where it is done, None for
    here."""

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


def _on_table(operation: str, member: str = "TableName") -> Permissions:
    """`member` holds the table's name or ARN. Of Query and Scan, the index is what is asked for."""
    action = f"dynamodb:{operation}"

    def asks(arns: Arns, payload: Payload) -> Iterator[RequiredPermission]:
        table = arns.table_name(payload[member])
        index = payload.get("IndexName")
        arn = arns.table_arn(table) if index is None else arns.index_arn(table, index)
        yield RequiredPermission(action, arn, table, operation, payload)

    return asks


_OF_REPLICAS: Final = {
    "Create": ("CreateTable", "CreateTableReplica", "Scan", "Query", "UpdateItem", "PutItem",
               "GetItem", "DeleteItem", "BatchWriteItem"),
    "Delete": ("DeleteTable", "DeleteTableReplica"),
}  # fmt: skip
"""What adding and removing a replica ask for in the replica's region (developer guide, "DynamoDB
global tables security")."""
_MAX_REPLICAS: Final = 100
"""Far above the two that a request can ever have."""


def _update_table(arns: Arns, payload: Payload) -> Iterator[RequiredPermission]:
    yield from _on_table("UpdateTable")(arns, payload)
    table = arns.table_name(payload["TableName"])
    for kind, region in _replicas(payload):
        there = replace(arns, region=region).table_arn(table)
        for action in _OF_REPLICAS[kind]:
            yield RequiredPermission(
                f"dynamodb:{action}", there, None, "UpdateTable", payload, region=region
            )


def _replicas(payload: Payload) -> dict[tuple[str, str], None]:
    """The replicas that a request adds and removes, each once; of far too many, which the operation
    refuses, the first."""
    found: dict[tuple[str, str], None] = {}
    for update in payload.get("ReplicaUpdates") or ():
        for kind in _OF_REPLICAS:
            member = update.get(kind)
            if member is not None:
                found[kind, member["RegionName"]] = None
        if len(found) > _MAX_REPLICAS:
            break
    return found


def _on_arn(operation: str, *members: str) -> Permissions:
    """One of `members` holds the ARN of whatever it is."""
    action = f"dynamodb:{operation}"

    def asks(arns: Arns, payload: Payload) -> Iterator[RequiredPermission]:
        arn = next((payload[member] for member in members if payload.get(member)), "*")
        table, label = named_resource(arns, arn)
        yield RequiredPermission(action, arns.own(arn), table, operation, payload, stream=label)

    return asks


def named_resource(arns: Arns, arn: str) -> tuple[str | None, str | None]:
    """The table, or the table and the label of its stream, that an ARN means. Neither where it is
    of elsewhere: the operation says what is wrong with that."""
    here = not (arns.of_other_account(arn) or arns.of_other_region(arn))
    return (arns.resource(arn) if here else None) or (None, None)


def _on_all(operation: str, resource: str = "*") -> Permissions:
    """For operations on no resource; errors and policies have `resource` after the account."""
    action = f"dynamodb:{operation}"

    def asks(arns: Arns, payload: Payload) -> Iterator[RequiredPermission]:
        arn = arns.table_arn(resource.removeprefix("table/")) if resource != "*" else "*"
        yield RequiredPermission(action, arn, None, operation, payload)

    return asks


def _on_stream(operation: str) -> Permissions:
    action = f"dynamodb:{operation}"

    def asks(arns: Arns, payload: Payload) -> Iterator[RequiredPermission]:
        arn = payload.get("StreamArn")
        if arn is None:
            # The operation refuses an iterator that was not made for this stream.
            arn = payload["ShardIterator"].rsplit("|", 2)[0]
        table, label = arns.stream(arn)
        arn = arns.stream_arn(table, label)
        yield RequiredPermission(action, arn, table, operation, payload, stream=label)

    return asks


def _list_streams(arns: Arns, payload: Payload) -> Iterator[RequiredPermission]:
    table = payload.get("TableName")
    name = None if table is None else arns.table_name(table)
    arn = arns.stream_arn(name or "*", "*")
    yield RequiredPermission("dynamodb:ListStreams", arn, None, "ListStreams", payload)


def _batch(operation: str) -> Permissions:
    action = f"dynamodb:{operation}"

    def asks(arns: Arns, payload: Payload) -> Iterator[RequiredPermission]:
        for name, request in payload["RequestItems"].items():
            table = arns.table_name(name)
            part = {"Requests": request} if operation == "BatchWriteItem" else request
            yield RequiredPermission(action, arns.table_arn(table), table, operation, part)

    return asks


_TRANSACT: Final = {
    "Get": "GetItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}


def _transaction(operation: str) -> Permissions:
    def asks(arns: Arns, payload: Payload) -> Iterator[RequiredPermission]:
        for item in payload["TransactItems"]:
            for member, action in _TRANSACT.items():
                request = item.get(member)
                if request is not None:
                    table = arns.table_name(request["TableName"])
                    arn = arns.table_arn(table)
                    yield RequiredPermission(
                        f"dynamodb:{action}", arn, table, action, request, operation
                    )

    return asks


def _with_tags(asks: Permissions) -> Permissions:
    """CreateTable also asks for what its tags and its resource policy would ask for alone."""

    def both(arns: Arns, payload: Payload) -> Iterator[RequiredPermission]:
        for ask in asks(arns, payload):
            yield ask
            if payload.get("Tags"):
                yield ask._replace(action="dynamodb:TagResource")
            if payload.get("ResourcePolicy"):
                yield ask._replace(action="dynamodb:PutResourcePolicy")

    return both


_RESTORED_WITH: Final = (
    "BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem",
)  # fmt: skip
"""What a restore asks for on the new table besides (developer guide, "Using IAM with backup and
restore")."""


def _restore(operation: str) -> Permissions:
    """A restore is asked for on what is restored and on the new table."""
    action = f"dynamodb:{operation}"

    def asks(arns: Arns, payload: Payload) -> Iterator[RequiredPermission]:
        arn = payload.get("BackupArn") or payload.get("SourceTableArn")
        source = payload.get("SourceTableName")
        if source is not None:
            arn = arns.table_arn(arns.table_name(source))
        of_table, _ = named_resource(arns, arn or "")
        yield RequiredPermission(action, arns.own(arn or "*"), of_table, operation, payload)
        target = arns.table_arn(payload["TargetTableName"])
        for each in (operation, *_RESTORED_WITH):
            yield RequiredPermission(f"dynamodb:{each}", target, None, operation, payload)

    return asks


_READS_OBJECTS: Final = "s3:GetObject"
_WRITES_OBJECTS: Final = "s3:PutObject"


def _on_objects(action: str, payload: Payload, bucket: str, start: str) -> RequiredPermission:
    """What the service asks its caller for, since it reads and writes buckets in their name. Here
    the server could do so with all that it was given, other people's exports among it.

    It is asked of all objects whose keys begin so: which of them there are is not known yet.
    """
    objects = Beginning(f"arn:aws:s3:::{bucket}/{start}*")
    return RequiredPermission(action, objects, None, "", payload)


def _export_table(arns: Arns, payload: Payload) -> Iterator[RequiredPermission]:
    """Developer guide, "Requesting a table export in DynamoDB"."""
    yield from _on_arn("ExportTableToPointInTime", "TableArn")(arns, payload)
    start = output_folder(payload.get("S3Prefix"))
    yield _on_objects(_WRITES_OBJECTS, payload, payload["S3Bucket"], start)


def _import_table(arns: Arns, payload: Payload) -> Iterator[RequiredPermission]:
    """An import is asked for on the table that it makes (developer guide, "Requesting a table
    import in DynamoDB")."""
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
    """Developer guide, "Using IAM policies for Amazon Kinesis Data Streams and Amazon DynamoDB": as
    with buckets, the server could write to all streams that it was given.

    Of the ARN only the name of the stream means something here.
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
    """Whether to look at a request's statements one after the other, others being served between:
    a transaction may have 800 KB of them, which take seconds."""
    several = payload.get("Statements") or payload.get("TransactStatements") or ()
    return sum(len(each["Statement"]) for each in several) > LONG_STATEMENTS


def _one_statement(arns: Arns, payload: Payload) -> Iterator[RequiredPermission]:
    yield _statement(arns, payload)


def _statements(member: str, operation: str | None = None) -> Permissions:
    def asks(arns: Arns, payload: Payload) -> Iterator[RequiredPermission]:
        for request in payload[member]:
            try:
                yield _statement(arns, request, operation)
            except ValidationException:
                # A statement of a batch that says nothing fails alone, and asks for nothing.
                if operation is not None:
                    raise

    return asks


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
"""Operations that ask for one thing, which TableName and IndexName say."""

USES_ITEMS: Final = frozenset(
    f"dynamodb:{action}"
    for action in (
        *(*PLAIN, *_TRANSACT.values(), *_STATEMENTS.values()),
        *("BatchGetItem", "BatchWriteItem", "GetRecords", "SearchVectors"),
        *("EnableKinesisStreamingDestination", "ExportTableToPointInTime", "StartBulkPutItems"),
    )
)
"""Actions on items, for which a table's key has to be used."""


def uses_items(permission: RequiredPermission) -> bool:
    """Whether a permission is about a table's items, so that its key has to be used.

    A new index has the items' values in its keys, and keys are not sealed: who may not read an
    attribute must not have it written where others can. A new replica has them under another key.
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
"""Operations that read the catalog's version in the snapshot that they work on, so that a decision
by outdated identities does not stand (see database.identities). For all others the identities are
read again before."""
