"""Which manipulations of sealed values readers and `verify` detect."""

from __future__ import annotations

from collections.abc import Iterator

import orjson
import pytest

from jedlik.crypto.errors import CorruptCiphertext
from jedlik.kernel.keyspaces import ITEMS, KEY_RINGS, PURGES
from jedlik.services.dynamodb.background.re_encryption import ReEncryption
from jedlik.services.dynamodb.verifying.verification import Finding, Summary, Verification
from jedlik.services.kms.errors import NotFoundException
from tests.keeper import Keeper, Store, arn, key_of, one_step


@pytest.fixture
def keeper() -> Iterator[Keeper]:
    plane = Keeper()
    yield plane
    plane.close()


def test_values_that_changed_places_are_noticed(keeper: Keeper) -> None:
    keeper.create(keeper.new_key())
    keeper.fill(2)
    (one, first), (two, second), *_ = keeper.rows(ITEMS)
    keeper.run(keeper.database.store.write(Store({one: second, two: first})))
    with pytest.raises(CorruptCiphertext):
        keeper.call("GetItem", TableName="music", Key=key_of(0))


def test_a_plain_value_put_among_sealed_ones_is_noticed(keeper: Keeper) -> None:
    keeper.create(keeper.new_key())
    keeper.fill(1)
    (one, value), *_ = keeper.rows(ITEMS)
    plain = value[:4] + orjson.dumps({**key_of(0), "text": {"S": "planted"}})
    keeper.run(keeper.database.store.write(Store({one: plain})))
    with pytest.raises(CorruptCiphertext):
        keeper.call("GetItem", TableName="music", Key=key_of(0))


# --- Verification -------------------------------------------------------------------------------


def verified(keeper: Keeper) -> tuple[Summary, list[Finding]]:
    findings: list[Finding] = []
    summary = keeper.run(Verification(keeper.database.store, findings.append).run())
    return summary, findings


def test_verification_looks_into_sealed_tables(keeper: Keeper) -> None:
    key = keeper.new_key()
    keeper.create(key)
    keeper.fill()
    keeper.key_service("DisableKey", KeyId=key)  # closes the table to clients, not to its owner
    summary, findings = verified(keeper)
    assert (findings, summary.unopened, summary.tables[0].items) == ([], 0, 5)


def test_verification_in_the_middle_of_a_change(keeper: Keeper) -> None:
    keeper.create(keeper.new_key())
    keeper.fill(100)
    keeper.change(Enabled=True)
    keeper.run(one_step(ReEncryption(keeper.database)))
    assert verified(keeper)[1] == []


def test_of_a_deleted_table_that_is_still_being_purged_no_key_ring_is_missed(
    keeper: Keeper,
) -> None:
    keeper.create(keeper.new_key(), TableName="another")  # or there is no key ring to look for
    keeper.create(keeper.new_key(), StreamSpecification={"StreamEnabled": False})
    keeper.fill()
    keeper.call("DeleteTable", TableName="music")
    keeper.re_encrypt()
    assert len(keeper.rows(KEY_RINGS)) == 1
    assert keeper.rows(ITEMS), "the purge is yet to come"
    summary, findings = verified(keeper)
    assert findings == []
    assert summary.purged >= 5
    ((place, _),) = keeper.rows(PURGES)
    keeper.run(keeper.database.store.write(Store({place: None})))
    problems = {finding.problem for finding in verified(keeper)[1]}
    assert "is sealed with a key that is on no key ring" in problems


def test_verification_finds_values_that_changed_places(keeper: Keeper) -> None:
    keeper.create(keeper.new_key())
    keeper.fill(2)
    (one, first), (two, second), *_ = keeper.rows(ITEMS)
    keeper.run(keeper.database.store.write(Store({one: second, two: first})))
    problems = [finding.problem for finding in verified(keeper)[1]]
    assert problems.count("was changed, or stood under another key before") >= 2


def test_verification_counts_what_no_key_opens(keeper: Keeper) -> None:
    key = keeper.new_key()
    keeper.create(key)
    keeper.fill()
    keeper.key_service("ScheduleKeyDeletion", KeyId=key, PendingWindowInDays=7)
    keeper.clock.advance(8 * 86400)
    with pytest.raises(NotFoundException):
        keeper.key_service("DescribeKey", KeyId=key)
    summary, findings = verified(keeper)
    assert (findings, summary.tables[0].items) == ([], 5)
    assert summary.unopened >= 15  # items, entries and records
    refused = keeper.refusal("Scan", TableName="music")
    assert f"NotFoundException: Key '{arn(key)}' does not exist" in refused.message
    assert keeper.table()["TableStatus"] == "INACCESSIBLE_ENCRYPTION_CREDENTIALS"


def test_verification_misses_a_key_ring(keeper: Keeper) -> None:
    keeper.create(keeper.new_key())
    ((ring, _),) = keeper.rows(KEY_RINGS)
    keeper.run(keeper.database.store.write(Store({ring: None})))
    assert Finding("table music", "is sealed, and has no key ring") in verified(keeper)[1]
