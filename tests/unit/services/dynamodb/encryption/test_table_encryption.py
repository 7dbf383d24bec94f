"""Tables under keys of the key service: what is sealed, what a key's state does, re-encryption."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from jedlik.base.errors import AccessDeniedException, ResourceInUseException, ValidationException
from jedlik.kernel.keyspaces import ITEMS, KEY_RINGS, RE_ENCRYPTIONS, RECORDS
from jedlik.services.dynamodb.background.maintenance import Maintenance
from jedlik.services.dynamodb.background.re_encryption import ReEncryption
from jedlik.services.dynamodb.sealing.key_failures import KeyDisabled
from tests.keeper import Keeper, arn, item, key_of, one_step


@pytest.fixture
def keeper() -> Iterator[Keeper]:
    plane = Keeper()
    yield plane
    plane.close()


def test_items_entries_and_records_are_sealed_and_read_as_they_were(keeper: Keeper) -> None:
    key = keeper.new_key()
    created = keeper.create(key)
    described = {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": arn(key)}
    assert created["SSEDescription"] == keeper.table()["SSEDescription"] == described
    keeper.fill()
    assert len(keeper.rows(ITEMS)) == 10
    assert not keeper.shows()
    keeper.check_readable()
    keeper.restart()
    keeper.check_readable()


def test_a_table_without_a_key_is_left_alone(keeper: Keeper) -> None:
    keeper.create(None, SSESpecification={"Enabled": False})
    keeper.fill()
    assert keeper.shows()
    assert "SSEDescription" not in keeper.table()
    assert keeper.ring() is None


def test_a_key_is_named_in_four_ways(keeper: Keeper) -> None:
    key = keeper.new_key()
    keeper.key_service("CreateAlias", AliasName="alias/mine", TargetKeyId=key)
    alias_arn = "arn:aws:kms:us-east-1:000000000000:alias/mine"
    for number, name in enumerate((key, arn(key), "alias/mine", alias_arn)):
        created = keeper.create(name, TableName=f"table-{number}")
        assert created["SSEDescription"]["KMSMasterKeyArn"] == arn(key)


def test_without_a_key_the_one_that_aws_manages_is_used(keeper: Keeper) -> None:
    first = keeper.create(None)["SSEDescription"]["KMSMasterKeyArn"]
    second = keeper.create(None, TableName="other")["SSEDescription"]["KMSMasterKeyArn"]
    named = keeper.create("alias/aws/dynamodb", TableName="third")["SSEDescription"]
    assert first == second == named["KMSMasterKeyArn"]
    told = keeper.key_service("DescribeKey", KeyId="alias/aws/dynamodb")["KeyMetadata"]
    assert (told["Arn"], told["KeyManager"]) == (first, "AWS")
    for operation in ("DisableKey", "ScheduleKeyDeletion", "EnableKeyRotation"):
        with pytest.raises(AccessDeniedException):
            keeper.key_service(operation, KeyId=told["KeyId"])


@pytest.mark.parametrize("name", ["nonsense", "alias/nobody", "arn:aws:s3:::bucket"])
def test_a_key_that_is_not_there_makes_no_table(keeper: Keeper, name: str) -> None:
    with pytest.raises(ValidationException, match=r"^KMS validation error: com\.amazonaws"):
        keeper.create(name)
    assert keeper.call("ListTables")["TableNames"] == []


def test_a_disabled_key_makes_no_table(keeper: Keeper) -> None:
    key = keeper.new_key()
    keeper.key_service("DisableKey", KeyId=key)
    text = r"^KMS key disabled error: com\.amazonaws\.services\.kms\.model\.DisabledException: arn:"
    with pytest.raises(ValidationException, match=text):
        keeper.create(key)


READS_AND_WRITES: list[tuple[str, dict[str, Any]]] = [
    ("GetItem", {"Key": key_of(0)}),
    ("GetItem", {"Key": key_of(99)}),
    ("PutItem", {"Item": item(1)}),
    ("DeleteItem", {"Key": key_of(1)}),
    ("UpdateItem", {"Key": key_of(1)}),
    ("Scan", {}),
    ("Scan", {"IndexName": "by-genre"}),
]


@pytest.mark.parametrize("state", ["disabled", "pending deletion"])
def test_a_key_that_may_not_be_used_closes_its_table(keeper: Keeper, state: str) -> None:
    key = keeper.new_key()
    keeper.create(key)
    keeper.create(keeper.new_key(), TableName="other")
    keeper.fill()
    operation = "DisableKey" if state == "disabled" else "ScheduleKeyDeletion"
    keeper.key_service(operation, KeyId=key)
    for name, payload in READS_AND_WRITES:
        refused = keeper.refusal(name, TableName="music", **payload)
        if state == "disabled":
            assert type(refused) is KeyDisabled
            error = "KMS key disabled error: "
        else:
            assert type(refused) is AccessDeniedException
            error = "KMS key access denied error: "
        assert refused.message.startswith(f"{error}com.amazonaws.services.kms")
        assert f"{arn(key)} is {state}." in refused.message
    assert keeper.call("Scan", TableName="other")["Count"] == 0
    told = keeper.table()
    assert told["TableStatus"] == "INACCESSIBLE_ENCRYPTION_CREDENTIALS"
    assert told["SSEDescription"]["InaccessibleEncryptionDateTime"] == keeper.clock.now()
    assert told["ItemCount"] == 5


def test_the_data_are_back_with_the_key(keeper: Keeper) -> None:
    key = keeper.new_key()
    keeper.create(key)
    keeper.fill()
    keeper.key_service("DisableKey", KeyId=key)
    keeper.refusal("GetItem", TableName="music", Key=key_of(0))
    keeper.key_service("EnableKey", KeyId=key)
    keeper.check_readable()
    assert keeper.table()["TableStatus"] == "ACTIVE"
    assert "InaccessibleEncryptionDateTime" not in keeper.table()["SSEDescription"]


def test_another_process_notices_at_once(keeper: Keeper) -> None:
    key = keeper.new_key()
    keeper.create(key)
    keeper.fill()
    mine = keeper.database
    keeper.call("GetItem", TableName="music", Key=key_of(0))
    keeper.restart()
    keeper.key_service("DisableKey", KeyId=key)
    keeper.database = mine
    keeper.refusal("GetItem", TableName="music", Key=key_of(0))
    keeper.refusal("PutItem", TableName="music", Item=item(0))


def test_a_process_that_knew_no_key_ring_seals_what_it_writes(keeper: Keeper) -> None:
    keeper.create(None, SSESpecification={"Enabled": False})
    keeper.fill(1)
    mine = keeper.database
    keeper.restart()
    keeper.change(Enabled=True)
    keeper.re_encrypt()
    keeper.database = mine
    keeper.fill()
    assert not keeper.shows()
    keeper.check_readable()


def test_a_deleted_table_can_be_purged_without_its_key(keeper: Keeper) -> None:
    key = keeper.new_key()
    keeper.create(key)
    keeper.fill()
    keeper.key_service("DisableKey", KeyId=key)
    keeper.call("DeleteTable", TableName="music")
    keeper.run(Maintenance(keeper.database).run_once())
    assert keeper.rows(ITEMS) == []
    keeper.clock.advance(2 * 86400)
    keeper.run_jobs()
    keeper.re_encrypt()
    assert keeper.rows(RECORDS, KEY_RINGS) == []


def test_records_of_a_deleted_table_can_still_be_read(keeper: Keeper) -> None:
    keeper.create(keeper.new_key())
    keeper.fill()
    keeper.call("DeleteTable", TableName="music")
    keeper.run(Maintenance(keeper.database).run_once())
    keeper.re_encrypt()
    images = [record["dynamodb"]["NewImage"] for record in keeper.records()]
    assert sorted(image["sk"]["S"] for image in images) == [f"{n:03}" for n in range(5)]


def test_background_work_leaves_a_closed_table_alone(keeper: Keeper) -> None:
    key = keeper.new_key()
    keeper.create(key)
    keeper.fill(1)
    keeper.call(
        "UpdateTimeToLive",
        TableName="music",
        TimeToLiveSpecification={"AttributeName": "ttl", "Enabled": True},
    )
    keeper.key_service("DisableKey", KeyId=key)
    keeper.run_jobs()
    keeper.run(Maintenance(keeper.database).run_once())
    keeper.re_encrypt()
    keeper.key_service("EnableKey", KeyId=key)
    keeper.run_jobs()
    keeper.check_readable(1)


# --- Another key ------------------------------------------------------------------------------


CHANGES = [
    pytest.param(None, "key", id="from the default to a key"),
    pytest.param("key", "key", id="from a key to another"),
    pytest.param("key", "managed", id="from a key to the one that AWS manages"),
]


@pytest.mark.parametrize(("before", "after"), CHANGES)
def test_what_is_there_is_re_encrypted(keeper: Keeper, before: str | None, after: str) -> None:
    old = keeper.new_key()
    keeper.create(old if before else None, SSESpecification=specification(before, old))
    keeper.fill(70)
    new = keeper.new_key()
    shown = keeper.change(**specification(after, new))
    assert shown["SSEDescription"]["Status"] == "UPDATING"
    keeper.check_readable(70)
    keeper.re_encrypt()
    assert keeper.table()["SSEDescription"]["Status"] == "ENABLED"
    assert not keeper.shows()
    assert not keeper.rows(RE_ENCRYPTIONS)
    ring = keeper.ring()
    assert ring is not None
    assert len(ring.keys) == 1
    keeper.key_service("ScheduleKeyDeletion", KeyId=old)
    keeper.restart()
    keeper.check_readable(70)


def specification(kind: str | None, key: str) -> dict[str, Any]:
    if kind is None:
        return {"Enabled": False}
    return {"Enabled": True} | ({"SSEType": "KMS", "KMSMasterKeyId": key} if kind == "key" else {})


def test_back_to_the_default(keeper: Keeper) -> None:
    key = keeper.new_key()
    keeper.create(key)
    keeper.fill()
    shown = keeper.change(Enabled=False)["SSEDescription"]
    assert shown == {"Status": "UPDATING", "SSEType": "KMS", "KMSMasterKeyArn": arn(key)}
    keeper.check_readable()
    keeper.re_encrypt()
    assert "SSEDescription" not in keeper.table()
    assert keeper.ring() is None
    assert keeper.shows()
    keeper.check_readable()


def test_a_re_encryption_goes_on_where_it_was_cut_off(keeper: Keeper) -> None:
    keeper.create(keeper.new_key())
    keeper.fill(200)
    keeper.change(Enabled=True)
    numbers = set()
    for _ in range(3):
        worker = ReEncryption(keeper.database)
        keeper.run(one_step(worker))
        keeper.restart()
        numbers |= {value[5:9] for _, value in keeper.rows(ITEMS)}
    assert len(numbers) == 2  # values of both data keys, side by side
    keeper.check_readable(200)
    keeper.re_encrypt()
    assert len({value[5:9] for _, value in keeper.rows(ITEMS)}) == 1
    keeper.check_readable(200)


def test_writes_during_a_re_encryption_are_neither_lost_nor_undone(keeper: Keeper) -> None:
    keeper.create(keeper.new_key())
    keeper.fill(100)
    keeper.change(Enabled=True)
    keeper.run(one_step(ReEncryption(keeper.database)))
    for number in range(0, 100, 7):
        keeper.put({**item(number), "more": {"N": str(number)}})
    keeper.call("DeleteItem", TableName="music", Key=key_of(99))
    keeper.re_encrypt()
    found = keeper.call("Scan", TableName="music")["Items"]
    assert [each["sk"]["S"] for each in found] == [f"{number:03}" for number in range(99)]
    assert [each.get("more") for each in found[::7]] == [{"N": str(n)} for n in range(0, 99, 7)]


def test_refuses_a_change_to_what_is_the_case(keeper: Keeper) -> None:
    key = keeper.new_key()
    keeper.create(key)
    same = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": arn(key)}
    refused = keeper.invalid("UpdateTable", TableName="music", SSESpecification=same)
    assert refused == (
        "Table is already encrypted with given KMSMasterKeyId. Use KMSMasterKeyId parameter if you "
        "want to change Master Key"
    )
    keeper.change(Enabled=False)
    keeper.re_encrypt()
    default = {"TableName": "music", "SSESpecification": {"Enabled": False}}
    assert keeper.invalid("UpdateTable", **default) == "Table is already encrypted by default"


@pytest.mark.parametrize("named", ["id", "alias", "nothing"])
def test_the_same_key_by_another_name_encrypts_again(keeper: Keeper, named: str) -> None:
    key = keeper.new_key()
    keeper.key_service("CreateAlias", AliasName="alias/own", TargetKeyId=key)
    same = {"id": {"KMSMasterKeyId": key}, "alias": {"KMSMasterKeyId": "alias/own"}, "nothing": {}}
    specification: dict[str, Any] = {"Enabled": True, "SSEType": "KMS", **same[named]}
    request = {"TableName": "music", "SSESpecification": specification}
    keeper.create(None if named == "nothing" else key)
    keeper.fill(20)
    before = keeper.call("DescribeTable", TableName="music")["Table"]["SSEDescription"]
    answer = keeper.call("UpdateTable", **request)["TableDescription"]["SSEDescription"]
    assert answer == {**before, "Status": "UPDATING"}
    keeper.re_encrypt()
    assert keeper.call("DescribeTable", TableName="music")["Table"]["SSEDescription"] == before
    keeper.check_readable(20)


@pytest.mark.parametrize(
    ("specification", "is_shown"),
    [
        ({}, False),
        ({"SSEType": "KMS"}, True),
        ({"Enabled": False}, False),
        ({"Enabled": True}, True),
    ],
)
def test_where_enabled_is_left_out_the_type_says_it(
    keeper: Keeper, specification: dict[str, Any], is_shown: bool
) -> None:
    made = keeper.create(None, SSESpecification=specification)
    assert ("SSEDescription" in made) is is_shown


def test_refuses_a_change_while_the_last_one_goes_on(keeper: Keeper) -> None:
    keeper.create(keeper.new_key())
    keeper.change(Enabled=True)
    refused = keeper.refusal("UpdateTable", TableName="music", SSESpecification={"Enabled": False})
    assert type(refused) is ResourceInUseException


def test_refuses_a_change_of_a_table_that_cannot_be_read(keeper: Keeper) -> None:
    key = keeper.new_key()
    keeper.create(key)
    keeper.key_service("DisableKey", KeyId=key)
    refused = keeper.refusal("UpdateTable", TableName="music", SSESpecification={"Enabled": False})
    assert type(refused) is KeyDisabled


def test_what_takes_the_key_and_what_does_without(keeper: Keeper) -> None:
    key = keeper.new_key()
    keeper.create(key)
    keeper.key_service("DisableKey", KeyId=key)
    refused: dict[str, dict[str, Any]] = {
        "UpdateTimeToLive": {"TimeToLiveSpecification": {"Enabled": True, "AttributeName": "t"}},
        "UpdateContributorInsights": {"ContributorInsightsAction": "ENABLE"},
        "CreateBackup": {"BackupName": "bkp"},
    }
    for operation, members in refused.items():
        error = keeper.refusal(operation, TableName="music", **members)
        assert type(error) is KeyDisabled
    for operation in ("DescribeTimeToLive", "DescribeContributorInsights"):
        keeper.call(operation, TableName="music")
    keeper.call("UpdateTable", TableName="music", DeletionProtectionEnabled=True)


def test_a_rotated_key_opens_what_it_wrapped_before(keeper: Keeper) -> None:
    key = keeper.new_key()
    keeper.create(key)
    keeper.fill()
    keeper.key_service("RotateKeyOnDemand", KeyId=key)
    keeper.restart()
    keeper.check_readable()
