"""Which keys a request needs permissions on, and that they are then named by their ids."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from jedlik.auth.identity import Identity
from jedlik.base.errors import AccessDeniedException
from jedlik.base.turns import Turns
from jedlik.gateway.exchange import Request
from jedlik.services.dynamodb.api.authorizer import TableAuthorizer
from jedlik.services.dynamodb.api.named_keys import NamedKeys
from jedlik.services.dynamodb.api.table_key_permissions import TableKeys
from jedlik.services.iam.authorization.requests import Sender
from jedlik.services.kms.aws_managed_keys import ALIAS
from tests.control_plane import ControlPlane, on_demand

ROOT = Identity("AKIAROOT", "000000000000", "us-east-1", "dynamodb")
MANAGED = {"Enabled": True, "SSEType": "KMS"}
FROM_BACKUP = "RestoreTableFromBackup"
TO_POINT_IN_TIME = "RestoreTableToPointInTime"


class Sealing(ControlPlane):
    """A table under the key that the service manages, and a backup of it."""

    def __init__(self) -> None:
        super().__init__()
        made = self.call("CreateTable", **on_demand("vault", "pk"), SSESpecification=MANAGED)
        self.arn = made["TableDescription"]["SSEDescription"]["KMSMasterKeyArn"]
        self.run(self.database.catalog.refresh())
        self.backup = self.call("CreateBackup", TableName="vault", BackupName="nightly")[
            "BackupDetails"
        ]["BackupArn"]
        self.authorizer = TableAuthorizer(self.database, ROOT.access_key)
        self.keys = TableKeys(self.authorizer, self.database)

    def checked(self, name: str, **payload: Any) -> Any:
        """The request, as the account's root sends it."""
        request = Request(b"POST", b"/", {}, b"", b"", b"")
        named = NamedKeys(self.authorizer, self.database, self.keys)
        self.run(self.database.identities.refresh())
        return self.run(named.checked(Sender(request, ROOT), name, payload))


@pytest.fixture
def sealing() -> Iterator[Sealing]:
    plane = Sealing()
    yield plane
    plane.close()


def test_what_names_no_key_stays_what_it_is(sealing: Sealing) -> None:
    replica = {"RegionName": "eu-west-1"}
    for name, request in (
        ("CreateTable", {"TableName": "new"}),
        ("CreateTable", {"TableName": "new", "SSESpecification": {"Enabled": False}}),
        (FROM_BACKUP, {"TargetTableName": "new", "BackupArn": "no ARN"}),
        (TO_POINT_IN_TIME, {"TargetTableName": "new", "SourceTableArn": "no ARN"}),
        ("UpdateTable", {"TableName": "vault", "ReplicaUpdates": [{"Create": replica}]}),
        ("UpdateTableReplicaAutoScaling", {"TableName": "vault", "ReplicaUpdates": [replica]}),
        ("UpdateGlobalTable", {"GlobalTableName": "vault", "ReplicaUpdates": [{}]}),
    ):
        assert sealing.checked(name, **request) == request


def test_keys_are_pinned(sealing: Sealing) -> None:
    named = {**MANAGED, "KMSMasterKeyId": ALIAS}
    pinned = {**MANAGED, "KMSMasterKeyId": sealing.arn.rpartition("/")[2]}
    made = {"TableName": "new", "SSESpecification": named}
    there = {"TableName": "new", "SSESpecification": pinned}
    assert sealing.checked("CreateTable", **made) == there
    assert sealing.checked("ImportTable", TableCreationParameters=made) == {
        "TableCreationParameters": there
    }


def test_keys_of_replicas_are_pinned(sealing: Sealing) -> None:
    """Except what is another key in each region."""
    key = sealing.arn.rpartition("/")[2]
    for kind, named, pinned in (
        ("Create", ALIAS, key),
        ("Update", ALIAS, ALIAS),
        ("Update", key, key),
        ("Update", sealing.arn, sealing.arn),
    ):
        updates = [{kind: {"RegionName": "us-east-1", "KMSMasterKeyId": named}}]
        checked = sealing.checked("UpdateTable", TableName="vault", ReplicaUpdates=updates)
        (update,) = checked["ReplicaUpdates"]
        assert update[kind]["KMSMasterKeyId"] == pinned


def test_others_have_their_turn_between_replicas(
    sealing: Sealing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Turns, "over", True)
    given: list[None] = []
    give_way = Turns.give_way

    async def count(turns: Turns) -> None:
        given.append(None)
        await give_way(turns)

    monkeypatch.setattr(Turns, "give_way", count)
    updates = [{"Update": {"RegionName": "us-east-1", "KMSMasterKeyId": sealing.arn}}] * 5
    checked = sealing.checked("UpdateTable", TableName="vault", ReplicaUpdates=updates)
    assert checked["ReplicaUpdates"] == updates
    assert len(given) >= 5


def test_replacing_the_key_of_a_replica_needs_its_present_one(
    sealing: Sealing, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_arguments: Any) -> None:
        raise AccessDeniedException("not the present key")

    monkeypatch.setattr(TableKeys, "check_use", refuse)
    updates = [{"Update": {"RegionName": "us-east-1", "KMSMasterKeyId": ALIAS}}]
    with pytest.raises(AccessDeniedException, match="present key"):
        sealing.checked("UpdateTable", TableName="vault", ReplicaUpdates=updates)


@pytest.mark.parametrize("override", [None, {"Enabled": False}, MANAGED])
def test_a_restore_is_asked_for_the_key_of_its_source(
    sealing: Sealing, monkeypatch: pytest.MonkeyPatch, override: Any
) -> None:
    more = {} if override is None else {"SSESpecificationOverride": override}
    table = "arn:aws:dynamodb:us-east-1:000000000000:table/vault"
    sources = (
        (FROM_BACKUP, {"BackupArn": sealing.backup}),
        (TO_POINT_IN_TIME, {"SourceTableName": "vault"}),
        (TO_POINT_IN_TIME, {"SourceTableArn": table}),
    )
    for name, source in sources:
        sealing.checked(name, TargetTableName="new", **source, **more)

    async def refuse(*_arguments: Any) -> None:
        raise AccessDeniedException("not the key of the source")

    monkeypatch.setattr(sealing.keys, "check_use", refuse)
    for name, source in sources:
        with pytest.raises(AccessDeniedException, match="of the source"):
            sealing.checked(name, TargetTableName="new", **source, **more)
