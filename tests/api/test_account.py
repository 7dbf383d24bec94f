"""The account as a whole, and kinds of identities that it cannot have, with boto3."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.accounts import Account, allow, document, refusal
from tests.servers import ACCESS_KEY, SECRET_KEY, RunningServer

EDGE = "arn:aws:iam::000000000000:policy/Edge"


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account with two users, a group, a role and a policy of two versions."""
    scratch: Path = tmp_path_factory.mktemp("stocked")
    server = RunningServer(
        scratch, "--memory", "--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY
    )
    account = Account(server)
    iam = account.iam
    account.user("ada", allow("dynamodb:GetItem"))
    iam.create_user(UserName="bob")
    iam.create_group(GroupName="Staff")
    iam.add_user_to_group(GroupName="Staff", UserName="ada")
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}
    iam.create_role(RoleName="Night", AssumeRolePolicyDocument=document(trust))
    iam.create_policy(PolicyName="Edge", PolicyDocument=document(allow("a:b")))
    iam.create_policy_version(PolicyArn=EDGE, PolicyDocument=document(allow("a:c")))
    iam.attach_role_policy(RoleName="Night", PolicyArn=EDGE)
    yield account
    server.kill()


def test_what_there_is_of_everything(stocked: Account) -> None:
    summary = stocked.iam.get_account_summary()["SummaryMap"]
    counted = ("Users", "Groups", "Roles", "Policies", "PolicyVersionsInUse", "MFADevices")
    assert [summary[each] for each in counted] == [2, 1, 1, 1, 2, 0]
    # IAM user guide, "IAM and STS quotas".
    quotas = ("AccessKeysPerUserQuota", "PolicySizeQuota", "UserPolicySizeQuota",
              "GroupPolicySizeQuota", "RolePolicySizeQuota", "VersionsPerPolicyQuota")  # fmt: skip
    assert [summary[each] for each in quotas] == [2, 6144, 2048, 5120, 10240, 5]
    model = stocked.iam.meta.service_model.shape_for("summaryKeyType")
    assert sorted(summary) == sorted(model.enum)


def test_who_has_which_policies(stocked: Account) -> None:
    iam = stocked.iam
    details = iam.get_account_authorization_details(
        Filter=["User", "Group", "Role", "LocalManagedPolicy"]
    )
    ada, bob = details["UserDetailList"]
    assert (ada["UserName"], ada["GroupList"]) == ("ada", ["Staff"])
    assert ada["UserPolicyList"][0]["PolicyDocument"]["Statement"][0]["Action"] == [
        "dynamodb:GetItem"
    ]
    assert (bob["UserName"], bob["UserPolicyList"]) == ("bob", [])
    (group,), (role,) = details["GroupDetailList"], details["RoleDetailList"]
    assert group["GroupName"] == "Staff"
    assert role["AttachedManagedPolicies"] == [{"PolicyName": "Edge", "PolicyArn": EDGE}]
    (policy,) = details["Policies"]
    assert [
        (each["VersionId"], each["Document"]["Statement"][0]["Action"])
        for each in policy["PolicyVersionList"]
    ] == [("v1", ["a:b"]), ("v2", ["a:c"])]
    pages = iam.get_paginator("get_account_authorization_details").paginate(
        PaginationConfig={"PageSize": 2}
    )
    seen = [
        each["Arn"]
        for page in pages
        for member in ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
        for each in page[member]
    ]
    assert len(set(seen)) == len(seen)
    assert {ada["Arn"], bob["Arn"], group["Arn"], role["Arn"], EDGE} < set(seen)
    assert any(arn.startswith("arn:aws:iam::aws:policy/") for arn in seen)
    only = iam.get_account_authorization_details(Filter=["Role"])
    assert (only["UserDetailList"], len(only["RoleDetailList"])) == ([], 1)


def test_what_there_is_none_of(stocked: Account) -> None:
    iam = stocked.iam
    for call, member in (
        (iam.list_account_aliases, "AccountAliases"),
        (iam.list_instance_profiles, "InstanceProfiles"),
        (iam.list_open_id_connect_providers, "OpenIDConnectProviderList"),
        (iam.list_saml_providers, "SAMLProviderList"),
        (iam.list_server_certificates, "ServerCertificateMetadataList"),
        (iam.list_virtual_mfa_devices, "VirtualMFADevices"),
    ):
        assert call()[member] == []
    for call, member in (
        (iam.list_mfa_devices, "MFADevices"),
        (iam.list_ssh_public_keys, "SSHPublicKeys"),
        (iam.list_service_specific_credentials, "ServiceSpecificCredentials"),
        (iam.list_signing_certificates, "Certificates"),
    ):
        assert call(UserName="ada")[member] == []
        assert refusal(call, UserName="nobody")[0] == "NoSuchEntity"
    for call in (iam.get_login_profile, iam.delete_login_profile):
        assert refusal(call, UserName="ada") == (
            "NoSuchEntity", "Login Profile for User ada cannot be found.",
        )  # fmt: skip
    assert refusal(iam.get_account_password_policy)[0] == "NoSuchEntity"
    # To make one is refused, not taken and forgotten.
    assert refusal(iam.create_account_alias, AccountAlias="home")[0] == "InvalidAction"
