"""Roles, and temporary credentials of users and of federated users, end to end with boto3."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.api.accounts import (
    KEY,
    TABLE_ARN,
    Account,
    allow,
    credentials,
    document,
    refusal,
)
from tests.conftest import StartServer
from tests.servers import ACCESS_KEY, SECRET_KEY


def test_a_role_is_assumed_by_those_it_trusts(account: Account) -> None:
    account.table("Roles")
    keys = account.user("eva", allow("dynamodb:ListTables"))
    user = account.client(keys)
    trust = {
        "Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"AWS": "arn:aws:iam::000000000000:user/eva"},
    }  # fmt: skip
    role = account.iam.create_role(RoleName="Reader", AssumeRolePolicyDocument=document(trust))
    arn = role["Role"]["Arn"]
    assert (
        role["Role"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == trust["Principal"]
    )
    account.iam.attach_role_policy(
        RoleName="Reader", PolicyArn="arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess"
    )
    sts = account.client(keys, "sts")
    assert sts.get_caller_identity()["Arn"].endswith(":user/eva")
    assumed = sts.assume_role(RoleArn=arn, RoleSessionName="night")
    session = account.client(credentials(assumed["Credentials"]))
    session.put_item(TableName="Roles", Item=KEY)
    assert refusal(user.put_item, TableName="Roles", Item=KEY)
    whoami = account.client(credentials(assumed["Credentials"]), "sts").get_caller_identity()
    assert whoami["Arn"] == "arn:aws:sts::000000000000:assumed-role/Reader/night"
    narrow = sts.assume_role(
        RoleArn=arn, RoleSessionName="night", Policy=document(allow("dynamodb:GetItem"))
    )
    limited = account.client(credentials(narrow["Credentials"]))
    limited.get_item(TableName="Roles", Key=KEY)
    _, text = refusal(limited.put_item, TableName="Roles", Item=KEY)
    assert "assumed-role/Reader/night is not authorized" in text
    assert text.endswith("because no session policy allows the dynamodb:PutItem action")
    stranger = account.client(account.user("stranger"), "sts")
    assert refusal(stranger.assume_role, RoleArn=arn, RoleSessionName="day")[0] == "AccessDenied"
    without_token = {**credentials(assumed["Credentials"])}
    del without_token["aws_session_token"]
    assert refusal(account.client(without_token).list_tables)[0] == "UnrecognizedClientException"
    forged = {**credentials(assumed["Credentials"]), "aws_session_token": "AAAA"}
    assert refusal(account.client(forged).list_tables)[0] == "UnrecognizedClientException"
    account.iam.detach_role_policy(
        RoleName="Reader", PolicyArn="arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess"
    )
    assert refusal(session.put_item, TableName="Roles", Item=KEY)[0] == "AccessDeniedException"
    account.iam.delete_role(RoleName="Reader")
    assert (
        refusal(session.put_item, TableName="Roles", Item=KEY)[0] == "UnrecognizedClientException"
    )


def test_sessions_of_an_open_server_end_when_it_is_closed(start_server: StartServer) -> None:
    opened = start_server()
    sts = opened.client("sts")
    keys = [
        credentials(sts.get_session_token()["Credentials"]),
        credentials(sts.get_federation_token(Name="guest")["Credentials"]),
    ]
    sts.close()
    assert opened.stop() == 0
    closed = Account(start_server("--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY))
    for each in keys:
        code, _ = refusal(closed.client(each).list_tables)
        assert code == "UnrecognizedClientException"
    own = closed.sts.get_session_token()["Credentials"]
    closed.client(credentials(own)).list_tables()
    code, text = refusal(closed.client(credentials(own), "sts").get_session_token)
    assert (code, "with session credentials" in text) == ("AccessDenied", True)


def test_another_spelling_of_a_roles_arn_is_the_same_role(account: Account) -> None:
    who = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}
    arn = account.role("Spelled", trust=document(who))
    keys = account.user("olga", allow("sts:AssumeRole"), {**allow("*", on=arn), "Effect": "Deny"})
    sts = account.client(keys, "sts")
    for given in (arn, arn.replace("Spelled", "SPELLED"), arn.replace("0" * 12, "1" * 12)):
        code, text = refusal(sts.assume_role, RoleArn=given, RoleSessionName="day")
        assert (code, f"on resource: {arn} with an explicit deny" in text) == ("AccessDenied", True)


@pytest.mark.parametrize(
    ("parameters", "code", "text"),
    [
        ({"RoleSessionName": "a b"}, "ValidationError", "at 'roleSessionName' failed to satisfy"),
        ({"DurationSeconds": 50_000}, "ValidationError", "at 'durationSeconds' failed to satisfy"),
        (
            {"Tags": [{"Key": "team", "Value": "a"}, {"Key": "Team", "Value": "b"}]},
            "InvalidParameterValue",
            "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
        ),
        (
            {"Tags": [{"Key": "AWS:team", "Value": "a"}]},
            "InvalidParameterValue",
            "Tag keys beginning with aws: are reserved for system use.",
        ),
        (
            {"Tags": [{"Key": f"k{number}", "Value": ""} for number in range(51)]},
            "ValidationError",
            "at 'tags' failed to satisfy constraint: Member must have length less than or equal",
        ),
    ],
)
def test_the_form_of_a_request_comes_before_whether_the_role_may_be_assumed(
    account: Account, parameters: dict[str, Any], code: str, text: str
) -> None:
    (name,) = parameters
    sts = account.client(account.user(f"formal-{name}-{abs(hash(text))}"), "sts")
    asked = {"RoleArn": "arn:aws:iam::000000000000:role/None", "RoleSessionName": "day"}
    assert refusal(sts.assume_role, **asked)[0] == "AccessDenied"
    given, message = refusal(sts.assume_role, **{**asked, **parameters})
    assert (given, text in message) == (code, True)


def test_session_tokens_of_users(account: Account) -> None:
    keys = account.user("dora", allow("dynamodb:ListTables"))
    token = account.client(keys, "sts").get_session_token(DurationSeconds=900)["Credentials"]
    account.client(credentials(token)).list_tables()
    code, text = refusal(account.client(credentials(token)).describe_limits)
    assert (code, "user/dora" in text) == ("AccessDeniedException", True)
    account.allow("dora", allow("iam:*"))
    account.client(keys, "iam").list_users()
    assert refusal(account.client(credentials(token), "iam").list_users)[0] == (
        "InvalidClientTokenId"
    )


def test_session_tags_take_permission(account: Account) -> None:
    """IAM user guide, "Permissions required to add session tags": sts:TagSession, too."""
    here = "arn:aws:iam::000000000000"
    trust = {**allow("sts:AssumeRole"), "Principal": {"AWS": f"{here}:user/tagger"}}
    del trust["Resource"]
    keys = account.user("tagger", allow("sts:GetFederationToken"))
    account.iam.create_role(RoleName="Tagged", AssumeRolePolicyDocument=document(trust))
    sts = account.client(keys, "sts")
    assume = {"RoleArn": f"{here}:role/Tagged", "RoleSessionName": "day"}
    tags = {"Tags": [{"Key": "team", "Value": "red"}]}
    sts.assume_role(**assume)
    code, text = refusal(sts.assume_role, **assume, **tags)
    assert (code, "perform: sts:TagSession on resource" in text) == ("AccessDenied", True)
    sts.get_federation_token(Name="mia")
    code, text = refusal(sts.get_federation_token, Name="mia", **tags)
    assert (code, "perform: sts:TagSession on resource" in text) == ("AccessDenied", True)
    account.iam.update_assume_role_policy(
        RoleName="Tagged",
        PolicyDocument=document({**trust, "Action": ["sts:AssumeRole", "sts:TagSession"]}),
    )
    sts.assume_role(**assume, **tags)
    account.allow("tagger", allow("sts:GetFederationToken", "sts:TagSession"))
    sts.get_federation_token(Name="mia", **tags)


@pytest.mark.parametrize(
    "members",
    [
        {"TransitiveTagKeys": ["team"], "Tags": [{"Key": "team", "Value": "red"}]},
        {"SourceIdentity": "ada"},
        {"TokenCode": "123456"},
    ],
)
def test_what_a_session_cannot_have_is_refused(account: Account, members: dict[str, Any]) -> None:
    whole = {"AWS": "arn:aws:iam::000000000000:root"}
    actions = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
    trust = {"Effect": "Allow", "Action": actions, "Principal": whole}
    arn = account.role(f"Plain-{next(iter(members))}", trust=document(trust))
    sts = account.client(account.user(f"plain-{next(iter(members))}", allow("sts:*")), "sts")
    sts.assume_role(RoleArn=arn, RoleSessionName="day")
    code, _ = refusal(sts.assume_role, RoleArn=arn, RoleSessionName="day", **members)
    assert code == "InvalidInput"


def test_federated_users(account: Account) -> None:
    account.table("Lent")
    arn = f"{TABLE_ARN}/Lent"
    keys = account.user("broker", allow("dynamodb:GetItem", "sts:*", "iam:*"))
    sts = account.client(keys, "sts")

    def guest(*statements: dict[str, Any], **more: Any) -> dict[str, str]:
        policy = {"Policy": document(*statements)} if statements else {}
        given = sts.get_federation_token(Name="mia", DurationSeconds=900, **policy, **more)
        assert given["FederatedUser"] == {
            "FederatedUserId": "000000000000:mia",
            "Arn": "arn:aws:sts::000000000000:federated-user/mia",
        }
        return credentials(given["Credentials"])

    get = {"TableName": "Lent", "Key": KEY}
    # What both the broker's policies and the session's allow, and no more.
    lent = account.client(guest(allow("dynamodb:GetItem", "dynamodb:PutItem", on=arn)))
    lent.get_item(**get)
    code, text = refusal(lent.put_item, TableName="Lent", Item=KEY)
    assert (code, "federated-user/mia is not authorized" in text) == ("AccessDeniedException", True)
    nothing = account.client(guest())
    assert refusal(nothing.get_item, **get)[1].endswith(
        "because no session policy allows the dynamodb:GetItem action"
    )
    # A resource's policy that names the federated user needs nothing beside it.
    grant = {**allow("dynamodb:GetItem", on=arn),
             "Principal": {"AWS": "arn:aws:sts::000000000000:federated-user/mia"}}  # fmt: skip
    account.admin.put_resource_policy(ResourceArn=arn, Policy=document(grant))
    nothing.get_item(**get)
    tagged = allow("dynamodb:*", Condition={"StringEquals": {"aws:PrincipalTag/team": "red"}})
    for team, allowed in (("red", True), ("blue", False)):
        account.admin.delete_resource_policy(ResourceArn=arn)
        client = account.client(guest(tagged, Tags=[{"Key": "team", "Value": team}]))
        if allowed:
            client.get_item(**get)
        else:
            assert refusal(client.get_item, **get)[0] == "AccessDeniedException"
    all_of_it = guest(allow("*"))
    assert account.client(all_of_it, "sts").get_caller_identity()["UserId"] == "000000000000:mia"
    assert refusal(account.client(all_of_it, "iam").list_users)[0] == "InvalidClientTokenId"
    other = account.client(all_of_it, "sts")
    role = {"RoleArn": "arn:aws:iam::000000000000:role/any", "RoleSessionName": "mia"}
    for call, parameters in (
        (other.get_federation_token, {"Name": "eve"}),
        (other.get_session_token, {}),
        (other.assume_role, role),
    ):
        code, text = refusal(call, **parameters)
        assert (code, text.endswith("with federation credentials")) == ("AccessDenied", True)
    # The root's own: the session's policies are all that limits them.
    given = account.sts.get_federation_token(Name="mia", Policy=document(allow("dynamodb:PutItem")))
    of_root = account.client(credentials(given["Credentials"]))
    of_root.put_item(TableName="Lent", Item=KEY)
    assert refusal(of_root.get_item, **get)[0] == "AccessDeniedException"
    account.allow("broker", allow("sts:*"))
    assert refusal(lent.get_item, **get)[0] == "AccessDeniedException"


def test_policies_and_tags_have_to_fit_into_a_session(account: Account) -> None:
    sts = account.client(account.user("packer", allow("sts:*", "dynamodb:*")), "sts")
    assert "PackedPolicySize" not in sts.get_federation_token(Name="mia")
    policy = document(allow("dynamodb:GetItem"))
    given = sts.get_federation_token(Name="mia", Policy=policy)
    assert given["PackedPolicySize"] == math.ceil(len(policy) / 8192 * 100)
    tags = [{"Key": f"k{number}", "Value": "v" * 250} for number in range(30)]
    assert sts.get_federation_token(Name="mia", Tags=tags)["PackedPolicySize"] > 90
    more = [*tags, *({"Key": f"m{number}", "Value": "v" * 250} for number in range(10))]
    assert refusal(sts.get_federation_token, Name="mia", Tags=more) == (
        "PackedPolicyTooLarge",
        "Packed policy consumes 124% of allotted space, please use smaller policy.",
    )
    long = document(allow("dynamodb:GetItem", on=[f"{TABLE_ARN}/{'t' * 250}"] * 8))
    code, text = refusal(sts.get_federation_token, Name="mia", Policy=long)
    assert code == "ValidationError"
    assert text.endswith(
        "at 'policy' failed to satisfy constraint: Member must have length less "
        "than or equal to 2048"
    )
