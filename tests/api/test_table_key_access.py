"""Who may use the keys that tables are encrypted under, end to end with boto3.

The text of the error is the service's, for callers who may use a table but not its key.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.accounts import Account, allow, document, refusal
from tests.api.key_policies import ROOT_ARN, named
from tests.api.tables_under_keys import THROUGH, is_denied, put_under

KEY = {"pk": {"S": "x"}}


@pytest.fixture(scope="module")
def root(account: Account) -> Any:
    return account.server.client("kms")


@pytest.fixture
def arn(root: Any) -> str:
    return root.create_key()["KeyMetadata"]["Arn"]


def test_a_table_is_put_under_a_key_by_those_who_may_use_it(account, root, arn):
    keys = account.user("tibor", allow("dynamodb:*"))
    dynamodb = account.client(keys)
    assert is_denied(put_under, dynamodb, "Sealed", arn)
    assert refusal(dynamodb.describe_table, TableName="Sealed")[0] == "ResourceNotFoundException"
    through = {"Condition": {"StringLike": {"kms:ViaService": "dynamodb.*.amazonaws.com"}}}
    uses = (
        "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey",
        "kms:CreateGrant",
    )  # fmt: skip
    account.allow("tibor", allow("dynamodb:*"), allow(*uses[:-1], **through))
    assert is_denied(put_under, dynamodb, "Sealed", arn)
    account.allow("tibor", allow("dynamodb:*"), allow(*uses, **through))
    assert put_under(dynamodb, "Sealed", arn)["SSEDescription"]["KMSMasterKeyArn"] == arn
    by_hand = account.client(keys, "kms").encrypt
    assert "no identity-based policy allows" in refusal(by_hand, KeyId=arn, Plaintext=b"x")[1]
    root.put_key_policy(KeyId=arn, Policy=document(named(ROOT_ARN, "kms:Put*", "kms:Get*")))
    assert is_denied(put_under, dynamodb, "Other", arn)
    other = root.create_key()["KeyMetadata"]["Arn"]
    account.allow("tibor", allow("dynamodb:*"))
    changed = {"SSEType": "KMS", "KMSMasterKeyId": other, "Enabled": True}
    assert is_denied(dynamodb.update_table, TableName="Sealed", SSESpecification=changed)


def test_everybody_who_may_make_tables_may_use_the_key_that_aws_manages(account, root):
    dynamodb = account.client(account.user("mara", allow("dynamodb:*")))
    named = put_under(dynamodb, "Managed", "alias/aws/dynamodb")
    plain = put_under(dynamodb, "Plain", None)
    arn = named["SSEDescription"]["KMSMasterKeyArn"]
    assert plain["SSEDescription"]["KMSMasterKeyArn"] == arn
    code, text = refusal(root.encrypt, KeyId=arn, Plaintext=b"x")
    assert code == "AccessDeniedException", "through DynamoDB only"
    assert "no resource-based policy allows the kms:Encrypt action" in text
    assert root.describe_key(KeyId=arn)["KeyMetadata"]["KeyManager"] == "AWS"


READS_AND_WRITES: list[tuple[str, dict[str, Any]]] = [
    ("get_item", {"TableName": "Used", "Key": KEY}),
    ("put_item", {"TableName": "Used", "Item": KEY}),
    ("update_item", {"TableName": "Used", "Key": KEY}),
    ("query", {
        "TableName": "Used", "KeyConditionExpression": "pk = :x",
        "ExpressionAttributeValues": {":x": {"S": "x"}},
    }),
    ("scan", {"TableName": "Used"}),
    ("batch_get_item", {"RequestItems": {"Used": {"Keys": [KEY]}}}),
    ("batch_write_item", {"RequestItems": {"Used": [{"PutRequest": {"Item": KEY}}]}}),
    ("transact_get_items", {"TransactItems": [{"Get": {"TableName": "Used", "Key": KEY}}]}),
    ("transact_write_items", {"TransactItems": [{"Put": {"TableName": "Used", "Item": KEY}}]}),
    ("execute_statement", {"Statement": 'SELECT * FROM "Used"'}),
]  # fmt: skip


INDEX: dict[str, Any] = {
    "TableName": "Used",
    "AttributeDefinitions": [{"AttributeName": "secret", "AttributeType": "S"}],
    "GlobalSecondaryIndexUpdates": [
        {
            "Create": {
                "IndexName": "by-secret",
                "KeySchema": [{"AttributeName": "secret", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        }
    ],
}


ELSEWHERE: list[tuple[str, dict[str, Any]]] = [
    ("export_table_to_point_in_time", {
        "TableArn": "arn:aws:dynamodb:us-east-1:000000000000:table/Used", "S3Bucket": "none",
    }),
    ("start_bulk_put_items", {
        "TableName": "Used",
        "InputS3Configuration": {"S3Bucket": "none", "InputFormat": "ION"},
        "OutputS3Configuration": {"S3Bucket": "none", "OutputType": ["ERROR"]},
    }),
    ("enable_kinesis_streaming_destination", {
        "TableName": "Used",
        "StreamArn": "arn:aws:kinesis:us-east-1:000000000000:stream/changes",
    }),
]  # fmt: skip
"""What brings items to where no key of the table's guards them, or from there."""


