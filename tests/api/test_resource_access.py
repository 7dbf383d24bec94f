"""Decisions by what is attached to resources: policies of tables and streams, and tags."""

from __future__ import annotations

import json
from typing import Any

from jedlik.services.dynamodb.attachments.policy_text import canonical_policy
from tests.api.accounts import (
    KEY,
    TABLE_ARN,
    Account,
    allow,
    denied,
    document,
    refusal,
)
from tests.conftest import StartServer
from tests.servers import ACCESS_KEY, SECRET_KEY

INVALID = "One or more parameter values were invalid: "
LOCKED_OUT = (
    "The new resource policy will not allow you to update the resource policy in the future."
)
USER_ARN = "arn:aws:iam::000000000000:user"


def kept(policy: str) -> str:
    """A policy in the form in which it is returned."""
    return canonical_policy(json.loads(policy))


def grant(user: str, *actions: str, on: str) -> dict[str, Any]:
    return {**allow(*actions, on=on), "Principal": {"AWS": f"{USER_ARN}/{user}"}}


def tags(**pairs: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


def test_resource_policies_and_their_revisions(account: Account) -> None:
    account.table("Open")
    arn = f"{TABLE_ARN}/Open"
    admin, user = account.admin, account.client(account.user("nobody-special"))
    assert refusal(admin.get_resource_policy, ResourceArn=arn)[0] == "PolicyNotFoundException"
    assert refusal(user.get_item, TableName="Open", Key=KEY)[0] == "AccessDeniedException"
    grant = {
        **allow("dynamodb:GetItem", on=arn),
        "Principal": {"AWS": "arn:aws:iam::000000000000:user/nobody-special"},
    }
    put = {"ResourceArn": arn, "Policy": document(grant)}
    first = admin.put_resource_policy(**put, ExpectedRevisionId="NO_POLICY")["RevisionId"]
    assert admin.put_resource_policy(**put)["RevisionId"] == first
    assert admin.get_resource_policy(ResourceArn=arn) | {"ResponseMetadata": None} == {
        "Policy": kept(put["Policy"]), "RevisionId": first, "ResponseMetadata": None,
    }  # fmt: skip
    user.get_item(TableName="Open", Key=KEY)
    assert refusal(user.put_item, TableName="Open", Item=KEY)[0] == "AccessDeniedException"
    for revision in ("NO_POLICY", "1"):
        code, _ = refusal(admin.put_resource_policy, **put, ExpectedRevisionId=revision)
        assert code == "PolicyNotFoundException"
    account.allow("nobody-special", allow("dynamodb:*"))
    deny = {**grant, "Effect": "Deny", "Principal": "*", "Action": "dynamodb:*"}
    put["Policy"] = document(deny)
    second = admin.put_resource_policy(**put, ExpectedRevisionId=first)["RevisionId"]
    assert second != first
    assert refusal(user.get_item, TableName="Open", Key=KEY) == denied(
        "nobody-special", "GetItem", arn, "with an explicit deny in a resource-based policy"
    )
    assert refusal(admin.get_item, TableName="Open", Key=KEY)[0] == "AccessDeniedException"
    assert admin.delete_resource_policy(ResourceArn=arn)["RevisionId"] == second
    assert "RevisionId" not in admin.delete_resource_policy(ResourceArn=arn)
    user.get_item(TableName="Open", Key=KEY)
    code, text = refusal(admin.put_resource_policy, ResourceArn=arn, Policy='{"Statement": 1}')
    assert (code, text) == (
        "ValidationException", f"{INVALID}Invalid policy document: Syntax errors in policy."
    )  # fmt: skip
    put["Policy"] = document({**deny, "Action": "dynamodb:GetItem"})
    account.admin.put_resource_policy(**put)
    assert refusal(user.get_item, TableName="Open", Key=KEY)[0] == "AccessDeniedException"
    account.admin.delete_table(TableName="Open")
    account.table("Open")
    user.get_item(TableName="Open", Key=KEY)


def test_a_table_is_made_with_its_policy(account: Account) -> None:
    arn = f"{TABLE_ARN}/Born"
    reader = account.client(account.user("born-reader"))
    maker = account.client(account.user("born-maker", allow("dynamodb:CreateTable")))
    policy = document(grant("born-reader", "dynamodb:GetItem", on=arn))
    # API reference, "CreateTable": that takes dynamodb:PutResourcePolicy too.
    request = account.request("Born", ResourcePolicy=policy)
    assert refusal(maker.create_table, **request) == denied("born-maker", "PutResourcePolicy", arn)
    account.allow("born-maker", allow("dynamodb:CreateTable", "dynamodb:PutResourcePolicy"))
    maker.create_table(**request)
    reader.get_item(TableName="Born", Key=KEY)
    assert account.admin.get_resource_policy(ResourceArn=arn)["Policy"] == canonical_policy(
        json.loads(policy)
    )
    account.admin.delete_table(TableName="Born")
    account.table("Born")
    assert refusal(reader.get_item, TableName="Born", Key=KEY) == denied(
        "born-reader", "GetItem", arn
    )


def test_a_streams_policy_decides_on_the_stream(account: Account) -> None:
    name = "Streamed"
    account.admin.create_table(
        **account.request(name),
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
    )
    table = f"{TABLE_ARN}/{name}"
    stream = account.admin.describe_table(TableName=name)["Table"]["LatestStreamArn"]
    keys = account.user("listener")
    reader, streams = account.client(keys), account.client(keys, "dynamodbstreams")
    actions = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")

    def shard_iterator(client: Any) -> str:
        shards = client.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"]
        found: str = client.get_shard_iterator(
            StreamArn=stream, ShardId=shards[0]["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        return found

    # The table's policy says nothing of the stream, even if it names it.
    put = account.admin.put_resource_policy
    put(ResourceArn=table, Policy=document(grant("listener", "dynamodb:*", on="*")))
    assert refusal(streams.describe_stream, StreamArn=stream) == denied(
        "listener", "DescribeStream", stream
    )
    put(ResourceArn=stream, Policy=document(grant("listener", *actions, on=stream)))
    assert streams.get_records(ShardIterator=shard_iterator(streams))["Records"] == []
    # And the stream's says nothing of the table.
    account.admin.delete_resource_policy(ResourceArn=table)
    assert refusal(reader.get_item, TableName=name, Key=KEY)[0] == "AccessDeniedException"
    account.allow("listener", allow("dynamodb:*"))
    iterator = shard_iterator(streams)
    deny = {**grant("listener", "dynamodb:GetRecords", on="*"), "Effect": "Deny"}
    put(ResourceArn=stream, Policy=document(deny))
    assert refusal(streams.get_records, ShardIterator=iterator) == denied(
        "listener", "GetRecords", stream, "with an explicit deny in a resource-based policy"
    )
    account.admin.delete_table(TableName=name)
    assert refusal(streams.get_records, ShardIterator=iterator)[0] == "AccessDeniedException"
    account.admin.delete_resource_policy(ResourceArn=stream)
    assert streams.get_records(ShardIterator=iterator)["Records"] == []


def test_whoever_would_lock_themselves_out_has_to_confirm_it(account: Account) -> None:
    account.table("Locked")
    arn = f"{TABLE_ARN}/Locked"
    owner = account.client(account.user("owner", allow("dynamodb:*")))
    deny = {"Effect": "Deny", "Principal": "*", "Resource": arn}
    writes = document({**deny, "Action": "dynamodb:PutItem"})
    owner.put_resource_policy(ResourceArn=arn, Policy=writes)
    lock = {"ResourceArn": arn, "Policy": document({**deny, "Action": "dynamodb:*"})}
    for confirmed in ({}, {"ConfirmRemoveSelfResourceAccess": False}):
        code, text = refusal(owner.put_resource_policy, **lock, **confirmed)
        assert (code, text) == ("AccessDeniedException", LOCKED_OUT)
    assert owner.get_resource_policy(ResourceArn=arn)["Policy"] == canonical_policy(
        json.loads(writes)
    )
    for malformed in ("{}", document({**allow("dynamodb:*"), "Effect": "Deny"})):
        code, text = refusal(owner.put_resource_policy, ResourceArn=arn, Policy=malformed)
        assert code == "ValidationException"
        assert text.startswith(f"{INVALID}Invalid policy document: ")
    owner.put_resource_policy(**lock, ConfirmRemoveSelfResourceAccess=True)
    assert refusal(owner.put_resource_policy, ResourceArn=arn, Policy=writes) == denied(
        "owner", "PutResourcePolicy", arn, "with an explicit deny in a resource-based policy"
    )
    # The account's root cannot lock itself out (API reference, "DeleteResourcePolicy").
    account.admin.put_resource_policy(**lock)
    account.admin.delete_resource_policy(ResourceArn=arn)
    # Access that the resource's policy alone gave goes with it.
    guest = account.client(account.user("guest"))
    only = document(grant("guest", "dynamodb:PutResourcePolicy", on=arn))
    account.admin.put_resource_policy(ResourceArn=arn, Policy=only)
    guest.put_resource_policy(ResourceArn=arn, Policy=only)
    assert refusal(guest.put_resource_policy, ResourceArn=arn, Policy=writes)[0] == (
        "AccessDeniedException"
    )


def test_tags_of_tables_decide(account: Account) -> None:
    """Developer guide, "Using ABAC with DynamoDB tables and indexes"."""
    account.admin.create_table(
        TableName="Staging",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": each, "AttributeType": "S"} for each in ("pk", "g")
        ],
        GlobalSecondaryIndexes=[
            {"IndexName": "ByG", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
             "Projection": {"ProjectionType": "ALL"}}
        ],
        Tags=tags(Environment="staging"),
    )  # fmt: skip
    arn = f"{TABLE_ARN}/Staging"
    staging = {"StringEquals": {"aws:ResourceTag/environment": "staging"}}
    user = account.client(
        account.user("tester", allow("dynamodb:PutItem", "dynamodb:Scan", Condition=staging))
    )
    item = {"TableName": "Staging", "Item": {"pk": {"S": "p"}}}
    for _ in range(3):
        user.put_item(**item)
        user.scan(TableName="Staging", IndexName="ByG")
        account.admin.tag_resource(ResourceArn=arn, Tags=tags(Environment="live"))
        assert refusal(user.put_item, **item) == denied("tester", "PutItem", arn)
        assert refusal(user.scan, TableName="Staging", IndexName="ByG") == denied(
            "tester", "Scan", f"{arn}/index/ByG"
        )
        account.admin.untag_resource(ResourceArn=arn, TagKeys=["Environment"])
        assert refusal(user.put_item, **item)[0] == "AccessDeniedException"
        account.admin.tag_resource(ResourceArn=arn, Tags=tags(ENVIRONMENT="staging"))
        user.put_item(**item)
        account.admin.untag_resource(ResourceArn=arn, TagKeys=["ENVIRONMENT"])
        account.admin.tag_resource(ResourceArn=arn, Tags=tags(Environment="staging"))
    account.table("Untagged")
    assert refusal(user.put_item, TableName="Untagged", Item=KEY)[0] == "AccessDeniedException"
    account.allow("tester", allow("dynamodb:*"), {**allow("dynamodb:*", Condition=staging),
                                                  "Effect": "Deny"})  # fmt: skip
    user.put_item(TableName="Untagged", Item=KEY)
    batch = {"Untagged": [{"PutRequest": {"Item": KEY}}],
             "Staging": [{"PutRequest": {"Item": item["Item"]}}]}  # fmt: skip
    assert refusal(user.batch_write_item, RequestItems=batch) == denied(
        "tester", "BatchWriteItem", arn, "with an explicit deny in an identity-based policy"
    )
    user.batch_write_item(RequestItems={"Untagged": batch["Untagged"]})


def test_a_team_has_its_own_tables(account: Account) -> None:
    account.admin.create_table(**account.request("Red"), Tags=tags(Team="red"))
    own = {"StringEquals": {"aws:ResourceTag/Team": "${aws:PrincipalTag/Team}"}}
    clients = {}
    for team in ("red", "blue"):
        name = f"one-of-{team}"
        keys = account.user(name, allow("dynamodb:GetItem", Condition=own))
        account.iam.tag_user(UserName=name, Tags=tags(Team=team))
        clients[team] = account.client(keys)
    clients["red"].get_item(TableName="Red", Key=KEY)
    assert refusal(clients["blue"].get_item, TableName="Red", Key=KEY) == denied(
        "one-of-blue", "GetItem", f"{TABLE_ARN}/Red"
    )


def test_streams_have_tags_of_their_own(account: Account) -> None:
    """Developer guide, "Using attribute-based access control with DynamoDB Streams"."""
    account.admin.create_table(
        **account.request("Flow"),
        Tags=tags(Team="analytics"),
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
    )
    stream = account.admin.describe_table(TableName="Flow")["Table"]["LatestStreamArn"]
    condition = {"StringEquals": {"aws:ResourceTag/Team": "analytics"}}
    keys = account.user("analyst", allow("dynamodb:DescribeStream", Condition=condition))
    streams = account.client(keys, "dynamodbstreams")
    assert refusal(streams.describe_stream, StreamArn=stream) == denied(
        "analyst", "DescribeStream", stream
    )
    account.admin.tag_resource(ResourceArn=stream, Tags=tags(Team="analytics"))
    streams.describe_stream(StreamArn=stream)
    account.admin.untag_resource(ResourceArn=stream, TagKeys=["Team"])
    assert refusal(streams.describe_stream, StreamArn=stream)[0] == "AccessDeniedException"


def test_tags_in_requests_decide(account: Account) -> None:
    """Developer guide, "Examples for using ABAC with DynamoDB tables and indexes", 2 and 3."""
    titled = {"StringEquals": {"aws:RequestTag/Title": "VP"}}
    costs = {"ForAllValues:StringEquals": {"aws:TagKeys": ["Title", "CostCenter"]}}
    keys = account.user(
        "tagger",
        allow("dynamodb:CreateTable"),
        allow("dynamodb:TagResource", Condition=titled),
        allow("dynamodb:UntagResource", Condition=costs),
    )
    tagger = account.client(keys)
    arn = f"{TABLE_ARN}/Titled"
    assert refusal(tagger.create_table, **account.request("Titled"), Tags=tags(Title="CTO")) == (
        denied("tagger", "TagResource", arn)
    )
    tagger.create_table(**account.request("Titled"), Tags=tags(Title="VP"))
    tagger.tag_resource(ResourceArn=arn, Tags=tags(Title="VP", CostCenter="1", Other="x"))
    assert refusal(tagger.tag_resource, ResourceArn=arn, Tags=tags(CostCenter="2"))[0] == (
        "AccessDeniedException"
    )
    tagger.untag_resource(ResourceArn=arn, TagKeys=["CostCenter"])
    assert refusal(tagger.untag_resource, ResourceArn=arn, TagKeys=["CostCenter", "Other"])[0] == (
        "AccessDeniedException"
    )


def test_tags_count_at_once_on_every_worker(start_server: StartServer) -> None:
    server = start_server("--workers", "2", "--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY)
    account = Account(server)
    account.table("Shared")
    arn = f"{TABLE_ARN}/Shared"
    condition = {"Null": {"aws:ResourceTag/open": "false"}}
    keys = account.user("pat", allow("dynamodb:GetItem", Condition=condition))
    get = {"TableName": "Shared", "Key": KEY}
    clients = [account.client(keys) for _ in range(8)]
    for number in range(5):
        account.admin.tag_resource(ResourceArn=arn, Tags=tags(open="yes"))
        for client in clients:
            client.get_item(**get)
        account.admin.untag_resource(ResourceArn=arn, TagKeys=["open"])
        for client in clients:
            assert refusal(client.get_item, **get)[0] == "AccessDeniedException", number
