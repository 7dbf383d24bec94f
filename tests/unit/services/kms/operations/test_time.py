"""Effects of time on keys: rotation and deletion, with a simulated clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from jedlik.base.ids import RandomIds
from jedlik.kernel.keyspaces import KEYS
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.verifying.verification import Verification
from jedlik.services.kms.errors import KMSInvalidStateException, NotFoundException
from jedlik.services.kms.operations.parameters import DAY
from jedlik.services.kms.operations.registry import OPERATIONS
from jedlik.storage.engine import Changes
from jedlik.storage.memory import MemoryEngine
from jedlik.values.keybytes import successor
from tests.simulated_clock import SimulatedClock

Call = Callable[..., Any]


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock()


@pytest.fixture
def database(clock: SimulatedClock) -> Database:
    return Database(MemoryEngine(), clock, RandomIds())


@pytest.fixture
def call(database: Database) -> Call:
    def run(name: str, **payload: Any) -> Any:
        return asyncio.run(OPERATIONS[name](database, payload))  # type: ignore[arg-type]

    return run


@pytest.fixture
def key(call: Call) -> str:
    key_id: str = call("CreateKey")["KeyMetadata"]["KeyId"]
    return key_id


def test_material_is_replaced_when_it_is_due(call: Call, key: str, clock: SimulatedClock) -> None:
    call("EnableKeyRotation", KeyId=key, RotationPeriodInDays=90)
    first = call("Encrypt", KeyId=key, Plaintext="AAAA")["CiphertextBlob"]
    clock.advance(90 * DAY - 1)
    call("Encrypt", KeyId=key, Plaintext="AAAA")
    assert call("ListKeyRotations", KeyId=key)["Rotations"] == []
    clock.advance(1)
    second = call("Encrypt", KeyId=key, Plaintext="AAAA")["CiphertextBlob"]
    (rotation,) = call("ListKeyRotations", KeyId=key)["Rotations"]
    assert rotation["RotationType"] == "AUTOMATIC"
    assert rotation["RotationDate"] == clock.now()
    for blob in (first, second):
        assert call("Decrypt", CiphertextBlob=blob)["Plaintext"] == "AAAA"
    call("DisableKeyRotation", KeyId=key)
    clock.advance(1000 * DAY)
    call("Encrypt", KeyId=key, Plaintext="AAAA")
    assert len(call("ListKeyRotations", KeyId=key)["Rotations"]) == 1


def test_a_key_is_gone_when_its_time_has_come(
    call: Call, key: str, clock: SimulatedClock, database: Database
) -> None:
    blob = call("Encrypt", KeyId=key, Plaintext="AAAA")["CiphertextBlob"]
    call("CreateAlias", AliasName="alias/a", TargetKeyId=key)
    answer = call("ScheduleKeyDeletion", KeyId=key, PendingWindowInDays=7)
    assert answer["DeletionDate"] == clock.now() + 7 * DAY
    clock.advance(7 * DAY - 1)
    with pytest.raises(KMSInvalidStateException, match="pending deletion"):
        call("Decrypt", CiphertextBlob=blob)
    assert call("DescribeKey", KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    clock.advance(1)
    assert call("ListKeys")["Keys"] == []
    with pytest.raises(NotFoundException):
        call("CancelKeyDeletion", KeyId=key)
    assert call("ListAliases")["Aliases"] == []
    left = asyncio.run(database.engine.range(KEYS[:1], successor(KEYS[:1])))
    assert left.rows == [], "its material is removed"


def test_a_deletion_that_is_cancelled(call: Call, key: str, clock: SimulatedClock) -> None:
    blob = call("Encrypt", KeyId=key, Plaintext="AAAA")["CiphertextBlob"]
    call("ScheduleKeyDeletion", KeyId=key)
    call("CancelKeyDeletion", KeyId=key)
    clock.advance(40 * DAY)
    assert call("DescribeKey", KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"
    call("EnableKey", KeyId=key)
    assert call("Decrypt", CiphertextBlob=blob)["Plaintext"] == "AAAA"
    with pytest.raises(KMSInvalidStateException, match="not pending"):
        call("CancelKeyDeletion", KeyId=key)


def test_verify_knows_keys_and_aliases(call: Call, key: str, database: Database) -> None:
    call("CreateAlias", AliasName="alias/a", TargetKeyId=key)

    def found() -> list[str]:
        findings: list[str] = []
        walk = Verification(database.engine, lambda finding: findings.append(finding.problem))
        asyncio.run(walk.run())
        return findings

    assert found() == []

    class Damage:
        keys = ()

        def decide(self, _values: Any) -> Any:
            return Changes(
                {KEYS + bytes(16): b"{}", b"\x09ab": bytes(15), b"\x09ac": b"\x01" * 16}, None
            )

    asyncio.run(database.engine.write(Damage()))
    unreadable = "its record cannot be read"
    assert found() == [unreadable, unreadable, "leads to a key that does not exist"]


def test_an_alias_has_the_times_of_its_making_and_of_its_key(
    call: Call, key: str, clock: SimulatedClock
) -> None:
    made = clock.now()
    call("CreateAlias", AliasName="alias/one", TargetKeyId=key)
    (alias,) = call("ListAliases")["Aliases"]
    assert (alias["CreationDate"], alias["LastUpdatedDate"]) == (made, made)
    clock.advance(60)
    other = call("CreateKey")["KeyMetadata"]["KeyId"]
    call("UpdateAlias", AliasName="alias/one", TargetKeyId=other)
    (alias,) = call("ListAliases")["Aliases"]
    assert alias["TargetKeyId"] == other
    assert (alias["CreationDate"], alias["LastUpdatedDate"]) == (made, made + 60)