def test_whoever_uses_the_items_has_to_be_allowed_to_use_the_key(account, root, arn):
    put_under(account.admin, "Used", arn)
    dynamodb = account.client(account.user("emil", allow("dynamodb:*")))
    for name, request in READS_AND_WRITES:
        assert is_denied(getattr(dynamodb, name), **request), name
    assert dynamodb.describe_table(TableName="Used")["Table"]["TableStatus"] == "ACTIVE"
    for name, request in ELSEWHERE:
        assert is_denied(getattr(dynamodb, name), **request), name
    assert is_denied(dynamodb.update_table, **INDEX), "its keys would hold values in plain text"
    account.allow("emil", allow("dynamodb:*"), allow("kms:Decrypt", on=arn, **THROUGH))
    dynamodb.update_table(**INDEX)
    for name, request in READS_AND_WRITES:
        getattr(dynamodb, name)(**request)
    account.allow("emil", allow("dynamodb:*"))
    for name, request in READS_AND_WRITES:
        assert is_denied(getattr(dynamodb, name), **request), name


def test_a_changed_key_policy_counts_at_once(account, root, arn):
    put_under(account.admin, "Changing", arn)
    dynamodb = account.client(account.user("olga", allow("dynamodb:*")))
    get = {"TableName": "Changing", "Key": KEY}
    own = named("arn:aws:iam::000000000000:user/olga", "kms:Decrypt")
    whole = named(ROOT_ARN, "kms:*")
    for _ in range(2):
        root.put_key_policy(KeyId=arn, Policy=document(whole, own))
        dynamodb.get_item(**get)
        dynamodb.get_item(**get)
        root.put_key_policy(KeyId=arn, Policy=document(whole))
        assert is_denied(dynamodb.get_item, **get)
    user = "arn:aws:iam::000000000000:user/olga"
    grant = root.create_grant(KeyId=arn, GranteePrincipal=user, Operations=["Decrypt"])
    dynamodb.get_item(**get)
    root.revoke_grant(KeyId=arn, GrantId=grant["GrantId"])
    assert is_denied(dynamodb.get_item, **get)


def test_records_of_a_sealed_table_take_its_key_too(account, root, arn):
    put_under(account.admin, "Streamed", arn)
    view = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    stream = account.admin.update_table(TableName="Streamed", StreamSpecification=view)
    stream_arn = stream["TableDescription"]["LatestStreamArn"]
    streams = account.client(account.user("nora", allow("dynamodb:*")), "dynamodbstreams")
    shards = streams.describe_stream(StreamArn=stream_arn)["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(
        StreamArn=stream_arn, ShardId=shards[0]["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    assert is_denied(streams.get_records, ShardIterator=iterator)
    account.allow("nora", allow("dynamodb:*"), allow("kms:Decrypt", on=arn))
    assert streams.get_records(ShardIterator=iterator)["Records"] == []


def test_records_of_a_sealed_table_take_its_key_when_the_table_is_gone(account, root, arn):
    put_under(account.admin, "Replaced", arn)
    view = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    stream = account.admin.update_table(TableName="Replaced", StreamSpecification=view)
    stream_arn = stream["TableDescription"]["LatestStreamArn"]
    account.admin.put_item(TableName="Replaced", Item=KEY)
    dynamodb = account.client(keys := account.user("rita", allow("dynamodb:*")))
    streams = account.client(keys, "dynamodbstreams")
    iterators = [
        streams.get_shard_iterator(
            StreamArn=stream_arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        for shard in streams.describe_stream(StreamArn=stream_arn)["StreamDescription"]["Shards"]
    ]
    dynamodb.delete_table(TableName="Replaced")
    assert is_denied(streams.get_records, ShardIterator=iterators[0])
    account.table("Replaced", None)
    assert is_denied(streams.get_records, ShardIterator=iterators[0])
    account.allow("rita", allow("dynamodb:*"), allow("kms:Decrypt", on=arn))
    pages = [streams.get_records(ShardIterator=iterator) for iterator in iterators]
    assert [each["dynamodb"]["Keys"] for page in pages for each in page["Records"]] == [KEY]


def test_a_table_is_not_taken_from_under_its_key_by_who_may_not_use_it(account, root, arn):
    put_under(account.admin, "Taken", arn)
    account.admin.put_item(TableName="Taken", Item=KEY)
    dynamodb = account.client(account.user("vera", allow("dynamodb:*")))
    for specification in ({"Enabled": False}, {"Enabled": True, "SSEType": "KMS"}):
        change = {"TableName": "Taken", "SSESpecification": specification}
        assert is_denied(dynamodb.update_table, **change)
    dynamodb.update_table(TableName="Taken", TableClass="STANDARD_INFREQUENT_ACCESS")
    account.allow("vera", allow("dynamodb:*"), allow("kms:Decrypt", on=arn, **THROUGH))
    dynamodb.update_table(TableName="Taken", SSESpecification={"Enabled": False})


def test_the_key_that_aws_manages_can_be_denied_however_it_is_named(account, root):
    never = {**allow("kms:GenerateDataKey"), "Effect": "Deny"}
    dynamodb = account.client(account.user("zoe", allow("dynamodb:*"), never))
    assert is_denied(put_under, dynamodb, "Denied", "alias/aws/dynamodb")
    assert is_denied(put_under, dynamodb, "Denied", None)


def test_a_table_without_a_key_of_its_own_asks_for_none(account):
    account.table("Plain2", None)
    dynamodb = account.client(account.user("pal", allow("dynamodb:*")))
    dynamodb.put_item(TableName="Plain2", Item=KEY)
    assert dynamodb.get_item(TableName="Plain2", Key=KEY)["Item"] == KEY
