"""What messages about replicas hold: read, or refused."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.base.errors import ServiceError
from jedlik.services.dynamodb.operations.global_tables.control_messages import (
    consistency_in,
    key_in,
    names_in,
    reads_in,
    replica_in,
    request_in,
    scaling_in,
    text_in,
    witness_in,
)
from jedlik.services.dynamodb.tables.replicas import ACTIVE, EVENTUAL, Replica

US, EU = "us-east-1", "eu-west-1"
REPLICA: dict[str, Any] = {"region": EU, "status": ACTIVE, "since": 1.5, "made_at": None}
REFUSALS = (ValueError, TypeError, KeyError, ServiceError)


def test_what_is_told_is_read() -> None:
    assert text_in({"a": "b"}, "a") == "b"
    assert consistency_in({"consistency": EVENTUAL}) == EVENTUAL
    assert names_in({"own_reads": ["", "gsi"]}, "own_reads") == ["", "gsi"]
    assert names_in({}, "own_reads") == []  # of an older server
    assert reads_in({"reads": {"": 5, "gsi": 1}}, "reads") == {"": 5, "gsi": 1}
    settings = {"ProvisionedThroughputOverride": {"ReadCapacityUnits": 5}}
    told = replica_in({**REPLICA, "settings": settings}, US)
    assert told == Replica(EU, ACTIVE, 1.5, settings=settings)
    witness = {"RegionName": EU, "WitnessStatus": ACTIVE}
    assert witness_in(witness) == witness
    limited = {"TableName": "music", "ProvisionedThroughput": None}
    message = {"table": "music", "payload": limited}
    assert request_in(message, "UpdateTable", "payload")["TableName"] == "music"


@pytest.mark.parametrize(
    "message", [{}, {"name": ""}, {"name": 3}, {"name": None}, {"name": ["a"]}]
)
def test_a_text_is_one(message: dict[str, Any]) -> None:
    with pytest.raises(REFUSALS):
        text_in(message, "name")
    with pytest.raises(REFUSALS):
        consistency_in({"consistency": message.get("name", "SOMETIMES")})


@pytest.mark.parametrize("names", ["gsi", {"gsi": 1}, [1], [None], None])
def test_names_are_texts(names: Any) -> None:
    with pytest.raises(REFUSALS):
        names_in({"own_reads": names}, "own_reads")


@pytest.mark.parametrize("reads", [None, [], {"": 0}, {"": -1}, {"": True}, {"": 1.5}, {"": 2**53}])
def test_read_capacity_is_a_number_of_units(reads: Any) -> None:
    with pytest.raises(REFUSALS):
        reads_in({"reads": reads}, "reads")


@pytest.mark.parametrize("arn", [7, "", [], {}])
def test_a_key_is_named_by_a_text(arn: Any) -> None:
    with pytest.raises(REFUSALS):
        key_in({"region": EU, "arn": arn})


def test_a_key_may_be_hidden() -> None:
    assert key_in({"region": EU, "arn": None}) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"region": US},
        {"region": "nowhere\0"},
        {"status": "SLEEPING"},
        {"since": "now"},
        {"since": float("nan")},
        {"made_at": True},
        {"fill": 1},
        {"unknown": 1},
        {"settings": []},
        {"settings": {"Tags": []}},
        {"settings": {"KMSMasterKeyId": None}},
        {"settings": {"ProvisionedThroughputOverride": {"ReadCapacityUnits": 0}}},
    ],
)
def test_a_replica_is_one_in_another_region(wrong: dict[str, Any]) -> None:
    with pytest.raises(REFUSALS):
        replica_in({**REPLICA, **wrong}, US)


@pytest.mark.parametrize("wrong", [{"RegionName": "x y"}, {"WitnessStatus": "AWAY"}])
def test_a_witness_has_a_region_and_a_status(wrong: dict[str, Any]) -> None:
    with pytest.raises(REFUSALS):
        witness_in({"RegionName": EU, "WitnessStatus": ACTIVE, **wrong})


@pytest.mark.parametrize("payload", [None, [], {}, {"TableName": "other"}, {"TableName": 3}])
def test_a_request_is_about_the_table_of_its_message(payload: Any) -> None:
    with pytest.raises(REFUSALS):
        request_in({"table": "music", "payload": payload}, "UpdateTable", "payload")


@pytest.mark.parametrize(
    ("operation", "member"),
    [
        ("CreateTable", {"ResourcePolicy": "{}"}),
        ("CreateTable", {"Tags": [{"Key": "team", "Value": "a"}]}),
        ("CreateTable", {"DeletionProtectionEnabled": True}),
        ("UpdateTable", {"DeletionProtectionEnabled": False}),
        ("UpdateTable", {"ReplicaUpdates": [{"Create": {"RegionName": EU}}]}),
        ("UpdateTable", {"GlobalTableSettingsReplicationMode": "DISABLED"}),
    ],
)
def test_requests_have_no_members_that_replicas_do_not_share(
    operation: str, member: dict[str, Any]
) -> None:
    created = {
        "TableName": "music",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    changed = {"TableName": "music", "BillingMode": "PAY_PER_REQUEST"}
    given = created if operation == "CreateTable" else changed
    assert request_in({"table": "music", "request": given}, operation, "request") == given
    with pytest.raises(ServiceError, match=f"do not share {next(iter(member))}"):
        request_in({"table": "music", "request": {**given, **member}}, operation, "request")


def test_changes_of_scaling_have_the_form_of_requests() -> None:
    update = {"MinimumUnits": 1, "MaximumUnits": 10}
    change = {"index": None, "direction": "Write", "update": update}
    assert scaling_in({"table": "music", "changes": [change]}) == [change]
    configuration = {"TargetValue": 50.0, "DisableScaleIn": "maybe"}
    for wrong in (
        {"index": 5},
        {"direction": "Sideways"},
        {"update": {"MinimumUnits": "one"}},
        {"update": {"ScalingPolicyUpdate": {
            "TargetTrackingScalingPolicyConfiguration": configuration}}},
        {"update": None},
    ):  # fmt: skip
        with pytest.raises(REFUSALS):
            scaling_in({"table": "music", "changes": [{**change, **wrong}]})
