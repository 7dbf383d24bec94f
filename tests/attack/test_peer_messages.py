"""A user who may replicate one table can neither change another one nor write invalid data."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from jedlik.auth.signing import SigningCredentials
from jedlik.kernel.remote.client import RemoteClient, RemoteError
from jedlik.services.dynamodb.recording.replication_log import LOG_SHARDS
from jedlik.services.dynamodb.replication.peers.link import SERVICE
from tests.api.accounts import Account, allow, document
from tests.functions import create_table
from tests.servers import REGION, RunningServer

GROUP = "attackers-group"
OTHER = {"region": "eu-west-1", "status": "ACTIVE", "since": 1.0}
EXPIRE = {"TimeToLiveSpecification": {"Enabled": True, "AttributeName": "at"}}
NONSENSE = ("ValidationException", "SerializationException")


def request(table: str) -> dict[str, Any]:
    return {
        "TableName": table,
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    }


def about(table: str, do: str, **more: Any) -> dict[str, Any]:
    """A message about a table."""
    return {"do": do, "table": table, "group": GROUP, **more}


def join(table: str, **other: Any) -> dict[str, Any]:
    """A message that makes a replica of a table of that name."""
    usual = {
        "consistency": "EVENTUAL", "members": [OTHER], "witnesses": [], "request": request(table),
    }  # fmt: skip
    return about(table, "join", **{**usual, **other})


def grant(table: str) -> str:
    """A resource policy, which its senders may not put."""
    return document(
        {
            **allow("dynamodb:*", on=f"arn:aws:dynamodb:{REGION}:000000000000:table/{table}"),
            "Principal": {"AWS": "arn:aws:iam::000000000000:user/replicator"},
        }
    )


class Attacker:
    """A user who may replicate settings and items to tables of their own."""

    def __init__(self, account: Account) -> None:
        arn = f"arn:aws:dynamodb:{REGION}:*:table/attackers-*"
        actions = ("dynamodb:ReplicateSettings", "dynamodb:WriteDataForReplication")
        keys = account.user("replicator", allow(*actions, on=arn))
        signing = SigningCredentials(keys["aws_access_key_id"], keys["aws_secret_access_key"])
        url = f"http://127.0.0.1:{account.server.port}"
        self._client = RemoteClient(SERVICE, url, REGION, signing, None, 5)

    def control(self, message: dict[str, Any]) -> str | None:
        """The name of the error with which a message is refused."""
        return self._error("1.Control", message)

    def greet(self, message: dict[str, Any]) -> str | None:
        """The same for a greeting."""
        return self._error("1.Greet", message)

    def _error(self, target: str, message: dict[str, Any]) -> str | None:
        try:
            self._client.call(target, message)
        except RemoteError as error:
            return error.name
        finally:
            self._client.close()
        return None


@pytest.fixture(scope="module")
def account(closed_server: RunningServer) -> Account:
    return Account(closed_server)


@pytest.fixture(scope="module")
def attacker(account: Account) -> Attacker:
    return Attacker(account)


@pytest.fixture
def mine() -> str:
    """A name for a table of the attacker's."""
    return f"attackers-{uuid4()}"


@pytest.fixture
def replica(attacker: Attacker, mine: str) -> str:
    """A replica of the attacker's."""
    assert attacker.control(join(mine)) is None
    return mine


def test_messages_are_about_their_table(account: Account, attacker: Attacker, mine: str) -> None:
    victim, _ = create_table(account.admin)
    assert attacker.control(join(victim)) == "AccessDeniedException"
    assert attacker.control(join(mine, request=request("another"))) == "ValidationException"
    assert mine not in account.admin.list_tables()["TableNames"]


@pytest.mark.parametrize(
    "nonsense",
    [
        {"members": [{**OTHER, "status": 7}]},
        {"members": [{**OTHER, "settings": []}]},
        {"members": [{**OTHER, "settings": {"Else": 1}}]},
        {"members": [{**OTHER, "settings": {"KMSMasterKeyId": 7}}]},
        {"members": [{**OTHER, "settings": {"KMSMasterKeyId": None}}]},
        {"members": [{**OTHER, "settings": {"TableClassOverride": "GOLDEN"}}]},
        {"members": [{**OTHER, "settings": {"ProvisionedThroughputOverride": [1]}}]},
        {"members": [{**OTHER, "settings": {"GlobalSecondaryIndexes": [{"IndexName": 1}]}}]},
        {"members": []},
        {"members": [{**OTHER, "region": REGION}]},
        {"members": [{**OTHER, "region": {}}]},
        {"witnesses": [{}]},
        {"consistency": "SOMETIMES"},
        {"group": 7},
    ],
)
def test_replicas_that_are_none(
    account: Account, attacker: Attacker, mine: str, nonsense: dict[str, Any]
) -> None:
    assert attacker.control({**join(mine), **nonsense}) in NONSENSE
    assert mine not in account.admin.list_tables()["TableNames"]


