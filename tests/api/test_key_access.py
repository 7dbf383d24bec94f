"""Key policies, grants and identities' policies on keys, end to end with boto3."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.api.accounts import Account, allow, credentials, document, refusal
from tests.api.key_policies import ROOT_ARN, named
from tests.servers import ACCESS_KEY, SECRET_KEY

USER_ARN = "arn:aws:iam::000000000000:user"


@pytest.fixture(scope="module")
def root(account: Account) -> Any:
    return account.server.client("kms")


@pytest.fixture
def arn(root: Any) -> str:
    return root.create_key()["KeyMetadata"]["Arn"]


def kms(account: Account, name: str, *statements: dict[str, Any]) -> Any:
    return account.client(account.user(name, *statements), "kms")


def denied(user: str, action: str, resource: str, kind: str = "identity-based policy") -> Any:
    return "AccessDeniedException", (
        f"User: {USER_ARN}/{user} is not authorized to perform: kms:{action} on resource: "
        f"{resource} because no {kind} allows the kms:{action} action"
    )


def kept_from(user: str) -> tuple[str, str]:
    """The error of Decrypt with the ciphertext alone."""
    return "AccessDeniedException", (
        f"User: {USER_ARN}/{user} is not authorized to perform: kms:Decrypt on the resource "
        "associated with this ciphertext because no identity-based policy allows the kms:Decrypt "
        "action"
    )


def test_the_default_policy_lets_identities_policies_decide(account, root, arn):
    user = kms(account, "dora", allow("kms:Encrypt", on=arn))
    blob = user.encrypt(KeyId=arn, Plaintext=b"hush")["CiphertextBlob"]
    assert refusal(user.decrypt, CiphertextBlob=blob) == kept_from("dora")
    assert refusal(user.decrypt, CiphertextBlob=blob, KeyId=arn) == denied("dora", "Decrypt", arn)
    assert refusal(user.create_key) == denied("dora", "CreateKey", "*")
    other = root.create_key()["KeyMetadata"]["Arn"]
    assert refusal(user.encrypt, KeyId=other, Plaintext=b"x") == denied("dora", "Encrypt", other)
    account.allow("dora", allow("kms:Decrypt", on=arn))
    assert user.decrypt(CiphertextBlob=blob)["Plaintext"] == b"hush"


def test_a_key_policy_that_names_a_user_is_enough(account, root, arn):
    user = kms(account, "kata")
    root.put_key_policy(
        KeyId=arn,
        Policy=document(
            named(ROOT_ARN, "kms:*"), named(f"{USER_ARN}/kata", "kms:Encrypt", "kms:Decrypt")
        ),
    )
    blob = user.encrypt(KeyId=arn, Plaintext=b"hush")["CiphertextBlob"]
    assert user.decrypt(CiphertextBlob=blob)["Plaintext"] == b"hush"
    assert refusal(user.disable_key, KeyId=arn) == denied("kata", "DisableKey", arn)


def test_without_the_account_in_it_identities_policies_have_no_effect(account, root, arn):
    owner = kms(account, "olga", allow("kms:CreateKey", "kms:ListKeys"))
    other = kms(account, "otto", allow("kms:*"))
    policy = document(named(f"{USER_ARN}/olga", "kms:*"))
    own = owner.create_key(Policy=policy)["KeyMetadata"]["Arn"]
    assert refusal(other.describe_key, KeyId=own) == denied(
        "otto", "DescribeKey", own, "resource-based policy"
    )
    blob = owner.encrypt(KeyId=own, Plaintext=b"hush")["CiphertextBlob"]
    assert refusal(other.decrypt, CiphertextBlob=blob) == denied(
        "otto", "Decrypt", own, "resource-based policy"
    )
    # Nor has the root, but that it can mend the policy.
    code, text = refusal(root.schedule_key_deletion, KeyId=own)
    assert code == "AccessDeniedException"
    assert text.startswith(f"User: {ROOT_ARN} is not authorized to perform: kms:ScheduleKey")
    assert json.loads(root.get_key_policy(KeyId=own)["Policy"]) == json.loads(policy)
    root.put_key_policy(KeyId=own, Policy=document(named(ROOT_ARN, "kms:*")))
    root.schedule_key_deletion(KeyId=own)


def test_nobody_locks_themselves_out(account, root, arn):
    policy = document(named(f"{USER_ARN}/somebody", "kms:*"))
    for call in (root.create_key, root.put_key_policy):
        given = {"KeyId": arn} if call == root.put_key_policy else {}
        assert refusal(call, Policy=policy, **given) == (
            "MalformedPolicyDocumentException",
            "The new key policy will not allow you to update the key policy in the future.",
        )
        call(Policy=policy, BypassPolicyLockoutSafetyCheck=True, **given)


def test_grants_allow_what_they_name_in_their_context(account, root, arn):
    user = kms(account, "greta")
    context = {"Department": "IT"}
    assert refusal(user.encrypt, KeyId=arn, Plaintext=b"x") == denied("greta", "Encrypt", arn)
    made = root.create_grant(
        KeyId=arn, GranteePrincipal=f"{USER_ARN}/greta", Operations=["Encrypt", "Decrypt"],
        RetiringPrincipal=f"{USER_ARN}/greta",
        Constraints={"EncryptionContextSubset": context},
    )  # fmt: skip
    sealed = user.encrypt(
        KeyId=arn, Plaintext=b"hush", EncryptionContext={**context, "more": "1"},
        GrantTokens=[made["GrantToken"]],
    )  # fmt: skip
    assert refusal(user.encrypt, KeyId=arn, Plaintext=b"x") == denied("greta", "Encrypt", arn)
    wrong = refusal(user.encrypt, KeyId=arn, Plaintext=b"x", GrantTokens=["AAAA"])
    assert wrong[0] == "AccessDeniedException"
    assert refusal(user.revoke_grant, KeyId=arn, GrantId=made["GrantId"])[0] == (
        "AccessDeniedException"
    )
    user.retire_grant(GrantToken=made["GrantToken"])
    assert root.list_grants(KeyId=arn)["Grants"] == []
    gone = {"CiphertextBlob": sealed["CiphertextBlob"], "EncryptionContext": context}
    assert refusal(user.decrypt, **gone) == kept_from("greta")
    bad = refusal(root.encrypt, KeyId=arn, Plaintext=b"x", GrantTokens=["AAAA"])
    assert bad[0] == "InvalidGrantTokenException"


@pytest.mark.parametrize(
    "member",
    [
        {"GranteeServicePrincipal": "dynamodb.amazonaws.com"},
        {"RetiringServicePrincipal": "dynamodb.amazonaws.com"},
        {"Constraints": {"SourceArn": "arn:aws:dynamodb:us-east-1:000000000000:table/t"}},
    ],
)
def test_grants_to_services_are_refused(root, arn, member):
    given = {"GranteePrincipal": ROOT_ARN, "Operations": ["Decrypt"], **member}
    code, _ = refusal(root.create_grant, KeyId=arn, **given)
    assert code == "UnsupportedOperationException"


def test_a_session_of_a_role(account, root, arn):
    role = account.iam.create_role(
        RoleName="sealer", AssumeRolePolicyDocument=document({
            "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ROOT_ARN},
        }),
    )["Role"]["Arn"]  # fmt: skip
    session = account.sts.assume_role(RoleArn=role, RoleSessionName="day")["Credentials"]
    client = account.client(credentials(session), "kms")
    assert refusal(client.encrypt, KeyId=arn, Plaintext=b"x")[0] == "AccessDeniedException"
    root.put_key_policy(
        KeyId=arn, Policy=document(named(ROOT_ARN, "kms:*"), named(role, "kms:Encrypt"))
    )
    assert client.encrypt(KeyId=arn, Plaintext=b"x")["KeyId"] == arn
    limited = account.sts.assume_role(
        RoleArn=role, RoleSessionName="night", Policy=document(allow("kms:ListKeys"))
    )["Credentials"]
    client = account.client(credentials(limited), "kms")
    _, text = refusal(client.encrypt, KeyId=arn, Plaintext=b"x")
    assert text.endswith("because no session policy allows the kms:Encrypt action")


def test_aliases_need_permissions_on_alias_and_key(account, root, arn):
    alias = f"{arn[: -len(arn.rpartition(':')[2])]}alias/app"
    user = kms(account, "ali", allow("kms:CreateAlias", "kms:DeleteAlias", on=alias))
    given = {"AliasName": "alias/app", "TargetKeyId": arn}
    assert refusal(user.create_alias, **given) == denied("ali", "CreateAlias", arn)
    actions = ("kms:CreateAlias", "kms:DeleteAlias", "kms:Encrypt")
    account.allow("ali", allow(*actions, on=[alias, arn]))
    user.create_alias(**given)
    assert user.encrypt(KeyId="alias/app", Plaintext=b"x")["KeyId"] == arn
    wrong = refusal(user.create_alias, AliasName="alias/none", TargetKeyId=arn)
    assert wrong == denied("ali", "CreateAlias", alias.replace("app", "none"))
    user.delete_alias(AliasName="alias/app")


def test_a_record_says_who_was_denied_what(start_server, tmp_path):
    server = start_server(
        "--memory", "--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY,
        "--audit-log", tmp_path / "audit",
    )  # fmt: skip
    account = Account(server)
    key = server.client("kms").create_key()["KeyMetadata"]["Arn"]
    refusal(kms(account, "vera").disable_key, KeyId=key)
    assert server.stop() == 0
    (file,) = (tmp_path / "audit").iterdir()
    last = json.loads(file.read_text().splitlines()[-1])
    assert (last["eventName"], last["errorCode"]) == ("DisableKey", "AccessDeniedException")
    assert last["userIdentity"]["userName"] == "vera"
    assert last["resources"][0]["ARN"] == key
