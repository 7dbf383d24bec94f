"""Who may add and remove replicas: the permissions needed in the replica's own region."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.accounts import TABLE_ARN, Account, allow, denied, refusal
from tests.api.global_tables import EU, US
from tests.api.tables_under_keys import THROUGH, is_denied, put_under
from tests.servers import ACCESS_KEY, SECRET_KEY, RunningServer
from tests.waiting import wait_until

HERE = f"{TABLE_ARN}/cart"
THERE = HERE.replace(US, EU)
TO_ADD = (
    "CreateTable", "CreateTableReplica", "Scan", "Query", "UpdateItem", "PutItem", "GetItem",
    "DeleteItem", "BatchWriteItem",
)  # fmt: skip
TO_REMOVE = ("DeleteTable", "DeleteTableReplica")


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """A server with two regions that requires signatures, with a table in one of them."""
    server = RunningServer(
        tmp_path_factory.mktemp("replica-access"),
        *("--memory", "--regions", f"{US},{EU}"),
        *("--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY),
    )
    account = Account(server)
    account.table("cart", None)
    yield account
    server.kill()


def change(kind: str) -> dict[str, Any]:
    return {"TableName": "cart", "ReplicaUpdates": [{kind: {"RegionName": EU}}]}


def replicas(account: Account) -> list[str]:
    found = account.admin.describe_table(TableName="cart")["Table"].get("Replicas", ())
    return [each["ReplicaStatus"] for each in found]


def all_but(actions: tuple[str, ...], left_out: str) -> list[dict[str, Any]]:
    """Statements that allow the change here, and all of `actions` but one there."""
    others = [f"dynamodb:{action}" for action in actions if action != left_out]
    return [allow("dynamodb:UpdateTable", on=HERE), allow(*others, on=THERE)]


def is_asked_for_all(account: Account, kind: str, actions: tuple[str, ...]) -> None:
    """Check that the change is refused for each missing action, and then made."""
    name = f"may-{kind}"
    client = account.client(account.user(name))
    assert refusal(client.update_table, **change(kind)) == denied(name, "UpdateTable", HERE)
    before = replicas(account)
    for action in actions:
        account.allow(name, *all_but(actions, action))
        assert refusal(client.update_table, **change(kind)) == denied(name, action, THERE)
    assert replicas(account) == before
    everything = [f"dynamodb:{action}" for action in actions]
    account.allow(
        name, allow("dynamodb:UpdateTable", on=HERE), allow(*everything, on=THERE.replace(EU, US))
    )
    assert refusal(client.update_table, **change(kind)) == denied(name, actions[0], THERE)
    account.allow(name, allow("dynamodb:UpdateTable", on=HERE), allow(*everything, on=THERE))
    client.update_table(**change(kind))


def test_every_action_that_a_replica_takes_is_asked_for(closed: Account) -> None:
    is_asked_for_all(closed, "Create", TO_ADD)
    wait_until(lambda: replicas(closed) == ["ACTIVE"])
    is_asked_for_all(closed, "Delete", TO_REMOVE)
    wait_until(lambda: replicas(closed) == [])


def test_a_denial_there_counts_more_than_what_is_allowed_everywhere(closed: Account) -> None:
    denial = {"Effect": "Deny", "Action": "dynamodb:CreateTableReplica", "Resource": THERE}
    client = closed.client(closed.user("held", allow("dynamodb:*"), denial))
    reason = "with an explicit deny in an identity-based policy"
    assert refusal(client.update_table, **change("Create")) == denied(
        "held", "CreateTableReplica", THERE, reason
    )
    assert replicas(closed) == []
    client.update_table(TableName="cart", DeletionProtectionEnabled=False)


def test_a_region_that_is_denied_gets_no_replica(closed: Account) -> None:
    """Permissions there are decided for a request to that region."""
    elsewhere = {"StringNotEquals": {"aws:RequestedRegion": US}}
    denial = {**allow("dynamodb:*", Condition=elsewhere), "Effect": "Deny"}
    client = closed.client(closed.user("resident", allow("dynamodb:*"), denial))
    reason = "with an explicit deny in an identity-based policy"
    assert refusal(client.update_table, **change("Create")) == denied(
        "resident", "CreateTable", THERE, reason
    )
    assert replicas(closed) == []
    client.update_table(TableName="cart", DeletionProtectionEnabled=False)


def test_replicas_that_other_operations_name(closed: Account) -> None:
    """Their members have the names of UpdateTable's members, but other shapes."""
    code, _ = refusal(
        closed.admin.update_table_replica_auto_scaling,
        TableName="cart",
        ReplicaUpdates=[{"RegionName": EU}],
    )
    assert code == "ResourceNotFoundException", "it is no global table"
    code, _ = refusal(
        closed.admin.update_global_table,
        GlobalTableName="cart",
        ReplicaUpdates=[{"Delete": {"RegionName": EU}}],
    )
    assert code == "GlobalTableNotFoundException"


def test_a_replica_takes_no_items_out_from_under_a_key(closed: Account) -> None:
    """The replica may be under its own key, but a caller who may not use the table's key gets no
    copy of the table."""
    here = closed.server.client("kms").create_key()["KeyMetadata"]["Arn"]
    in_eu = closed.server.client_in(EU, "kms")
    keys = closed.user("copier", allow("dynamodb:*"))
    client = closed.client(keys)
    there = in_eu.create_key()["KeyMetadata"]["Arn"]
    put_under(closed.admin, "vault", here)
    closed.admin.update_table(
        TableName="vault",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    create = {"RegionName": EU, "KMSMasterKeyId": there}
    added = {"TableName": "vault", "ReplicaUpdates": [{"Create": create}]}
    assert is_denied(client.update_table, **added)
    closed.allow("copier", allow("dynamodb:*"), allow("kms:*", on=there, **THROUGH))
    assert is_denied(client.update_table, **added), "the table's own"
    closed.allow("copier", allow("dynamodb:*"), allow("kms:*", on=here, **THROUGH))
    assert is_denied(client.update_table, **added), "the replica's"
    closed.allow("copier", allow("dynamodb:*"), allow("kms:*", on=[here, there], **THROUGH))
    client.update_table(**added)


def test_keys_of_replicas_are_changed_by_those_who_may_use_them(closed: Account) -> None:
    """The present ones as well as the new ones, in every region."""
    kms, in_eu = closed.server.client("kms"), closed.server.client_in(EU, "kms")
    old, new, there = (keys.create_key()["KeyMetadata"]["Arn"] for keys in (kms, kms, in_eu))
    credentials = closed.user("locksmith", allow("dynamodb:*"))
    client = closed.client(credentials)
    put_under(closed.admin, "safe", old)
    changed = {
        "TableName": "safe",
        "ReplicaUpdates": [
            {"Update": {"RegionName": region, "KMSMasterKeyId": key}}
            for region, key in ((US, new), (EU, there))
        ],
    }
    for known in ([old, new], [old, there], [new, there]):
        closed.allow("locksmith", allow("dynamodb:*"), allow("kms:*", on=known, **THROUGH))
        assert is_denied(client.update_table, **changed), known
    closed.allow("locksmith", allow("dynamodb:*"), allow("kms:*", on=[old, new, there], **THROUGH))
    code, _ = refusal(client.update_table, **changed)
    assert code == "ValidationException", "it has no replicas"
