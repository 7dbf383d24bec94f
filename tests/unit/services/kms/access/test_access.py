"""Decisions on keys: policies, identities, grants, and the facts of requests.

Expected results: KMS developer guide, "Troubleshooting key access" (evaluation), "Key policies in
AWS KMS", "Default key policy", "Controlling access to aliases", "Grants in AWS KMS", "Retiring and
revoking grants"; API reference, "PutKeyPolicy" and "CreateKey" (the lockout check).
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from jedlik.auth.policy.principals import Caller
from jedlik.services.kms.access.permissions import PERMISSIONS
from jedlik.services.kms.shapes import OPERATIONS
from tests.unit.auth.policy.deciding import ACCOUNT, ALICE, ROLE_ARN, ROOT, SESSION
from tests.unit.services.kms.access.deciding import (
    DELEGATING,
    ROOT_ARN,
    Keys,
    allow,
    deny,
    grant,
    to,
)

BOB = Caller(f"arn:aws:iam::{ACCOUNT}:user/bob", ACCOUNT)
STRANGER = "arn:aws:iam::111111111111:root"
NO_RESOURCE = "no resource-based policy allows the kms:Encrypt action"
NO_IDENTITY = "no identity-based policy allows the kms:Encrypt action"
DENIED = "with an explicit deny in a"
HELLO = {"Plaintext": "AAAA"}


@pytest.fixture
def keys() -> Keys:
    return Keys()


def test_every_operation_is_declared() -> None:
    assert PERMISSIONS.keys() == OPERATIONS.keys()
    for operation, asks in PERMISSIONS.items():
        for permission in asks:
            assert permission.action.startswith("kms:")
            if operation != "ReEncrypt" and permission.given is None:
                assert permission.action == f"kms:{operation}"


# Caller, key policy, identity policies; what comes out.
POLICIES: list[tuple[Caller, list[Any], list[Any], str]] = [
    # The default policy: the account, so that identities' policies decide.
    (ALICE, [DELEGATING], [allow("Encrypt")], ""),
    (ALICE, [DELEGATING], [allow("*")], ""),
    (ALICE, [DELEGATING], [], NO_IDENTITY),
    (ALICE, [DELEGATING], [allow("Decrypt")], NO_IDENTITY),
    (ALICE, [DELEGATING], [allow("*"), deny("Encrypt")], DENIED),
    (ALICE, [to(ACCOUNT)], [allow("Encrypt")], ""),
    (ALICE, [to(ACCOUNT)], [], NO_IDENTITY),
    (SESSION, [DELEGATING], [allow("Encrypt")], ""),
    (SESSION, [DELEGATING], [], NO_IDENTITY),
    # Without the account, identities' policies have no effect, but for what they deny.
    (ALICE, [to(BOB.arn)], [allow("*")], NO_RESOURCE),
    (ALICE, [to(ROOT_ARN, "Decrypt")], [allow("*")], NO_RESOURCE),
    (ALICE, [to(STRANGER)], [allow("*")], NO_RESOURCE),
    (ALICE, [to(ALICE.arn)], [], ""),
    (ALICE, [to(ALICE.arn, "Encrypt")], [allow("Decrypt")], ""),
    (ALICE, [to(ALICE.arn, "Decrypt")], [allow("Encrypt")], NO_RESOURCE),
    (ALICE, [to(ALICE.arn)], [deny("Encrypt")], DENIED),
    (ALICE, [to("*")], [], ""),
    (SESSION, [to(ROLE_ARN)], [], ""),
    (SESSION, [to(SESSION.arn)], [], ""),
    (ALICE, [to(ROLE_ARN)], [allow("*")], NO_RESOURCE),
    # An explicit deny in the key's policy.
    (ALICE, [DELEGATING, deny("Encrypt", Principal={"AWS": ALICE.arn})], [allow("*")], DENIED),
    (ALICE, [DELEGATING, deny("*", Principal="*")], [allow("*")], DENIED),
    (ALICE, [DELEGATING, deny("Encrypt", Principal={"AWS": BOB.arn})], [allow("*")], ""),
    # The account's root has no access beyond the key's policy.
    (ROOT, [DELEGATING], [], ""),
    (ROOT, [to(ACCOUNT)], [], ""),
    (ROOT, [to("*")], [], ""),
    (ROOT, [to(ALICE.arn)], [], NO_RESOURCE),
    (ROOT, [DELEGATING, deny("Encrypt", Principal="*")], [], DENIED),
    # The policy's resource is the key itself.
    (ALICE, [to(ALICE.arn, Resource="arn:aws:kms:us-east-1:000000000000:key/*")], [], ""),
    (ALICE, [to(ALICE.arn, Resource="arn:aws:kms:us-east-1:000000000000:key/x")], [], NO_RESOURCE),
    # Identities' policies go by the key's ARN, never by that of an alias.
    (ALICE, [DELEGATING], [allow("*", Resource="arn:aws:kms:*:000000000000:key/*")], ""),
    (ALICE, [DELEGATING], [allow("*", Resource="arn:aws:kms:*:*:alias/*")], NO_IDENTITY),
]  # fmt: skip


@pytest.mark.parametrize(("caller", "key_policy", "identity", "expected"), POLICIES)
def test_key_and_identity_policies_decide_together(
    keys: Keys, caller: Caller, key_policy: list[Any], identity: list[Any], expected: str
) -> None:
    keys.policy(*key_policy)
    found = keys.permission("Encrypt", *identity, caller=caller, **HELLO)
    assert bool(found) is bool(expected)
    assert expected in found
    if expected:
        who = f"AccessDeniedException: User: {caller.arn} is not authorized to perform: kms:Encrypt"
        assert found.startswith(f"{who} on resource: {keys.arn} ")


# Boundary, session policy, endpoint policy, key policy; whether a session of a role may.
LIMITS: list[tuple[Any, Any, Any, Any, bool]] = [
    (None, None, None, DELEGATING, True),
    (allow("Encrypt"), None, None, DELEGATING, True),
    (allow("Decrypt"), None, None, DELEGATING, False),
    (None, allow("Decrypt"), None, DELEGATING, False),
    (None, None, allow("Decrypt"), DELEGATING, False),
    (None, None, allow("Encrypt"), DELEGATING, True),
    (allow("Decrypt"), None, None, to(ROLE_ARN), False),
    (None, allow("Decrypt"), None, to(ROLE_ARN), False),
    (allow("Decrypt"), allow("Decrypt"), None, to(SESSION.arn), True),
    (deny("Encrypt"), None, None, to(SESSION.arn), False),
    (None, None, allow("Decrypt"), to(SESSION.arn), False),
]


@pytest.mark.parametrize(("boundary", "session", "endpoint", "key_policy", "expected"), LIMITS)
def test_boundary_session_and_endpoint_limit_access(
    keys: Keys, boundary: Any, session: Any, endpoint: Any, key_policy: Any, expected: bool
) -> None:
    keys.policy(key_policy)
    found = keys.permission(
        "Encrypt", allow("Encrypt"), caller=SESSION, boundary=boundary, session=session,
        endpoint=endpoint, **HELLO,
    )  # fmt: skip
    assert (found == "") is expected, found


def test_the_root_can_always_mend_a_policy(keys: Keys) -> None:
    keys.policy(to(BOB.arn))
    anew = '{"Statement":{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}}'
    assert keys.permission("GetKeyPolicy", caller=ROOT) == ""
    assert keys.permission("PutKeyPolicy", caller=ROOT, Policy=anew) == ""
    assert keys.permission("ScheduleKeyDeletion", caller=ROOT)
    assert keys.permission("PutKeyPolicy", allow("*"), Policy=anew), "nobody else can"


def test_a_policy_that_can_be_read_no_more_lets_nobody_in_but_can_be_mended(keys: Keys) -> None:
    keys.change(lambda key: replace(key, policy='{"Statement":[{"Effect":"Allow"}]}'))
    assert DENIED in keys.permission("Encrypt", allow("*"), caller=ROOT, **HELLO)
    assert keys.permission("GetKeyPolicy", caller=ROOT) == ""


# --- What is asked for ----------------------------------------------------------------------------


def test_what_has_no_key_is_the_identities_policies_alone(keys: Keys) -> None:
    for operation in ("CreateKey", "ListKeys", "ListAliases", "GenerateRandom"):
        assert keys.permission(operation, allow(operation)) == ""
        refused = keys.permission(operation, allow("Encrypt"))
        assert f"kms:{operation} on resource: * because no identity-based policy" in refused
        assert keys.permission(operation, allow(operation, Resource=keys.arn))
        assert keys.permission(operation, caller=ROOT) == ""


def test_tags_of_a_new_key_are_asked_for(keys: Keys) -> None:
    tags = [{"TagKey": "a", "TagValue": "b"}]
    assert "kms:TagResource" in keys.permission("CreateKey", allow("CreateKey"), Tags=tags)
    on_keys = allow("TagResource", Resource=f"arn:aws:kms:*:{ACCOUNT}:key/*")
    assert keys.permission("CreateKey", allow("CreateKey"), on_keys, Tags=tags) == ""
    assert keys.permission("CreateKey", allow("CreateKey"), Tags=[]) == ""


def test_decrypt_asks_for_the_key_of_the_message(keys: Keys) -> None:
    blob = keys.call("Encrypt", KeyId=keys.id, **HELLO)["CiphertextBlob"]
    on_key = allow("Decrypt", Resource=keys.arn)
    payload = {"KeyId": None, "CiphertextBlob": blob}
    assert keys.permission("Decrypt", on_key, **payload) == ""
    other = allow("Decrypt", Resource="arn:aws:kms:us-east-1:000000000000:key/other")
    assert "on the resource associated with this ciphertext because no identity-based" in (
        keys.permission("Decrypt", other, **payload)
    )
    named = keys.permission("Decrypt", other, KeyId=keys.id, CiphertextBlob=blob)
    assert f"on resource: {keys.arn} because no identity-based" in named
    garbage = {"KeyId": None, "CiphertextBlob": "AAAA"}
    assert keys.permission("Decrypt", **garbage).startswith("InvalidCiphertextException")


def test_re_encrypt_asks_for_both(keys: Keys) -> None:
    blob = keys.call("Encrypt", KeyId=keys.id, **HELLO)["CiphertextBlob"]
    other = keys.call("CreateKey")["KeyMetadata"]
    payload = {"KeyId": None, "CiphertextBlob": blob, "DestinationKeyId": other["KeyId"]}
    away = allow("ReEncryptFrom", Resource=keys.arn)
    there = allow("ReEncryptTo", Resource=other["Arn"])
    assert keys.permission("ReEncrypt", away, there, **payload) == ""
    assert f"kms:ReEncryptTo on resource: {other['Arn']}" in keys.permission(
        "ReEncrypt", away, **payload
    )
    assert f"kms:ReEncryptFrom on resource: {keys.arn}" in keys.permission(
        "ReEncrypt", there, **payload
    )
    assert keys.permission("ReEncrypt", allow("ReEncrypt*"), **payload) == ""
    assert keys.permission("ReEncrypt", allow("ReEncrypt"), **payload)


def test_aliases_ask_for_alias_and_keys(keys: Keys) -> None:
    arn = f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/a"
    new = keys.call("CreateKey")["KeyMetadata"]
    keys.call("CreateAlias", AliasName="alias/a", TargetKeyId=keys.id)

    def may(operation: str, *resources: str) -> bool:
        payload = {"AliasName": "alias/a", "TargetKeyId": new["KeyId"]}
        statement = allow(operation, Resource=list(resources))
        return keys.permission(operation, statement, KeyId=None, **payload) == ""

    assert may("CreateAlias", arn, new["Arn"])
    assert not may("CreateAlias", arn)
    assert not may("CreateAlias", new["Arn"])
    assert may("UpdateAlias", arn, keys.arn, new["Arn"])
    assert not may("UpdateAlias", keys.arn, new["Arn"])
    assert not may("UpdateAlias", arn, new["Arn"])
    assert not may("UpdateAlias", arn, keys.arn)
    assert may("DeleteAlias", arn, keys.arn)
    assert not may("DeleteAlias", arn)
    assert not may("DeleteAlias", keys.arn)
    keys.policy(to(ALICE.arn))
    on_alias = allow("DeleteAlias", Resource=arn)
    assert keys.permission("DeleteAlias", on_alias, AliasName="alias/a") == "", (
        "the key's policy allows"
    )
    assert arn in keys.permission("DeleteAlias", AliasName="alias/a"), "of an alias it says nothing"


def test_what_is_not_there_is_not_told_to_everybody(keys: Keys) -> None:
    nothing = "12345678-1234-4234-8234-123456789012"
    for name in (nothing, "alias/none", "nonsense"):
        assert "AccessDenied" in keys.permission("DescribeKey", KeyId=name)
        assert keys.permission("DescribeKey", allow("DescribeKey"), KeyId=name) == ""
    assert keys.permission("DescribeKey", KeyId="arn:aws:s3:::x").startswith("InvalidArnException")


def test_what_was_decided_on_is_what_is_used(keys: Keys) -> None:
    keys.call("CreateAlias", AliasName="alias/a", TargetKeyId=keys.id)
    for name in ("alias/a", f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/a"):
        assert keys.permission("Encrypt", allow("Encrypt"), **HELLO, KeyId=name) == ""
        assert keys.decided == {"KeyId": keys.id, **HELLO}
    payload = {"AliasName": "alias/b", "TargetKeyId": "alias/a"}
    assert keys.permission("CreateAlias", allow("*"), KeyId=None, **payload) == ""
    assert keys.decided["TargetKeyId"] == "alias/a", "which the operation refuses"


# --- Grants ---------------------------------------------------------------------------------------

IT = {"Department": "IT"}
MORE = {**IT, "Purpose": "Test"}
EQUALS = {"Constraints": {"EncryptionContextEquals": IT}}
SUBSET = {"Constraints": {"EncryptionContextSubset": IT}}

# Grant, caller, operation, encryption context; whether the caller may, with no policy of their own.
GRANTS: list[tuple[dict[str, Any], Caller, str, Any, bool]] = [
    (grant(ALICE.arn, "Encrypt"), ALICE, "Encrypt", None, True),
    (grant(ALICE.arn, "Encrypt"), ALICE, "Encrypt", MORE, True),
    (grant(ALICE.arn, "Decrypt"), ALICE, "Encrypt", None, False),
    (grant(BOB.arn, "Encrypt"), ALICE, "Encrypt", None, False),
    (grant(ROLE_ARN, "Encrypt"), SESSION, "Encrypt", None, True),
    (grant(SESSION.arn, "Encrypt"), SESSION, "Encrypt", None, True),
    (grant(ROLE_ARN, "Encrypt"), ALICE, "Encrypt", None, False),
    (grant(ROOT_ARN, "Encrypt"), ALICE, "Encrypt", None, False),
    (grant(ALICE.arn, "Encrypt", **EQUALS), ALICE, "Encrypt", IT, True),
    (grant(ALICE.arn, "Encrypt", **EQUALS), ALICE, "Encrypt", MORE, False),
    (grant(ALICE.arn, "Encrypt", **EQUALS), ALICE, "Encrypt", None, False),
    (grant(ALICE.arn, "Encrypt", **EQUALS), ALICE, "Encrypt", {"Department": "it"}, False),
    (grant(ALICE.arn, "Encrypt", **EQUALS), ALICE, "Encrypt", {"department": "IT"}, True),
    (grant(ALICE.arn, "Encrypt", **SUBSET), ALICE, "Encrypt", IT, True),
    (grant(ALICE.arn, "Encrypt", **SUBSET), ALICE, "Encrypt", MORE, True),
    (grant(ALICE.arn, "Encrypt", **SUBSET), ALICE, "Encrypt", {"Purpose": "Test"}, False),
    (grant(ALICE.arn, "Encrypt", **SUBSET), ALICE, "Encrypt", None, False),
    (grant(ALICE.arn, "GenerateDataKey", **SUBSET), ALICE, "GenerateDataKey", MORE, True),
    (grant(ALICE.arn, "GenerateDataKey"), ALICE, "GenerateDataKeyWithoutPlaintext", None, False),
    # The constraint does not apply to what has no encryption context.
    (grant(ALICE.arn, "DescribeKey", **EQUALS), ALICE, "DescribeKey", None, True),
]  # fmt: skip


@pytest.mark.parametrize(("given", "caller", "operation", "context", "expected"), GRANTS)
def test_when_a_grant_allows(
    keys: Keys, given: Any, caller: Caller, operation: str, context: Any, expected: bool
) -> None:
    keys.policy(to(BOB.arn, "PutKeyPolicy"))
    payload = {} if context is None else {"EncryptionContext": context}
    assert keys.permission(operation, caller=caller, **payload)
    keys.grant(given)
    assert (keys.permission(operation, caller=caller, **payload) == "") is expected
    assert keys.permission(operation, deny(operation), caller=caller, **payload), "a deny wins"


def test_a_grant_to_the_account_lets_its_identities_policies_decide(keys: Keys) -> None:
    keys.policy(to(BOB.arn))
    keys.grant(grant(ROOT_ARN, "Encrypt"))
    assert keys.permission("Encrypt", **HELLO)
    assert keys.permission("Encrypt", allow("Encrypt"), **HELLO) == ""
    assert keys.permission("Encrypt", caller=ROOT, **HELLO) == ""


def test_a_deny_in_the_keys_policy_wins_over_a_grant(keys: Keys) -> None:
    keys.grant(grant(ALICE.arn, "Encrypt"))
    assert keys.permission("Encrypt", **HELLO) == ""
    keys.policy(DELEGATING, deny("Encrypt", Principal="*"))
    assert DENIED in keys.permission("Encrypt", **HELLO)


# Parent's constraint; the child's operations and constraint; whether it may be made.
CHILDREN: list[tuple[dict[str, Any], list[str], dict[str, Any], bool]] = [
    ({}, ["Decrypt"], {}, True),
    ({}, ["Decrypt", "CreateGrant"], {}, True),
    ({}, ["Encrypt"], {}, False),
    ({}, ["Decrypt", "Encrypt"], {}, False),
    ({}, ["Decrypt"], {"EncryptionContextSubset": IT}, True),
    ({"EncryptionContextSubset": IT}, ["Decrypt"], {}, False),
    ({"EncryptionContextSubset": IT}, ["Decrypt"], {"EncryptionContextSubset": IT}, True),
    ({"EncryptionContextSubset": IT}, ["Decrypt"], {"EncryptionContextSubset": MORE}, True),
    ({"EncryptionContextSubset": MORE}, ["Decrypt"], {"EncryptionContextSubset": IT}, False),
    ({"EncryptionContextSubset": IT}, ["Decrypt"], {"EncryptionContextEquals": IT}, True),
    ({"EncryptionContextSubset": IT}, ["Decrypt"], {"EncryptionContextEquals": MORE}, True),
    ({"EncryptionContextEquals": IT}, ["Decrypt"], {"EncryptionContextSubset": IT}, False),
    ({"EncryptionContextEquals": IT}, ["Decrypt"], {"EncryptionContextEquals": IT}, True),
    ({"EncryptionContextEquals": IT}, ["Decrypt"], {"EncryptionContextEquals": MORE}, False),
]


@pytest.mark.parametrize(("constraint", "operations", "child", "expected"), CHILDREN)
def test_grants_made_by_a_grant(
    keys: Keys, constraint: Any, operations: list[str], child: Any, expected: bool
) -> None:
    keys.policy(to(BOB.arn))
    keys.grant(grant(ALICE.arn, "Decrypt", "CreateGrant", Constraints=constraint))
    payload = {**grant(ROLE_ARN, *operations), "Constraints": child}
    assert (keys.permission("CreateGrant", **payload) == "") is expected
    keys.policy(to(ALICE.arn, "CreateGrant", "PutKeyPolicy"))
    assert keys.permission("CreateGrant", **payload) == "", (
        "a policy's permission is not limited so"
    )


# The grant, who wants to retire it, with which policies; whether they may.
RETIRING: list[tuple[dict[str, Any], Caller, list[Any], bool]] = [
    (grant(ALICE.arn, "Decrypt"), ALICE, [], False),
    (grant(ALICE.arn, "Decrypt", "RetireGrant"), ALICE, [], True),
    (grant(ALICE.arn, "Decrypt", "RetireGrant"), ALICE, [deny("RetireGrant")], False),
    (grant(BOB.arn, "Decrypt", RetiringPrincipal=ALICE.arn), ALICE, [], True),
    (grant(BOB.arn, "Decrypt", RetiringPrincipal=ROLE_ARN), SESSION, [], True),
    (grant(BOB.arn, "Decrypt", RetiringPrincipal=ROLE_ARN), ALICE, [], False),
    (grant(BOB.arn, "Decrypt"), ALICE, [allow("RetireGrant")], True),
    (grant(BOB.arn, "Decrypt"), ROOT, [], True),
]  # fmt: skip


@pytest.mark.parametrize(("given", "caller", "identity", "expected"), RETIRING)
def test_who_may_retire_a_grant(
    keys: Keys, given: Any, caller: Caller, identity: list[Any], expected: bool
) -> None:
    # A key's policy neither allows nor denies to retire a grant.
    keys.policy(to("*", "PutKeyPolicy", "RetireGrant"), deny("RetireGrant", Principal="*"))
    made = keys.call("CreateGrant", KeyId=keys.id, **given)
    by_id = {"KeyId": keys.arn, "GrantId": made["GrantId"]}
    by_token = {"KeyId": None, "GrantToken": made["GrantToken"]}
    for named in (by_id, by_token):
        found = keys.permission("RetireGrant", *identity, caller=caller, **named)
        assert (found == "") is expected, found


def test_revoking_a_grant_is_up_to_policies(keys: Keys) -> None:
    keys.policy(to(ALICE.arn, "RevokeGrant", "PutKeyPolicy"))
    made = keys.grant(grant(BOB.arn, "Decrypt", "RetireGrant", RetiringPrincipal=SESSION.arn))
    assert keys.permission("RevokeGrant", GrantId=made) == ""
    for caller in (BOB, SESSION, ROOT):
        assert keys.permission("RevokeGrant", caller=caller, GrantId=made)


# --- The lockout check ----------------------------------------------------------------------------


def text(*statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


# The new policy, the caller, their own policies; whether they could replace it again.
LOCKOUT: list[tuple[Any, Caller, list[Any], bool]] = [
    (DELEGATING, ALICE, [allow("CreateKey", "PutKeyPolicy")], True),
    (to(ALICE.arn), ALICE, [allow("CreateKey", "PutKeyPolicy")], True),
    (to(ALICE.arn, "Encrypt"), ALICE, [allow("CreateKey", "PutKeyPolicy")], False),
    (to(BOB.arn), ALICE, [allow("CreateKey", "PutKeyPolicy")], False),
    (DELEGATING, ROOT, [], True),
    (to(BOB.arn), ROOT, [], False),
    (deny("PutKeyPolicy", Principal="*"), ROOT, [], False),
]  # fmt: skip


@pytest.mark.parametrize("operation", ["CreateKey", "PutKeyPolicy"])
@pytest.mark.parametrize(("new", "caller", "identity", "expected"), LOCKOUT)
def test_nobody_locks_themselves_out(
    keys: Keys, operation: str, new: Any, caller: Caller, identity: list[Any], expected: bool
) -> None:
    payload: dict[str, Any] = {"Policy": text(new)}
    if operation == "CreateKey":
        payload["KeyId"] = None
    found = keys.permission(operation, *identity, caller=caller, **payload)
    refused = (
        "MalformedPolicyDocumentException: The new key policy will not allow you to update the key "
        "policy in the future."
    )
    assert found == ("" if expected else refused)
    payload["BypassPolicyLockoutSafetyCheck"] = True
    assert keys.permission(operation, *identity, caller=caller, **payload) == ""


def test_a_key_without_a_policy_of_its_own_needs_no_check(keys: Keys) -> None:
    assert keys.permission("CreateKey", allow("CreateKey"), KeyId=None) == ""
    given = {"Policy": text(DELEGATING), "KeyId": None}
    assert "in the future" in keys.permission("CreateKey", allow("CreateKey"), **given)


# --- Through DynamoDB -----------------------------------------------------------------------------


def test_use_through_dynamodb(keys: Keys) -> None:
    via = {"StringEquals": {"kms:ViaService": "dynamodb.us-east-1.amazonaws.com"}}
    only_via = allow("Encrypt", "CreateGrant", Condition=via)
    assert keys.permission("Encrypt", only_via, **HELLO), "not by themselves"
    assert keys.permission("Encrypt", only_via, table="t") == ""
    assert keys.decided.id == keys.id
    assert "kms:Decrypt" in keys.permission("Decrypt", only_via, table="t")
    of_table = {"StringEquals": {"kms:EncryptionContext:aws:dynamodb:tableName": "t"}}
    for operation in ("Encrypt", "CreateGrant"):
        assert keys.permission(operation, allow(operation, Condition=of_table), table="t") == ""
        assert keys.permission(operation, allow(operation, Condition=of_table), table="u")
    for_service = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    on_behalf = allow("CreateGrant", Condition=for_service)
    assert keys.permission("CreateGrant", on_behalf, table="t") == ""
    assert keys.permission("CreateGrant", on_behalf, **grant(BOB.arn, "Decrypt"))
    keys.policy(to(BOB.arn))
    assert "no resource-based policy" in keys.permission("Encrypt", allow("*"), table="t")
    assert keys.permission("Encrypt", allow("*"), table="t", KeyId="alias/none").startswith(
        "NotFound"
    )
    assert "AccessDenied" in keys.permission("Encrypt", table="t", KeyId="alias/none")
    assert keys.permission("Encrypt", only_via, endpoint=deny("*"), table="t", KeyId=keys.id)
