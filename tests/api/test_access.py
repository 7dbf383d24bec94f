"""Access control end to end, with boto3: users, keys, roles, and the policies in all guides."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.api.accounts import (
    KEY,
    TABLE_ARN,
    Account,
    allow,
    credentials,
    denied,
    document,
    refusal,
)
from tests.conftest import StartServer
from tests.servers import ACCESS_KEY, REGION, SECRET_KEY, RunningServer


def test_the_read_only_policy_of_every_guide(account: Account) -> None:
    account.table("Books")
    account.table("Others")
    account.admin.put_item(TableName="Books", Item=KEY)
    arn = f"{TABLE_ARN}/Books"
    reader = account.client(
        account.user("reader", allow("dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan", on=arn))
    )
    assert reader.get_item(TableName="Books", Key=KEY)["Item"] == KEY
    assert reader.scan(TableName="Books")["Count"] == 1
    found = reader.query(
        TableName="Books",
        KeyConditionExpression="pk = :p",
        ExpressionAttributeValues={":p": {"S": "p"}},
    )
    assert found["Count"] == 1
    assert refusal(reader.put_item, TableName="Books", Item=KEY) == denied("reader", "PutItem", arn)
    assert refusal(reader.delete_table, TableName="Books") == denied("reader", "DeleteTable", arn)
    assert refusal(reader.get_item, TableName="Others", Key=KEY) == denied(
        "reader", "GetItem", f"{TABLE_ARN}/Others"
    )
    assert refusal(reader.list_tables) == denied("reader", "ListTables", f"{TABLE_ARN}/*")
    assert refusal(reader.batch_get_item, RequestItems={"Books": {"Keys": [KEY]}}) == denied(
        "reader", "BatchGetItem", arn
    )
    assert refusal(
        reader.transact_write_items, TransactItems=[{"Put": {"TableName": "Books", "Item": KEY}}]
    ) == denied("reader", "PutItem", arn)
    assert reader.transact_get_items(TransactItems=[{"Get": {"TableName": "Books", "Key": KEY}}])[
        "Responses"
    ] == [{"Item": KEY}]


def test_each_user_sees_the_items_whose_partition_key_is_their_id(account: Account) -> None:
    account.table("Scores")
    arn = f"{TABLE_ARN}/Scores"
    own = allow(
        "dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:PutItem",
        "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem",
        on=[arn], Condition={"ForAllValues:StringEquals": {
            "dynamodb:LeadingKeys": ["${aws:username}"]}},
    )  # fmt: skip
    clients = {name: account.client(account.user(name, own)) for name in ("anna", "bela")}
    for name, client in clients.items():
        other = "bela" if name == "anna" else "anna"
        mine, others = ({"pk": {"S": who}, "sk": {"S": "1"}} for who in (name, other))
        client.put_item(TableName="Scores", Item=mine)
        assert client.get_item(TableName="Scores", Key=mine)["Item"] == mine
        for call, parameters in (
            (client.get_item, {"Key": others}),
            (client.put_item, {"Item": others}),
            (client.delete_item, {"Key": others}),
        ):
            code, text = refusal(call, TableName="Scores", **parameters)
            assert (code, text.endswith("action")) == ("AccessDeniedException", True)
        query = {"TableName": "Scores", "KeyConditionExpression": "#k = :p"}
        query["ExpressionAttributeNames"] = {"#k": "pk"}
        assert client.query(**query, ExpressionAttributeValues={":p": {"S": name}})["Count"] == 1
        assert refusal(client.query, **query, ExpressionAttributeValues={":p": {"S": other}})
        both = {"Scores": {"Keys": [mine, others]}}
        assert refusal(client.batch_get_item, RequestItems=both) == denied(
            name, "BatchGetItem", arn
        )
        assert client.batch_get_item(RequestItems={"Scores": {"Keys": [mine]}})["Responses"]
        puts = [{"PutRequest": {"Item": item}} for item in (mine, others)]
        assert refusal(client.batch_write_item, RequestItems={"Scores": puts})
        assert refusal(client.scan, TableName="Scores") == denied(name, "Scan", arn)


def test_only_some_attributes(account: Account) -> None:
    account.table("People", sort=None)
    account.admin.put_item(
        TableName="People", Item={"pk": {"S": "p"}, "name": {"S": "n"}, "wage": {"N": "1"}}
    )
    limited = allow(
        "dynamodb:GetItem", "dynamodb:UpdateItem",
        Condition={
            "ForAllValues:StringEquals": {"dynamodb:Attributes": ["pk", "name"]},
            "StringEqualsIfExists": {
                "dynamodb:Select": "SPECIFIC_ATTRIBUTES",
                "dynamodb:ReturnValues": ["NONE", "UPDATED_OLD", "UPDATED_NEW"],
            },
        },
    )  # fmt: skip
    clerk = account.client(account.user("clerk", limited))
    get = {"TableName": "People", "Key": {"pk": {"S": "p"}}}
    names = {"ExpressionAttributeNames": {"#n": "name"}}
    assert clerk.get_item(**get, ProjectionExpression="pk, #n", **names)["Item"] == {
        "pk": {"S": "p"}, "name": {"S": "n"},
    }  # fmt: skip
    assert refusal(clerk.get_item, **get)[0] == "AccessDeniedException"
    assert refusal(clerk.get_item, **get, ProjectionExpression="wage")
    update = {**get, **names, "ExpressionAttributeValues": {":v": {"S": "v"}}}
    clerk.update_item(**update, UpdateExpression="SET #n = :v")
    assert refusal(
        clerk.update_item, **update, UpdateExpression="SET #n = :v", ReturnValues="ALL_OLD"
    )
    assert refusal(clerk.update_item, **get, **names, UpdateExpression="SET #n = wage")
    assert refusal(
        clerk.update_item,
        **update,
        UpdateExpression="SET #n = :v",
        ConditionExpression="wage <> :v",
    )


def test_indexes_are_resources_of_their_own(account: Account) -> None:
    account.admin.create_table(
        TableName="Indexed",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": each, "AttributeType": "S"} for each in ("pk", "g")
        ],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[
            {"IndexName": "ByG", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
             "Projection": {"ProjectionType": "ALL"}}
        ],
    )  # fmt: skip
    arn = f"{TABLE_ARN}/Indexed"
    user = account.client(
        account.user("indexer", allow("dynamodb:Query", "dynamodb:Scan", on=f"{arn}/index/*"))
    )
    assert user.scan(TableName="Indexed", IndexName="ByG")["Count"] == 0
    assert refusal(user.scan, TableName="Indexed") == denied("indexer", "Scan", arn)


READS: list[tuple[str, dict[str, Any]]] = [
    ("get_item", {"Key": KEY}),
    ("put_item", {"Item": KEY}),
    ("describe_table", {}),
    ("delete_table", {}),
]


@pytest.mark.parametrize(("operation", "members"), READS)
@pytest.mark.parametrize("index", ["ByG", {}, []])
def test_no_member_that_an_operation_does_not_have_decides(
    account: Account, operation: str, members: dict[str, Any], index: Any
) -> None:
    """A caller who may only use indexes cannot reach the table through a parameter that the
    operation ignores."""
    name = f"Ignored-{operation}-{index or type(index).__name__}"
    account.table(name)
    arn = f"{TABLE_ARN}/{name}"
    select = {"StringEquals": {"dynamodb:Select": "COUNT"}}
    keys = account.user(
        name,
        allow("dynamodb:*", on=f"{arn}/index/*"),
        allow("dynamodb:*", on=arn, Condition=select),
    )
    user = account.client(keys)

    def inject(params: dict[str, Any], **_others: Any) -> None:
        body = {**json.loads(params["body"]), "IndexName": index, "Select": "COUNT"}
        params["body"] = json.dumps(body).encode()

    user.meta.events.register("before-call.dynamodb", inject)
    action = operation.title().replace("_", "")
    for _ in range(2):
        assert refusal(getattr(user, operation), TableName=name, **members) == denied(
            name, action, arn
        )


IGNORED: list[tuple[str, dict[str, Any], str]] = [
    ("put_user_policy", {"PolicyName": "all", "PolicyDocument": "{}"}, "GroupName=mine"),
    ("create_access_key", {}, "RoleName=mine"),
    ("delete_user", {}, "PolicyArn=arn:aws:iam::000000000000:group/mine&GroupName=mine"),
    ("delete_user", {}, "Tags.member.1.Key=team&Tags.member.1.Value=mine"),
    ("untag_user", {"TagKeys": ["secret"]}, "Tags.member.1.Key=mine"),
]


@pytest.mark.parametrize(("operation", "members", "ignored"), IGNORED)
def test_no_parameter_that_an_action_does_not_have_decides(
    account: Account, operation: str, members: dict[str, Any], ignored: str
) -> None:
    """A caller who may manage a group, or users with a tag, cannot reach others by naming it in an
    ignored parameter."""
    name = f"manager-{len(account.iam.list_users()['Users'])}"
    on = [f"arn:aws:iam::000000000000:{kind}/mine" for kind in ("group", "role")]
    tagged = {"StringEquals": {"aws:RequestTag/team": "mine"}}
    only = {"ForAnyValue:StringEquals": {"aws:TagKeys": "mine"}}
    keys = account.user(
        name,
        allow("iam:*", on=on),
        allow("iam:*", Condition=tagged),
        allow("iam:*", Condition=only),
    )
    iam = account.client(keys, "iam")

    def inject(params: dict[str, Any], **_others: Any) -> None:
        for each in ignored.split("&"):
            member, _, value = each.partition("=")
            params["body"][member] = value

    iam.meta.events.register("before-call.iam", inject)
    code, text = refusal(getattr(iam, operation), UserName=name, **members)
    assert code == "AccessDenied"
    assert f"on resource: user {name} because" in text


def test_renaming_takes_permission_on_the_new_name_too(account: Account) -> None:
    """IAM API reference, "UpdateUser" and "UpdateGroup"."""
    here = "arn:aws:iam::000000000000"
    own = allow("iam:Update*", on=[f"{here}:user/renamer", f"{here}:group/renamed"])
    iam = account.client(account.user("renamer", own), "iam")
    account.iam.create_group(GroupName="renamed")
    code, text = refusal(iam.update_user, UserName="renamer", NewUserName="boss")
    assert (code, f"on resource: {here}:user/boss because" in text) == ("AccessDenied", True)
    code, text = refusal(iam.update_user, UserName="renamer", NewPath="/staff/")
    assert (code, f"on resource: {here}:user/staff/renamer" in text) == ("AccessDenied", True)
    code, text = refusal(iam.update_group, GroupName="renamed", NewGroupName="bosses")
    assert (code, f"on resource: {here}:group/bosses because" in text) == ("AccessDenied", True)
    account.allow("renamer", own, allow("iam:UpdateUser", on=f"{here}:user/boss"))
    iam.update_user(UserName="renamer", NewUserName="boss")


def test_a_changed_policy_counts_at_once(account: Account) -> None:
    account.table("Now")
    keys = account.user("hasty")
    user = account.client(keys)
    get = {"TableName": "Now", "Key": KEY}
    for _ in range(3):
        assert refusal(user.get_item, **get)[0] == "AccessDeniedException"
        account.allow("hasty", allow("dynamodb:GetItem"))
        user.get_item(**get)
        account.allow("hasty", allow("*"), {"Effect": "Deny", "Action": "*", "Resource": "*"})
        assert refusal(user.get_item, **get) == denied(
            "hasty",
            "GetItem",
            f"{TABLE_ARN}/Now",
            "with an explicit deny in an identity-based policy",
        )
        account.iam.delete_user_policy(UserName="hasty", PolicyName="own")
    account.allow("hasty", allow("dynamodb:GetItem"))
    user.get_item(**get)
    account.iam.update_access_key(
        UserName="hasty", AccessKeyId=keys["aws_access_key_id"], Status="Inactive"
    )
    assert refusal(user.get_item, **get) == (
        "UnrecognizedClientException", "The security token included in the request is invalid."
    )  # fmt: skip


def test_workers_agree(start_server: StartServer) -> None:
    server = start_server("--workers", "2", "--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY)
    account = Account(server)
    account.table("Shared")
    keys = account.user("pat", allow("dynamodb:GetItem"))
    get = {"TableName": "Shared", "Key": KEY}
    clients = [account.client(keys) for _ in range(8)]
    for number in range(5):
        for client in clients:
            client.get_item(**get)
        account.allow("pat", {**allow("*"), "Effect": "Deny"})
        for client in clients:
            assert refusal(client.get_item, **get)[0] == "AccessDeniedException", number
        account.allow("pat", allow("dynamodb:GetItem"))


def test_groups_boundaries_and_versions(account: Account) -> None:
    iam = account.iam
    keys = account.user("gabi")
    client = account.client(keys)
    iam.create_group(GroupName="Staff")
    iam.add_user_to_group(GroupName="Staff", UserName="gabi")
    arn = iam.create_policy(
        PolicyName="Listing", PolicyDocument=document(allow("dynamodb:ListTables"))
    )["Policy"]["Arn"]
    iam.attach_group_policy(GroupName="Staff", PolicyArn=arn)
    client.list_tables()
    version = iam.create_policy_version(
        PolicyArn=arn, PolicyDocument=document(allow("dynamodb:DescribeLimits"))
    )["PolicyVersion"]["VersionId"]
    client.list_tables()
    iam.set_default_policy_version(PolicyArn=arn, VersionId=version)
    assert refusal(client.list_tables)[0] == "AccessDeniedException"
    client.describe_limits()
    boundary = iam.create_policy(PolicyName="Edge", PolicyDocument=document(allow("s3:*")))
    iam.put_user_permissions_boundary(
        UserName="gabi", PermissionsBoundary=boundary["Policy"]["Arn"]
    )
    assert refusal(client.describe_limits)[1].endswith(
        "because no permissions boundary allows the dynamodb:DescribeLimits action"
    )
    assert refusal(iam.delete_policy, PolicyArn=arn)[0] == "DeleteConflict"
    assert refusal(iam.delete_user, UserName="gabi")[0] == "DeleteConflict"
    assert refusal(iam.create_user, UserName="GABI")[0] == "EntityAlreadyExists"
    assert refusal(iam.get_user, UserName="nobody") == (
        "NoSuchEntity", "The user with name nobody cannot be found."
    )  # fmt: skip
    assert (
        refusal(iam.put_user_policy, UserName="gabi", PolicyName="x", PolicyDocument="{}")[0]
        == "MalformedPolicyDocument"
    )
    found = iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]
    assert found["Document"]["Statement"][0]["Action"] == ["dynamodb:ListTables"]
    assert iam.get_user(UserName="gabi")["User"]["PermissionsBoundary"]
    assert [each["GroupName"] for each in iam.list_groups_for_user(UserName="gabi")["Groups"]] == [
        "Staff"
    ]


def test_managed_policies_that_deny_are_named(account: Account) -> None:
    iam = account.iam
    client = account.client(account.user("nell", allow("*")))
    deny = {"Effect": "Deny", "Action": "dynamodb:ListTables", "Resource": "*"}
    arn = iam.create_policy(
        PolicyName="NoLists", Path="/ward/", PolicyDocument=document(deny, allow("*"))
    )["Policy"]["Arn"]
    iam.attach_user_policy(UserName="nell", PolicyArn=arn)
    assert refusal(client.list_tables)[1].endswith(
        f" with an explicit deny in an identity-based policy: {arn}"
    )
    iam.detach_user_policy(UserName="nell", PolicyArn=arn)
    iam.put_user_permissions_boundary(UserName="nell", PermissionsBoundary=arn)
    assert refusal(client.list_tables)[1].endswith(
        f" with an explicit deny in a permissions boundary: {arn}"
    )


def test_when_a_key_was_last_used(account: Account) -> None:
    account.table("Used")
    keys = account.user("busy", allow("dynamodb:PutItem"))
    key_id = keys["aws_access_key_id"]
    before = account.iam.get_access_key_last_used(AccessKeyId=key_id)
    never = {"ServiceName": "N/A", "Region": "N/A"}
    assert (before["UserName"], before["AccessKeyLastUsed"]) == ("busy", never)
    begin = datetime.now(UTC) - timedelta(seconds=2)
    user = account.client(keys)
    user.put_item(TableName="Used", Item=KEY)
    account.admin.put_item(TableName="Used", Item=KEY)  # joins a commit after that of the note
    used = account.iam.get_access_key_last_used(AccessKeyId=key_id)["AccessKeyLastUsed"]
    assert begin < used.pop("LastUsedDate") <= datetime.now(UTC)
    assert used == {"ServiceName": "dynamodb", "Region": REGION}
    assert refusal(account.iam.get_access_key_last_used, AccessKeyId="A" * 20)[0] == "AccessDenied"


def test_a_user_with_keys_takes_another_name(account: Account) -> None:
    keys = account.user("maiden", allow("dynamodb:ListTables"))
    spare = account.iam.create_access_key(UserName="maiden")["AccessKey"]["AccessKeyId"]
    account.iam.update_access_key(UserName="maiden", AccessKeyId=spare, Status="Inactive")
    account.iam.create_group(GroupName="Club")
    account.iam.add_user_to_group(GroupName="Club", UserName="maiden")
    token = account.client(keys, "sts").get_session_token()["Credentials"]
    account.iam.update_user(UserName="maiden", NewUserName="married", NewPath="/home/")
    for each in (keys, credentials(token)):
        account.client(each).list_tables()
        arn = account.client(each, "sts").get_caller_identity()["Arn"]
        assert arn == "arn:aws:iam::000000000000:user/home/married"
    listed = account.iam.list_access_keys(UserName="married")["AccessKeyMetadata"]
    assert {key["AccessKeyId"]: (key["UserName"], key["Status"]) for key in listed} == {
        keys["aws_access_key_id"]: ("married", "Active"), spare: ("married", "Inactive"),
    }  # fmt: skip
    assert [user["UserName"] for user in account.iam.get_group(GroupName="Club")["Users"]] == [
        "married"
    ]
    assert refusal(account.iam.get_user, UserName="maiden")[0] == "NoSuchEntity"
    # Whoever is called by the old name afterwards is somebody else.
    account.iam.create_user(UserName="maiden")
    assert (
        account.client(credentials(token), "sts").get_caller_identity()["Arn"].endswith("/married")
    )
    assert refusal(account.iam.update_user, UserName="maiden", NewUserName="MARRIED")[0] == (
        "EntityAlreadyExists"
    )


def test_who_may_manage_identities(account: Account) -> None:
    helper = account.client(account.user("helper", allow("iam:GetUser", "iam:ListUsers")), "iam")
    assert helper.get_user()["User"]["UserName"] == "helper"
    code, text = refusal(helper.create_user, UserName="evil")
    assert (code, text) == ("AccessDenied", (
        "User: arn:aws:iam::000000000000:user/helper is not authorized to perform: iam:CreateUser "
        "on resource: arn:aws:iam::000000000000:user/evil because no identity-based policy allows "
        "the iam:CreateUser action"
    ))  # fmt: skip
    wrong = {**credentials({"AccessKeyId": ACCESS_KEY, "SecretAccessKey": "wrong"})}
    assert refusal(account.client(wrong, "iam").list_users)[0] == "SignatureDoesNotMatch"


def test_identities_outlive_the_server(start_server: StartServer) -> None:
    options = ("--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY)
    first = start_server(*options)
    account = Account(first)
    keys = account.user("ida", allow("dynamodb:ListTables"))
    assert first.stop() == 0
    again = Account(start_server(*options))
    again.client(keys).list_tables()


def test_an_open_server_takes_the_calls_and_lets_everybody_through(
    running_server: RunningServer,
) -> None:
    iam = running_server.client("iam")
    iam.create_user(UserName="rehearsal")
    assert iam.get_user(UserName="rehearsal")["User"]["UserName"] == "rehearsal"
    running_server.client().list_tables()
    iam.delete_user(UserName="rehearsal")
