"""Key rings that another process changed while this one was at work."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest

from jedlik.base.errors import AccessDeniedException
from jedlik.crypto.root_key import RootKey
from jedlik.kernel.keyspaces import IDENTITIES, KEYS
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.encryption.root_sealing import seal_store
from jedlik.services.dynamodb.sealing.key_failures import KeyDisabled
from jedlik.services.iam.administrators import make_administrator
from tests.keeper import Keeper, arn

ROOT = RootKey(bytes(range(32)))


@pytest.fixture
def keeper() -> Iterator[Keeper]:
    plane = Keeper()
    yield plane
    plane.close()


def other_process(keeper: Keeper) -> Database:
    """The database of a process that knows the store as it is now. The keeper has another."""
    here = keeper.database
    keeper.run(here.rings())
    keeper.restart()
    return here


def new_key(keeper: Keeper) -> None:
    keeper.new_key()


def new_identity(keeper: Keeper) -> None:
    keeper.run(make_administrator(keeper.database, "ada"))


@pytest.mark.parametrize("make", [new_key, new_identity])
def test_a_secret_is_not_left_plain_by_who_does_not_know_that_they_are_sealed(
    keeper: Keeper, make: Callable[[Keeper], None]
) -> None:
    without = other_process(keeper)
    keeper.root_key = ROOT
    keeper.restart()
    keeper.run(seal_store(keeper.database))
    keeper.re_encrypt()
    keeper.database = without
    with pytest.raises(AccessDeniedException, match="without the root key"):
        make(keeper)
    assert keeper.rows(KEYS, IDENTITIES) == []


def test_a_secret_is_sealed_with_the_newest_ring(keeper: Keeper) -> None:
    keeper.create(keeper.new_key())
    keeper.root_key = ROOT
    keeper.restart()
    with_old_rings = other_process(keeper)
    keeper.run(seal_store(keeper.database))
    keeper.re_encrypt()
    keeper.database = with_old_rings
    key = keeper.new_key()
    assert all(key.encode() not in value for _, value in keeper.rows(KEYS))
    keeper.restart()
    assert keeper.key_service("DescribeKey", KeyId=key)["KeyMetadata"]["Enabled"]


def test_a_table_that_another_process_has_encrypted_is_backed_up_and_described(
    keeper: Keeper,
) -> None:
    without = other_process(keeper)
    key = keeper.new_key()
    keeper.create(key)
    keeper.database = without
    backed_up = keeper.call("CreateBackup", TableName="music", BackupName="nightly")
    described = keeper.call("DescribeBackup", BackupArn=backed_up["BackupDetails"]["BackupArn"])
    sealed = described["BackupDescription"]["SourceTableFeatureDetails"]["SSEDescription"]
    assert sealed["KMSMasterKeyArn"] == arn(key)
    updated = keeper.call("UpdateTable", TableName="music", DeletionProtectionEnabled=True)
    assert updated["TableDescription"]["SSEDescription"]["KMSMasterKeyArn"] == arn(key)


def test_a_table_is_backed_up_if_its_key_may_be_used_now(keeper: Keeper) -> None:
    key = keeper.new_key()
    keeper.create(key)
    here = other_process(keeper)
    there = keeper.database
    refusal = pytest.raises(KeyDisabled)
    for change, answer in (("DisableKey", refusal), ("EnableKey", contextlib.nullcontext())):
        keeper.database = there
        keeper.key_service(change, KeyId=key)
        keeper.database = here
        with answer:
            keeper.call("CreateBackup", TableName="music", BackupName="nightly")
