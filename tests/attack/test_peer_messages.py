"""A user who may replicate one table can neither change another one nor write invalid data."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.auth.signing import SigningCredentials
from jedlik.kernel.remote.client import RemoteClient, RemoteError
from jedlik.services.dynamodb.replication.log import LOG_SHARDS
from jedlik.services.dynamodb.replication.peers.link import SERVICE
from tests.api.accounts import Account, allow, document
from tests.functions import create_table
from tests.servers import REGION, RunningServer

MINE = "attackers-replica"
GROUP = "attackers-group"
OTHER = {"region": "eu-west-1", "status": "ACTIVE", "since": 1.0}


def request(table: str) -> dict[str, Any]:
    return {
        "TableName": table,
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    }


JOIN = {
    "do": "join", "table": MINE, "group": GROUP, "consistency": "EVENTUAL", "members": [OTHER],
    "witnesses": [], "request": request(MINE),
}  # fmt: skip
APPLY = {"do": "apply", "table": MINE, "group": GROUP}
MEMBER = {"do": "member", "table": MINE, "group": GROUP, "region": "eu-west-1"}
KEY = {**MEMBER, "do": "key"}

GRANT = document(
    {
        **allow("dynamodb:*", on=f"arn:aws:dynamodb:{REGION}:000000000000:table/{MINE}"),
        "Principal": {"AWS": "arn:aws:iam::000000000000:user/replicator"},
    }
)
"""A resource policy, which its senders may not put."""
NONSENSE = ("ValidationException", "SerializationException")


class Attacker:
    """A user who may replicate settings and items to one table."""

    def __init__(self, account: Account) -> None:
        arn = f"arn:aws:dynamodb:{REGION}:*:table/{MINE}"
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


def test_messages_are_about_their_table(account: Account, attacker: Attacker) -> None:
    victim, _ = create_table(account.admin)
    assert attacker.control({**JOIN, "table": victim}) == "AccessDeniedException"
    assert attacker.control({**JOIN, "request": request("another")}) == "ValidationException"
    for nonsense in (
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
        {"request": {**request(MINE), "ResourcePolicy": GRANT}},
        {"request": {**request(MINE), "DeletionProtectionEnabled": True}},
    ):
        assert attacker.control({**JOIN, **nonsense}) in NONSENSE, nonsense
    assert MINE not in account.admin.list_tables()["TableNames"]
    assert attacker.control(JOIN) is None

    protect = {"TableName": victim, "DeletionProtectionEnabled": True}
    expire = {"TimeToLiveSpecification": {"Enabled": True, "AttributeName": "at"}}
    for operation, payload in (
        ("UpdateTable", protect),
        ("UpdateTimeToLive", {"TableName": victim, **expire}),
        ("DeleteTable", {"TableName": MINE}),
        ("PutItem", {"TableName": MINE, "Item": {"pk": {"S": "1"}}}),
        (["UpdateTable"], protect),
    ):
        message = {**APPLY, "operation": operation, "payload": payload}
        assert attacker.control(message) == "ValidationException", operation
    assert not account.admin.describe_table(TableName=victim)["Table"]["DeletionProtectionEnabled"]

    for told in (
        {**OTHER, "region": 5}, {**OTHER, "more": 1}, {**OTHER, "fill": 2}, 7, [],
        {**OTHER, "settings": {"OnDemandThroughputOverride": {"MaxReadRequestUnits": "all"}}},
    ):  # fmt: skip
        assert attacker.control({**MEMBER, "member": told}) in NONSENSE, told
    (replica,) = account.admin.describe_table(TableName=MINE)["Table"]["Replicas"]
    assert (replica["RegionName"], replica["ReplicaStatus"]) == ("eu-west-1", "ACTIVE")

    filled = {"do": "filled", "table": MINE, "group": GROUP}
    assert attacker.control({**filled, "time_to_live": 7}) == "SerializationException"
    assert attacker.control({**filled, "time_to_live": None}) is None
    payload = {"TableName": MINE, **expire}
    message = {**APPLY, "operation": "UpdateTimeToLive", "payload": payload}
    assert attacker.control(message) is None
    described = account.admin.describe_time_to_live(TableName=MINE)["TimeToLiveDescription"]
    assert described["AttributeName"] == "at"


def test_a_region_tells_its_own_key_alone(account: Account, attacker: Attacker) -> None:
    for told in ({"arn": 7}, {"arn": ""}, {"arn": None, "region": 5}, {}):
        assert attacker.control({**KEY, **told}) in NONSENSE, told
    arn = f"arn:aws:kms:eu-west-1:000000000000:key/{GROUP}"
    assert attacker.control({**KEY, "arn": arn}) is None
    (replica,) = account.admin.describe_table(TableName=MINE)["Table"]["Replicas"]
    assert replica["KMSMasterKeyId"] == arn, "of its own region, and used for nothing"


def test_keys_are_neither_used_nor_told(account: Account, attacker: Attacker) -> None:
    keys = account.server.client("kms")
    arn = keys.create_key()["KeyMetadata"]["Arn"]
    keys.create_alias(AliasName="alias/not-the-attackers", TargetKeyId=arn)
    describe = {"do": "describe", "table": MINE, "key": "alias/not-the-attackers"}
    assert attacker.control(describe) == "AccessDeniedException"
    under = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": arn}
    sealed = {**request(MINE), "SSESpecification": under}
    assert attacker.control({**JOIN, "request": sealed}) == "AccessDeniedException"
    assert attacker.control({"do": "describe", "table": MINE}) is None


def test_what_each_region_has_for_itself_is_not_changed(
    account: Account, attacker: Attacker
) -> None:
    # In this server's name, with its credentials, it would make a replica elsewhere.
    for own in (
        {"ReplicaUpdates": [{"Create": {"RegionName": "us-west-2"}}]},
        {"DeletionProtectionEnabled": True},
    ):
        payload = {"TableName": MINE, **own}
        message = {**APPLY, "operation": "UpdateTable", "payload": payload}
        assert attacker.control(message) == "ValidationException", own
    found = account.admin.describe_table(TableName=MINE)["Table"]
    assert not found["DeletionProtectionEnabled"]
    assert [each["RegionName"] for each in found["Replicas"]] == ["eu-west-1"]


def test_names_of_logs_are_short(account: Account, attacker: Attacker) -> None:
    nothing = [0] * LOG_SHARDS
    greeting = {
        "region": "eu-west-1", "table": MINE, "log": ["x" * 1_000_000, 1], "begin": nothing,
        "last": nothing, "clock": 1,
    }  # fmt: skip
    assert attacker.greet(greeting) == "ValidationException"
    assert attacker.greet({**greeting, "log": ["x" * 36, 1]}) is None
