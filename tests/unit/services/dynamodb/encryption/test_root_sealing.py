"""A store whose values are sealed under a root key, above an engine that does not encrypt."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from jedlik.base.errors import AccessDeniedException
from jedlik.crypto.root_key import RootKey
from jedlik.kernel.keyspaces import IDENTITIES, ITEMS, KEY_RINGS, KEYS, RECORDS
from jedlik.services.dynamodb.encryption.root_sealing import (
    NotSealed,
    check_root_key,
    rewrap_rings,
    seal_store,
)
from jedlik.services.dynamodb.verifying.verification import Finding, Summary, Verification
from jedlik.services.iam.administrators import make_administrator
from jedlik.storage.failures import EngineUnusable
from tests.keeper import Keeper, Store

ROOT, OTHER = RootKey(bytes(range(32))), RootKey(bytes(range(1, 33)))
DEFAULT = {"SSESpecification": {"Enabled": False}}


@pytest.fixture
def keeper() -> Iterator[Keeper]:
    plane = Keeper()
    yield plane
    plane.close()


def seal(keeper: Keeper, root: RootKey = ROOT) -> None:
    """Go on as a server with a root key does."""
    keeper.root_key = root
    keeper.restart()
    keeper.run(seal_store(keeper.database))


def check(keeper: Keeper, root: RootKey | None) -> None:
    keeper.root_key = root
    keeper.restart()
    check_root_key(keeper.run(keeper.database.rings()), root)


def secrets_show(keeper: Keeper, *texts: str) -> bool:
    values = [value for _, value in keeper.rows(KEYS, IDENTITIES)]
    return any(text.encode() in value for text in texts for value in values)


def test_new_tables_keys_and_identities_are_sealed(keeper: Keeper) -> None:
    seal(keeper)
    keeper.re_encrypt()
    keeper.create(None, **DEFAULT)
    keeper.fill()
    key = keeper.new_key()
    keeper.create(key, TableName="other")
    access_key, _ = keeper.run(make_administrator(keeper.database, "ada"))
    assert "SSEDescription" not in keeper.table()
    assert keeper.table("other")["SSEDescription"]["KMSMasterKeyArn"].endswith(key)
    assert not keeper.shows()
    assert not secrets_show(keeper, key, "ada", access_key.id)
    keeper.restart()
    keeper.check_readable()
    assert keeper.key_service("DescribeKey", KeyId=key)["KeyMetadata"]["KeyId"] == key
    keeper.run(keeper.database.identities.refresh())
    assert access_key.id in keeper.database.identities.now.access_keys


def test_what_was_there_before_is_sealed_in_the_background(keeper: Keeper) -> None:
    keeper.create(None, **DEFAULT)
    keeper.fill(70)
    key = keeper.new_key()
    keeper.run(make_administrator(keeper.database, "ada"))
    assert keeper.shows()
    assert secrets_show(keeper, key, "ada")
    seal(keeper)
    keeper.check_readable(70)
    keeper.re_encrypt()
    assert not keeper.shows()
    assert not secrets_show(keeper, key, "ada")
    keeper.restart()
    keeper.check_readable(70)
    assert verified(keeper, ROOT)[1] == []


def test_from_the_default_to_a_key_and_back(keeper: Keeper) -> None:
    seal(keeper)
    keeper.create(None, **DEFAULT)
    keeper.fill()
    keeper.change(Enabled=True)
    keeper.re_encrypt()
    keeper.check_readable()
    keeper.change(Enabled=False)
    keeper.re_encrypt()
    assert not keeper.shows()
    assert "SSEDescription" not in keeper.table()
    default = {"TableName": "music", "SSESpecification": {"Enabled": False}}
    assert keeper.invalid("UpdateTable", **default) == "Table is already encrypted by default"
    keeper.check_readable()


def test_a_wrong_root_key_and_none_are_told_apart(keeper: Keeper) -> None:
    check(keeper, None)
    seal(keeper)
    check(keeper, ROOT)
    with pytest.raises(EngineUnusable, match="give its root key"):
        check(keeper, None)
    with pytest.raises(EngineUnusable, match="under another root key"):
        check(keeper, OTHER)
    with pytest.raises(EngineUnusable, match="under another root key"):
        seal(keeper, OTHER)


def test_a_node_without_the_root_key_neither_reads_nor_writes(keeper: Keeper) -> None:
    keeper.create(None, **DEFAULT)
    keeper.fill(1)
    without = keeper.database
    seal(keeper)
    keeper.re_encrypt()
    keeper.database = without
    refused = keeper.refusal("GetItem", TableName="music", Key={"pk": {"S": "x"}, "sk": {"S": "x"}})
    assert type(refused) is AccessDeniedException
    assert "started without the root key" in refused.message
    keeper.refusal("PutItem", TableName="music", Item={"pk": {"S": "x"}, "sk": {"S": "x"}})
    with pytest.raises(AccessDeniedException):
        keeper.new_key()


def test_another_root_key(keeper: Keeper) -> None:
    with pytest.raises(NotSealed):
        keeper.run(rewrap_rings(keeper.database.store, ROOT, OTHER))
    seal(keeper)
    keeper.create(None, **DEFAULT)
    keeper.create(keeper.new_key(), TableName="other")
    keeper.fill()
    with pytest.raises(EngineUnusable, match="under another root key"):
        keeper.run(rewrap_rings(keeper.database.store, OTHER, ROOT))
    keeper.run(rewrap_rings(keeper.database.store, ROOT, OTHER))
    with pytest.raises(EngineUnusable, match="under another root key"):
        check(keeper, ROOT)
    check(keeper, OTHER)
    keeper.check_readable()


def test_secrets_that_changed_places_are_noticed(keeper: Keeper) -> None:
    seal(keeper)
    keeper.re_encrypt()
    keeper.new_key()
    keeper.new_key()
    (one, first), (two, second) = keeper.rows(KEYS)
    keeper.run(keeper.database.store.write(Store({one: second, two: first})))
    problems = {finding.problem for finding in verified(keeper, ROOT)[1]}
    assert "was changed, or stood under another key before" in problems


def test_verification_wants_the_root_key(keeper: Keeper) -> None:
    seal(keeper)
    keeper.create(None, **DEFAULT)
    keeper.fill()
    keeper.re_encrypt()
    assert verified(keeper, ROOT)[1] == []
    assert len(keeper.rows(KEY_RINGS)) == 2
    assert keeper.rows(ITEMS, RECORDS)
    with pytest.raises(EngineUnusable, match="give its root key"):
        verified(keeper, None)


def verified(keeper: Keeper, root: RootKey | None) -> tuple[Summary, list[Finding]]:
    findings: list[Finding] = []
    verification = Verification(keeper.database.store, findings.append, root_key=root)
    return keeper.run(verification.run()), findings
