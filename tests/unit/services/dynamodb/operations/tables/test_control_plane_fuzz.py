"""Whatever valid shapes say, the operations on tables answer or refuse, and all stays described."""

from __future__ import annotations

import contextlib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from jedlik.base.errors import ServiceError
from jedlik.services.dynamodb.background.maintenance import Maintenance
from jedlik.services.dynamodb.inputs import checker_for
from tests.control_plane import ControlPlane
from tests.properties import examples

names = st.sampled_from(["pk", "sk", "a", "b"])
table_names = st.sampled_from(["music", "other"])
index_names = st.sampled_from(["gsi", "two", "lsi"])


def some(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=members)


amounts = st.sampled_from([-1, 0, 1, 5, 6, 12000, 40000, 40001, 2**63 - 1])
throughput = some(ReadCapacityUnits=amounts, WriteCapacityUnits=amounts)
maxima = some(MaxReadRequestUnits=amounts, MaxWriteRequestUnits=amounts)
warm = some(ReadUnitsPerSecond=amounts, WriteUnitsPerSecond=amounts)
key_types = st.sampled_from(["HASH", "RANGE"])
key_schemas = st.lists(
    st.fixed_dictionaries({"AttributeName": names, "KeyType": key_types}), max_size=4
) | st.just([{"AttributeName": "pk", "KeyType": "HASH"}])
kinds = st.sampled_from(["S", "N", "B"])
definitions = st.lists(
    st.fixed_dictionaries({"AttributeName": names, "AttributeType": kinds}), max_size=4
) | st.just([{"AttributeName": "pk", "AttributeType": "S"}])
projections = some(
    ProjectionType=st.sampled_from(["ALL", "KEYS_ONLY", "INCLUDE"]),
    NonKeyAttributes=st.lists(names, max_size=3),
)
settings_of_index = {
    "ProvisionedThroughput": throughput,
    "OnDemandThroughput": maxima,
    "WarmThroughput": warm,
}
indexes = some(
    IndexName=index_names, KeySchema=key_schemas, Projection=projections, **settings_of_index
)
modes = st.sampled_from(["PROVISIONED", "PAY_PER_REQUEST"])
streams = some(StreamEnabled=st.booleans(), StreamViewType=st.just("NEW_IMAGE"))
encryption = some(Enabled=st.booleans(), SSEType=st.sampled_from(["AES256", "KMS"]))
tags = st.lists(some(Key=st.text(max_size=3), Value=st.text(max_size=3)), max_size=3)
shared = {
    "TableName": table_names,
    "AttributeDefinitions": definitions,
    "BillingMode": modes,
    "StreamSpecification": streams,
    "SSESpecification": encryption,
    "TableClass": st.sampled_from(["STANDARD", "STANDARD_INFREQUENT_ACCESS"]),
    "DeletionProtectionEnabled": st.booleans(),
    **settings_of_index,
}
creations = some(
    **shared,
    KeySchema=key_schemas,
    LocalSecondaryIndexes=st.lists(indexes, max_size=2),
    GlobalSecondaryIndexes=st.lists(indexes, max_size=2),
    Tags=tags,
)
updates = some(
    **shared,
    GlobalSecondaryIndexUpdates=st.lists(
        some(Create=indexes, Update=indexes, Delete=some(IndexName=index_names)), max_size=2
    ),
)
arns = table_names.map("arn:aws:dynamodb:us-east-1:000000000000:table/{}".format) | st.text(
    max_size=9
)
requests = st.one_of(
    st.tuples(st.just("CreateTable"), creations),
    st.tuples(st.just("UpdateTable"), updates),
    st.tuples(st.just("DeleteTable"), some(TableName=table_names)),
    st.tuples(st.just("TagResource"), some(ResourceArn=arns, Tags=tags)),
    st.tuples(st.just("ListTagsOfResource"), some(ResourceArn=arns)),
)
steps = st.lists(requests | st.sampled_from([("work", {}), ("wait", {})]), max_size=12)
GOOD = ("CreateTable", {
    "TableName": "music",
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
})  # fmt: skip


@examples(60)
@given(steps, st.sampled_from([0.0, 1.0]))
def test_answers_or_refuses(steps: list[tuple[str, dict[str, Any]]], seconds: float) -> None:
    plane = ControlPlane(seconds)
    worker = Maintenance(plane.database)
    try:
        for operation, payload in (GOOD, ("wait", {}), *steps):
            if operation == "work":
                plane.run(worker.run_once())
            elif operation == "wait":
                plane.clock.advance(1)
            else:
                attempt(plane, operation, payload)
            for name in plane.call("ListTables")["TableNames"]:
                described = plane.table(name)
                assert described["TableStatus"] in {"CREATING", "ACTIVE", "UPDATING", "DELETING"}
    finally:
        plane.close()


def attempt(plane: ControlPlane, operation: str, payload: dict[str, Any]) -> None:
    with contextlib.suppress(ServiceError):
        plane.call(operation, **checker_for(operation)(payload))
