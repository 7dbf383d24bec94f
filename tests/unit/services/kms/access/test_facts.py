"""Condition keys of the key service, as KMS developer guide, "AWS KMS condition keys", has them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.auth.policy.deciding import ACCOUNT, ALICE, ROLE_ARN
from tests.unit.services.kms.access.deciding import DELEGATING, Keys, allow, grant, to

IT = {"Department": "IT"}
CONTEXT = {"EncryptionContext": {**IT, "Stage": "Test"}}
GRANT = {**grant(ROLE_ARN, "Encrypt", "Decrypt"), "RetiringPrincipal": ALICE.arn}
CONSTRAINED = {**GRANT, "Constraints": {"EncryptionContextEquals": IT}}
TAGS = {"Tags": [{"TagKey": "Project", "TagValue": "Alpha"}]}


def one(operator: str, key: str, *values: str) -> dict[str, Any]:
    return {operator: {key: list(values)}}


# Operation, its parameters, a condition; whether it holds.
CONDITIONS: list[tuple[str, dict[str, Any], dict[str, Any], bool]] = [
    ("Encrypt", {}, one("StringEquals", "kms:CallerAccount", ACCOUNT), True),
    ("Encrypt", {}, one("StringEquals", "kms:CallerAccount", "111111111111"), False),
    ("Encrypt", {}, one("Null", "kms:ViaService", "true"), True),
    ("Encrypt", {}, one("StringEquals", "kms:KeySpec", "SYMMETRIC_DEFAULT"), True),
    ("Encrypt", {}, one("StringEquals", "kms:KeySpec", "RSA_2048"), False),
    ("Encrypt", {}, one("StringEquals", "kms:CustomerMasterKeySpec", "SYMMETRIC_DEFAULT"), True),
    ("Encrypt", {}, one("StringEquals", "kms:KeyUsage", "ENCRYPT_DECRYPT"), True),
    ("Encrypt", {}, one("StringEquals", "kms:KeyUsage", "SIGN_VERIFY"), False),
    ("Encrypt", {}, one("StringEquals", "kms:KeyOrigin", "AWS_KMS"), True),
    ("Encrypt", {}, one("StringEquals", "kms:KeyOrigin", "EXTERNAL"), False),
    ("Encrypt", {}, one("Bool", "kms:MultiRegion", "false"), True),
    ("Encrypt", {}, one("StringEquals", "kms:EncryptionAlgorithm", "SYMMETRIC_DEFAULT"), True),
    ("DescribeKey", {}, one("Null", "kms:EncryptionAlgorithm", "true"), True),
    # Of a key that is to be made, what the request asks for, or its default.
    ("CreateKey", {}, one("StringEquals", "kms:KeySpec", "SYMMETRIC_DEFAULT"), True),
    ("CreateKey", {"KeySpec": "RSA_2048"}, one("StringEquals", "kms:KeySpec", "RSA_2048"), True),
    ("CreateKey", {"Origin": "EXTERNAL"}, one("StringEquals", "kms:KeyOrigin", "AWS_KMS"), False),
    ("CreateKey", {}, one("Bool", "kms:MultiRegion", "false"), True),
    ("CreateKey", {"MultiRegion": True}, one("Bool", "kms:MultiRegion", "true"), True),
    ("ListKeys", {}, one("Null", "kms:KeySpec", "true"), True),
    # The encryption context: keys in any case, values exactly.
    ("Encrypt", CONTEXT, one("StringEquals", "kms:EncryptionContext:Department", "IT"), True),
    ("Encrypt", CONTEXT, one("StringEquals", "kms:EncryptionContext:department", "IT"), True),
    ("Encrypt", CONTEXT, one("StringEquals", "kms:EncryptionContext:Department", "it"), False),
    ("Encrypt", {}, one("StringEquals", "kms:EncryptionContext:Department", "IT"), False),
    ("Encrypt", CONTEXT, one("ForAnyValue:StringEquals", "kms:EncryptionContextKeys", "Stage"),
     True),
    ("Encrypt", CONTEXT, one("ForAllValues:StringEquals", "kms:EncryptionContextKeys", "Stage"),
     False),
    ("Encrypt", CONTEXT, one("Null", "kms:EncryptionContextKeys", "false"), True),
    ("Encrypt", {}, one("Null", "kms:EncryptionContextKeys", "false"), False),
    ("DescribeKey", CONTEXT, one("Null", "kms:EncryptionContextKeys", "false"), False),
    ("CreateGrant", CONSTRAINED, one("StringEquals", "kms:EncryptionContext:Department", "IT"),
     True),
    # Grants.
    ("CreateGrant", GRANT, one("StringEquals", "kms:GranteePrincipal", ROLE_ARN), True),
    ("CreateGrant", GRANT, one("StringEquals", "kms:GranteePrincipal", ALICE.arn), False),
    ("CreateGrant", GRANT, one("StringEquals", "kms:RetiringPrincipal", ALICE.arn), True),
    ("CreateGrant", GRANT, one("StringEquals", "kms:RetiringPrincipal", ROLE_ARN), False),
    ("CreateGrant", GRANT, one("ForAllValues:StringEquals", "kms:GrantOperations", "Encrypt"),
     False),
    ("CreateGrant", GRANT, one("ForAnyValue:StringEquals", "kms:GrantOperations", "Encrypt"), True),
    ("CreateGrant", GRANT, one("ForAllValues:StringEquals", "kms:GrantOperations", "Encrypt",
                               "Decrypt"), True),
    ("CreateGrant", CONSTRAINED, one("StringEquals", "kms:GrantConstraintType",
                                     "EncryptionContextEquals"), True),
    ("CreateGrant", CONSTRAINED, one("StringEquals", "kms:GrantConstraintType",
                                     "EncryptionContextSubset"), False),
    ("CreateGrant", GRANT, one("Null", "kms:GrantConstraintType", "true"), True),
    ("CreateGrant", GRANT, one("Bool", "kms:GrantIsForAWSResource", "true"), False),
    ("ListGrants", {}, one("Bool", "kms:GrantIsForAWSResource", "false"), True),
    ("Encrypt", {}, one("Null", "kms:GrantIsForAWSResource", "true"), True),
    # Parameters of single operations.
    ("PutKeyPolicy", {"BypassPolicyLockoutSafetyCheck": True},
     one("Bool", "kms:BypassPolicyLockoutSafetyCheck", "true"), True),
    ("PutKeyPolicy", {}, one("Null", "kms:BypassPolicyLockoutSafetyCheck", "true"), True),
    ("ScheduleKeyDeletion", {"PendingWindowInDays": 7},
     one("NumericLessThan", "kms:ScheduleKeyDeletionPendingWindowInDays", "21"), True),
    ("ScheduleKeyDeletion", {},
     one("NumericLessThan", "kms:ScheduleKeyDeletionPendingWindowInDays", "21"), False),
    ("ScheduleKeyDeletion", {},
     one("NumericEquals", "kms:ScheduleKeyDeletionPendingWindowInDays", "30"), True),
    ("EnableKeyRotation", {"RotationPeriodInDays": 90},
     one("NumericLessThan", "kms:RotationPeriodInDays", "365"), True),
    ("EnableKeyRotation", {}, one("NumericEquals", "kms:RotationPeriodInDays", "365"), True),
    # Tags of the request, of the key and of the principal.
    ("TagResource", TAGS, one("StringEquals", "aws:RequestTag/project", "Alpha"), True),
    ("TagResource", TAGS, one("StringEquals", "aws:RequestTag/Project", "Beta"), False),
    ("TagResource", TAGS, one("ForAllValues:StringEquals", "aws:TagKeys", "Project"), True),
    ("UntagResource", {"TagKeys": ["a"]}, one("ForAllValues:StringEquals", "aws:TagKeys", "b"),
     False),
    ("Encrypt", {}, one("StringEquals", "aws:ResourceTag/Team", "blue"), True),
    ("Encrypt", {}, one("StringEquals", "aws:ResourceTag/Team", "${aws:PrincipalTag/team}"), True),
    ("Encrypt", {}, one("StringEquals", "aws:ResourceTag/Team", "red"), False),
    ("ListKeys", {}, one("Null", "aws:ResourceTag/Team", "true"), True),
    # Those of every service.
    ("Encrypt", {}, one("IpAddress", "aws:SourceIp", "203.0.113.0/24"), True),
    ("Encrypt", {}, one("IpAddress", "aws:SourceIp", "10.0.0.0/8"), False),
    ("Encrypt", {}, one("Bool", "aws:SecureTransport", "true"), True),
    ("Encrypt", {}, one("Bool", "aws:ViaAWSService", "false"), True),
    ("Encrypt", {}, one("StringEquals", "aws:PrincipalArn", ALICE.arn), True),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "payload", "condition", "expected"), CONDITIONS)
def test_when_condition_keys_match(
    operation: str, payload: dict[str, Any], condition: dict[str, Any], expected: bool
) -> None:
    keys = Keys()
    keys.call("TagResource", KeyId=keys.id, Tags=[{"TagKey": "Team", "TagValue": "blue"}])
    found = keys.permission(operation, allow(operation, Condition=condition), **payload)
    assert (found == "") is expected, found
    if operation not in ("CreateKey", "ListKeys"):
        keys.policy(to(ALICE.arn, operation, Condition=condition))
        assert (keys.permission(operation, **payload) == "") is expected, "in the key's policy too"


def test_aliases_of_the_key() -> None:
    keys = Keys()
    finance = allow(
        "Encrypt", Condition=one("ForAnyValue:StringLike", "kms:ResourceAliases", "alias/finance*")
    )
    assert keys.permission("Encrypt", finance)
    keys.call("CreateAlias", AliasName="alias/other", TargetKeyId=keys.id)
    assert keys.permission("Encrypt", finance)
    keys.call("CreateAlias", AliasName="alias/finance-key", TargetKeyId=keys.id)
    assert keys.permission("Encrypt", finance) == "", "however the request names the key"
    keys.call("DeleteAlias", AliasName="alias/finance-key")
    assert keys.permission("Encrypt", finance)


def test_the_alias_of_the_request() -> None:
    keys = Keys()
    condition = one("StringEquals", "kms:RequestAlias", "alias/a")
    by_alias = allow("Encrypt", "Decrypt", "DescribeKey", "DisableKey", Condition=condition)
    for name in ("alias/a", "alias/b"):
        keys.call("CreateAlias", AliasName=name, TargetKeyId=keys.id)
    assert keys.permission("Encrypt", by_alias, KeyId="alias/a") == ""
    arn = keys.arn.replace(f"key/{keys.id}", "alias/a")
    assert keys.permission("DescribeKey", by_alias, KeyId=arn) == ""
    for other in (keys.id, keys.arn, "alias/b"):
        assert keys.permission("Encrypt", by_alias, KeyId=other)
    assert keys.permission("DisableKey", by_alias, KeyId="alias/a"), (
        "of cryptography and DescribeKey only"
    )
    blob = keys.call("Encrypt", KeyId=keys.id, Plaintext="AAAA")["CiphertextBlob"]
    assert keys.permission("Decrypt", by_alias, KeyId="alias/a", CiphertextBlob=blob) == ""
    assert keys.permission("Decrypt", by_alias, KeyId=keys.id, CiphertextBlob=blob)


def test_whether_both_keys_of_a_re_encryption_are_one() -> None:
    keys = Keys()
    blob = keys.call("Encrypt", KeyId=keys.id, Plaintext="AAAA")["CiphertextBlob"]
    other = keys.call("CreateKey")["KeyMetadata"]["KeyId"]
    same = allow("ReEncrypt*", Condition=one("Bool", "kms:ReEncryptOnSameKey", "true"))
    assert keys.permission("ReEncrypt", same, CiphertextBlob=blob, DestinationKeyId=keys.arn) == ""
    assert keys.permission("ReEncrypt", same, CiphertextBlob=blob, DestinationKeyId=other)
    source = one("StringEquals", "kms:EncryptionContext:a", "1")
    target = one("StringEquals", "kms:EncryptionContext:a", "2")
    split = (allow("ReEncryptFrom", Condition=source), allow("ReEncryptTo", Condition=target))
    contexts = {
        "SourceEncryptionContext": {"a": "1"},
        "DestinationEncryptionContext": {"a": "2"},
    }
    payload = {"CiphertextBlob": blob, "DestinationKeyId": other}
    assert keys.permission("ReEncrypt", *split, **payload, **contexts) == ""
    assert keys.permission("ReEncrypt", *split, **payload)


def test_an_alias_has_no_conditions() -> None:
    keys = Keys()
    keys.policy(DELEGATING, to(ALICE.arn, "CreateAlias"))
    condition = one("StringEquals", "kms:KeyOrigin", "AWS_KMS")
    payload = {"AliasName": "alias/a", "TargetKeyId": keys.id, "KeyId": None}
    assert keys.permission("CreateAlias", allow("CreateAlias", Condition=condition), **payload)
    assert keys.permission("CreateAlias", allow("CreateAlias"), **payload) == ""


def test_of_a_service_the_callers_network_is_not_known() -> None:
    keys = Keys()
    at_home = allow("Encrypt", Condition=one("IpAddress", "aws:SourceIp", "203.0.113.0/24"))
    assert keys.permission("Encrypt", at_home) == ""
    assert keys.permission("Encrypt", at_home, table="t")
    for condition in (
        one("Bool", "aws:ViaAWSService", "true"),
        one("ForAnyValue:StringEquals", "aws:CalledVia", "dynamodb.amazonaws.com"),
        one("StringLike", "kms:ViaService", "dynamodb.*.amazonaws.com"),
    ):
        via = allow("Encrypt", Condition=condition)
        assert keys.permission("Encrypt", via, table="t") == ""
        assert keys.permission("Encrypt", via)