def test_what_a_replica_is_not_made_with(account: Account, attacker: Attacker, mine: str) -> None:
    for more in ({"ResourcePolicy": grant(mine)}, {"DeletionProtectionEnabled": True}):
        assert attacker.control(join(mine, request={**request(mine), **more})) in NONSENSE, more
    assert mine not in account.admin.list_tables()["TableNames"]


def test_operations_on_other_tables_and_on_items(
    account: Account, attacker: Attacker, replica: str
) -> None:
    victim, _ = create_table(account.admin)
    protect = {"TableName": victim, "DeletionProtectionEnabled": True}
    for operation, payload in (
        ("UpdateTable", protect),
        ("UpdateTimeToLive", {"TableName": victim, **EXPIRE}),
        ("DeleteTable", {"TableName": replica}),
        ("PutItem", {"TableName": replica, "Item": {"pk": {"S": "1"}}}),
        (["UpdateTable"], protect),
    ):
        message = about(replica, "apply", operation=operation, payload=payload)
        assert attacker.control(message) == "ValidationException", operation
    assert not account.admin.describe_table(TableName=victim)["Table"]["DeletionProtectionEnabled"]


def test_settings_of_its_own_table(account: Account, attacker: Attacker, replica: str) -> None:
    filled = about(replica, "filled")
    assert attacker.control({**filled, "time_to_live": 7}) == "SerializationException"
    assert attacker.control({**filled, "time_to_live": None}) is None
    payload = {"TableName": replica, **EXPIRE}
    message = about(replica, "apply", operation="UpdateTimeToLive", payload=payload)
    assert attacker.control(message) is None
    described = account.admin.describe_time_to_live(TableName=replica)["TimeToLiveDescription"]
    assert described["AttributeName"] == "at"


def test_members_that_are_none(account: Account, attacker: Attacker, replica: str) -> None:
    for told in (
        {**OTHER, "region": 5}, {**OTHER, "more": 1}, {**OTHER, "fill": 2}, 7, [],
        {**OTHER, "settings": {"OnDemandThroughputOverride": {"MaxReadRequestUnits": "all"}}},
    ):  # fmt: skip
        message = about(replica, "member", region="eu-west-1", member=told)
        assert attacker.control(message) in NONSENSE, told
    (described,) = account.admin.describe_table(TableName=replica)["Table"]["Replicas"]
    assert described["RegionName"] == "eu-west-1"
    assert "OnDemandThroughputOverride" not in described


def test_a_region_tells_its_own_key_alone(
    account: Account, attacker: Attacker, replica: str
) -> None:
    key = about(replica, "key", region="eu-west-1")
    for told in ({"arn": 7}, {"arn": ""}, {"arn": None, "region": 5}, {}):
        assert attacker.control({**key, **told}) in NONSENSE, told
    arn = f"arn:aws:kms:eu-west-1:000000000000:key/{GROUP}"
    assert attacker.control({**key, "arn": arn}) is None
    (described,) = account.admin.describe_table(TableName=replica)["Table"]["Replicas"]
    assert described["KMSMasterKeyId"] == arn, "of its own region, and used for nothing"


def test_keys_are_neither_used_nor_told(account: Account, attacker: Attacker, mine: str) -> None:
    keys = account.server.client("kms")
    arn = keys.create_key()["KeyMetadata"]["Arn"]
    alias = f"alias/not-the-{mine}"
    keys.create_alias(AliasName=alias, TargetKeyId=arn)
    describe = {"do": "describe", "table": mine, "key": alias}
    assert attacker.control(describe) == "AccessDeniedException"
    under = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": arn}
    sealed = {**request(mine), "SSESpecification": under}
    assert attacker.control(join(mine, request=sealed)) == "AccessDeniedException"
    assert attacker.control({"do": "describe", "table": mine}) is None


def test_what_each_region_has_for_itself_is_not_changed(
    account: Account, attacker: Attacker, replica: str
) -> None:
    # In this server's name, with its credentials, it would make a replica elsewhere.
    for own in (
        {"ReplicaUpdates": [{"Create": {"RegionName": "us-west-2"}}]},
        {"DeletionProtectionEnabled": True},
    ):
        payload = {"TableName": replica, **own}
        message = about(replica, "apply", operation="UpdateTable", payload=payload)
        assert attacker.control(message) == "ValidationException", own
    found = account.admin.describe_table(TableName=replica)["Table"]
    assert not found["DeletionProtectionEnabled"]
    assert [each["RegionName"] for each in found["Replicas"]] == ["eu-west-1"]


def test_names_of_logs_are_short(account: Account, attacker: Attacker, replica: str) -> None:
    nothing = [0] * LOG_SHARDS
    greeting = {
        "region": "eu-west-1", "table": replica, "log": ["x" * 1_000_000, 1], "begin": nothing,
        "last": nothing, "clock": 1,
    }  # fmt: skip
    assert attacker.greet(greeting) == "ValidationException"
    assert attacker.greet({**greeting, "log": ["x" * 36, 1]}) is None
