"""The key service over the wire, by boto3."""

from __future__ import annotations

import contextlib
import json
import re
from functools import partial
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from jedlik.services.kms.shapes import OPERATIONS
from tests.servers import ACCESS_KEY, SECRET_KEY, post

JSON = {"Content_Type": "application/x-amz-json-1.1"}
NOBODY = "12345678-1234-4234-8234-123456789012"


@pytest.fixture(scope="module")
def kms(running_server):
    client = running_server.client("kms")
    yield client
    client.close()


@pytest.fixture
def key(kms) -> str:
    return kms.create_key(Description="d")["KeyMetadata"]["KeyId"]


def code(call: Any, *arguments: Any, **parameters: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(*arguments, **parameters)
    return caught.value.response["Error"]["Code"]


def test_create_and_describe(kms):
    made = kms.create_key(Description="orders", Tags=[{"TagKey": "a", "TagValue": "b"}])
    told = made["KeyMetadata"]
    assert told["Arn"] == f"arn:aws:kms:us-east-1:000000000000:key/{told['KeyId']}"
    assert (told["KeyState"], told["Enabled"], told["KeyManager"]) == ("Enabled", True, "CUSTOMER")
    for name in (told["KeyId"], told["Arn"]):
        assert kms.describe_key(KeyId=name)["KeyMetadata"] == told
    assert kms.list_resource_tags(KeyId=told["KeyId"])["Tags"] == [{"TagKey": "a", "TagValue": "b"}]
    assert told["KeyId"] in [each["KeyId"] for each in pages(kms, "list_keys", "Keys", Limit=2)]
    kms.update_key_description(KeyId=told["KeyId"], Description="new")
    assert kms.describe_key(KeyId=told["KeyId"])["KeyMetadata"]["Description"] == "new"


def pages(kms, operation: str, member: str, **parameters: Any) -> list[Any]:
    return [
        each
        for page in kms.get_paginator(operation).paginate(
            **{k: v for k, v in parameters.items() if k != "Limit"},
            PaginationConfig={"PageSize": parameters.get("Limit", 1)},
        )
        for each in page[member]
    ]


def test_encrypt_and_decrypt(kms, key):
    context = {"table": "orders"}
    sealed = kms.encrypt(KeyId=key, Plaintext=b"hush", EncryptionContext=context)
    blob = sealed["CiphertextBlob"]
    assert b"hush" not in blob
    opened = kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)
    assert opened["Plaintext"] == b"hush"
    assert opened["KeyId"] == sealed["KeyId"]
    assert code(kms.decrypt, CiphertextBlob=blob) == "InvalidCiphertextException"
    assert code(kms.decrypt, CiphertextBlob=b"x" * 100) == "InvalidCiphertextException"
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    wrong = code(kms.decrypt, CiphertextBlob=blob, KeyId=other, EncryptionContext=context)
    assert wrong == "IncorrectKeyException"
    assert code(kms.encrypt, KeyId=key, Plaintext=b"x" * 4097) == "ValidationException"
    assert code(kms.encrypt, KeyId=NOBODY, Plaintext=b"x") == "NotFoundException"
    assert code(kms.encrypt, KeyId="nonsense", Plaintext=b"x") == "NotFoundException"
    assert code(kms.encrypt, KeyId="arn:aws:s3:::x", Plaintext=b"x") == "InvalidArnException"
    dry = code(kms.encrypt, KeyId=key, Plaintext=b"x", DryRun=True)
    assert dry == "DryRunOperationException"


def test_re_encrypt(kms, key):
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"hush")["CiphertextBlob"]
    again = kms.re_encrypt(
        CiphertextBlob=blob, DestinationKeyId=other, DestinationEncryptionContext={"a": "b"}
    )
    kms.disable_key(KeyId=key)
    opened = kms.decrypt(CiphertextBlob=again["CiphertextBlob"], EncryptionContext={"a": "b"})
    assert (opened["Plaintext"], again["SourceKeyId"][-36:]) == (b"hush", key)


def test_data_keys(kms, key):
    made = kms.generate_data_key(KeyId=key, KeySpec="AES_256")
    assert len(made["Plaintext"]) == 32
    assert kms.decrypt(CiphertextBlob=made["CiphertextBlob"])["Plaintext"] == made["Plaintext"]
    sealed = kms.generate_data_key_without_plaintext(KeyId=key, NumberOfBytes=7)
    assert "Plaintext" not in sealed
    assert len(kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"])["Plaintext"]) == 7
    assert code(kms.generate_data_key, KeyId=key) == "ValidationException"
    assert len(kms.generate_random(NumberOfBytes=5)["Plaintext"]) == 5


def test_a_disabled_key_does_nothing(kms, key):
    blob = kms.encrypt(KeyId=key, Plaintext=b"hush")["CiphertextBlob"]
    kms.disable_key(KeyId=key)
    assert code(kms.decrypt, CiphertextBlob=blob) == "DisabledException"
    assert code(kms.encrypt, KeyId=key, Plaintext=b"x") == "DisabledException"
    assert code(kms.generate_data_key, KeyId=key, KeySpec="AES_128") == "DisabledException"
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Enabled"] is False
    kms.enable_key(KeyId=key)
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"hush"


def test_a_key_scheduled_for_deletion_is_unusable_until_cancelled(kms, key):
    assert code(kms.cancel_key_deletion, KeyId=key) == "KMSInvalidStateException"
    low = code(kms.schedule_key_deletion, KeyId=key, PendingWindowInDays=6)
    assert low == "ValidationException"
    assert kms.schedule_key_deletion(KeyId=key)["KeyState"] == "PendingDeletion"
    assert code(kms.encrypt, KeyId=key, Plaintext=b"x") == "KMSInvalidStateException"
    assert code(kms.enable_key, KeyId=key) == "KMSInvalidStateException"
    kms.cancel_key_deletion(KeyId=key)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"


def test_an_alias_can_be_moved_to_another_key(kms, key):
    name = f"alias/orders-{key[:8]}"
    kms.create_alias(AliasName=name, TargetKeyId=key)
    assert code(kms.create_alias, AliasName=name, TargetKeyId=key) == "AlreadyExistsException"
    (alias,) = pages(kms, "list_aliases", "Aliases", KeyId=key)
    for given in (name, alias["AliasArn"]):
        assert kms.describe_key(KeyId=given)["KeyMetadata"]["KeyId"] == key
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.update_alias(AliasName=name, TargetKeyId=other)
    assert kms.describe_key(KeyId=name)["KeyMetadata"]["KeyId"] == other
    kms.delete_alias(AliasName=name)
    assert code(kms.delete_alias, AliasName=name) == "NotFoundException"
    assert code(kms.describe_key, KeyId=name) == "NotFoundException"
    with pytest.raises(kms.exceptions.ClientError) as caught:
        kms.create_alias(AliasName="orders", TargetKeyId=key)
    assert caught.value.response["Error"] == {
        "Code": "ValidationException",
        "Message": 'Alias must start with the prefix "alias/". Please see '
        "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html",
    }
    reserved = code(kms.create_alias, AliasName="alias/aws/x", TargetKeyId=key)
    assert reserved == "InvalidAliasNameException"


def test_the_alias_of_dynamodb_has_a_key_once_it_is_described(start_server):
    """Before any table uses it; Terraform does this for replicas."""
    kms = start_server("--memory").client("kms")
    assert kms.list_keys()["Keys"] == []
    found = kms.describe_key(KeyId="alias/aws/dynamodb")["KeyMetadata"]
    assert found["KeyManager"] == "AWS"
    arn = "arn:aws:kms:us-east-1:000000000000:alias/aws/dynamodb"
    assert kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyId"] == found["KeyId"]
    assert [each["KeyId"] for each in kms.list_keys()["Keys"]] == [found["KeyId"]]
    assert code(kms.describe_key, KeyId="alias/aws/unknown") == "NotFoundException"


def test_ids_of_keys_of_several_regions_are_ids(kms):
    """Recorded from the service."""
    for given, text in (
        (f"mrk-{'d3b95762' * 4}", f":key/mrk-{'d3b95762' * 4}' does not exist"),
        ("mrk-fake-key-id", "Invalid keyId 'mrk-fake-key-id'"),
    ):
        with pytest.raises(kms.exceptions.NotFoundException, match=text):
            kms.describe_key(KeyId=given)


STATEMENT = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"}


@pytest.mark.parametrize(
    ("missing", "text"),
    [
        ("Principal", "Policy contains a statement with no principal."),
        ("Action", "Missing required field Action"),
        ("Resource", "Missing required field Resource"),
    ],
)
def test_statements_of_a_key_policy_are_whole(kms, missing, text):
    """Measured on the service in September 2026, as are the next two."""
    kept = {name: value for name, value in STATEMENT.items() if name != missing}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [STATEMENT, kept]})
    with pytest.raises(kms.exceptions.MalformedPolicyDocumentException) as raised:
        kms.create_key(Policy=policy)
    assert raised.value.response["Error"]["Message"] == text


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"KeySpec": "HMAC_256", "KeyUsage": "ENCRYPT_DECRYPT"}, "ENCRYPT_DECRYPT {} HMAC_256"),
        ({"KeyUsage": "SIGN_VERIFY"}, "SIGN_VERIFY {} SYMMETRIC_DEFAULT"),
        ({"KeySpec": "ML_DSA_44", "KeyUsage": "KEY_AGREEMENT"}, "KEY_AGREEMENT {} ML_DSA_44"),
    ],
)
def test_a_key_has_a_use_of_its_kind(kms, given, text):
    with pytest.raises(ClientError) as raised:
        kms.create_key(**given)
    error = raised.value.response["Error"]
    words = text.format("is not compatible with KeySpec")
    assert (error["Code"], error["Message"]) == ("ValidationException", f"KeyUsage {words}")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("alias/aws/x", "The alias name for a customer managed CMK cannot begin with alias/aws/."),
        ("alias/a:b", "alias/a:b contains invalid characters for an alias"),
    ],
)
def test_names_that_no_alias_has(kms, key, name, text):
    with pytest.raises(ClientError) as raised:
        kms.create_alias(AliasName=name, TargetKeyId=key)
    assert raised.value.response["Error"]["Message"] == text


def test_a_key_policy_is_replaced_and_read_back(kms, key):
    assert "kms:*" in kms.get_key_policy(KeyId=key)["Policy"]
    policy = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*",'
        '"Resource":"*"}]}'
    )
    kms.put_key_policy(KeyId=key, Policy=policy)
    assert kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"] == policy
    assert kms.list_key_policies(KeyId=key)["PolicyNames"] == ["default"]
    overly = policy.replace(
        '"Resource"',
        '"Condition":{"ForAllValues:StringEquals":{"kms:EncryptionContext:A":"b"}},"Resource"',
    )
    nobody = policy.replace('"Principal":"*",', "")
    for wrong in ("{", "[]", "{}", overly, nobody):
        refused = code(kms.put_key_policy, KeyId=key, Policy=wrong)
        assert refused == "MalformedPolicyDocumentException"


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"Action": ["kms:Encrypt", "kms:put*policy"]}, True),
        ({"Action": "kms:Encrypt"}, False),
        ({"NotAction": "kms:Encrypt"}, True),
        ({"NotAction": "kms:Put*"}, False),
        ({"Principal": {"Service": "logs.amazonaws.com"}}, False),
        ({"Principal": {"AWS": "000000000000", "Service": "logs.amazonaws.com"}}, True),
        ({"Effect": "Deny"}, False),
    ],
)
def test_a_policy_that_no_one_could_replace_again_is_refused(kms, key, members, expected):
    """Even where callers have no credentials; which of them could is not known there."""
    statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Resource": "*", **members}
    if "NotAction" not in members:
        statement.setdefault("Action", "kms:*")
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    for call in (kms.create_key, partial(kms.put_key_policy, KeyId=key)):
        if expected:
            call(Policy=policy)
            continue
        with pytest.raises(ClientError) as raised:
            call(Policy=policy)
        assert raised.value.response["Error"] == {
            "Code": "MalformedPolicyDocumentException",
            "Message": "The new key policy will not allow you to update the key policy in the "
            "future.",
        }
        call(Policy=policy, BypassPolicyLockoutSafetyCheck=True)


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ("arn:aws:iam::000000000000:root", True),
        ("000000000000", True),
        ("arn:aws:iam::111111111111:user/ops/eve", True),
        ("arn:aws:iam::000000000000:role/r", True),
        ("arn:aws:sts::000000000000:assumed-role/r/day", True),
        ("arn:aws:iam::000000000000:group/g", False),
        ("arn:aws:iam::000000000000:user", False),
        ("eve", False),
    ],
)
def test_only_valid_principals_are_accepted(kms, key, principal, expected):
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "kms:*"}
    policy = json.dumps({"Statement": {**statement, "Resource": "*"}})
    grant = {"GranteePrincipal": principal, "Operations": ["Decrypt"]}
    if expected:
        kms.put_key_policy(KeyId=key, Policy=policy)
        kms.create_grant(KeyId=key, **grant)
        return
    with pytest.raises(ClientError, match="statement with one or more invalid principals"):
        kms.put_key_policy(KeyId=key, Policy=policy)
    with pytest.raises(ClientError, match="ARN does not refer to a valid principal"):
        kms.create_grant(KeyId=key, **grant)


def test_grants_are_created_listed_and_withdrawn(kms, key):
    grant = {"GranteePrincipal": "arn:aws:iam::000000000000:role/r", "Operations": ["Decrypt"]}
    first = kms.create_grant(KeyId=key, Name="n", **grant)
    assert kms.create_grant(KeyId=key, Name="n", **grant)["GrantId"] == first["GrantId"]
    second = kms.create_grant(KeyId=key, **grant)
    listed = pages(kms, "list_grants", "Grants", KeyId=key)
    names = {each["GrantId"]: each["Name"] for each in listed}
    assert names == {first["GrantId"]: "n", second["GrantId"]: ""}
    kms.revoke_grant(KeyId=key, GrantId=first["GrantId"])
    kms.retire_grant(GrantToken=second["GrantToken"])
    assert kms.list_grants(KeyId=key)["Grants"] == []
    gone = code(kms.revoke_grant, KeyId=key, GrantId=first["GrantId"])
    assert gone == "InvalidGrantIdException"
    assert code(kms.retire_grant, GrantToken="AAAA") == "InvalidGrantTokenException"


def test_rotated_keys_still_decrypt(kms, key):
    blob = kms.encrypt(KeyId=key, Plaintext=b"hush")["CiphertextBlob"]
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False
    kms.enable_key_rotation(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"] == 365
    kms.rotate_key_on_demand(KeyId=key)
    (rotation,) = kms.list_key_rotations(KeyId=key)["Rotations"]
    assert rotation["RotationType"] == "ON_DEMAND"
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"hush"
    kms.disable_key_rotation(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False


def test_answers_name_the_material(kms, key):
    first = kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"]
    assert re.fullmatch("[0-9a-f]{64}", first)
    made = kms.generate_data_key(KeyId=key, KeySpec="AES_256")
    kms.rotate_key_on_demand(KeyId=key)
    second = kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"]
    assert made["KeyMaterialId"] == first != second
    sealed = made["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=sealed)["KeyMaterialId"] == first
    moved = kms.re_encrypt(CiphertextBlob=sealed, DestinationKeyId=key)
    assert (moved["SourceKeyMaterialId"], moved["DestinationKeyMaterialId"]) == (first, second)
    only = kms.generate_data_key_without_plaintext(KeyId=key, KeySpec="AES_256")
    assert only["KeyMaterialId"] == second
    listed = kms.list_key_rotations(KeyId=key, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
    assert [(each["KeyMaterialId"], each["KeyMaterialState"]) for each in listed] == [
        (first, "NON_CURRENT"), (second, "CURRENT"),
    ]  # fmt: skip
    assert "RotationDate" not in listed[0]
    assert kms.list_key_rotations(KeyId=key)["Rotations"] == listed[1:]


def test_keys_are_tagged_and_untagged(kms, key):
    kms.tag_resource(KeyId=key, Tags=[{"TagKey": "a", "TagValue": "1"}])
    kms.tag_resource(KeyId=key, Tags=[{"TagKey": "b", "TagValue": "2"}])
    kms.untag_resource(KeyId=key, TagKeys=["a", "none"])
    assert kms.list_resource_tags(KeyId=key)["Tags"] == [{"TagKey": "b", "TagValue": "2"}]
    reserved = code(kms.tag_resource, KeyId=key, Tags=[{"TagKey": "aws:x", "TagValue": "1"}])
    assert reserved == "TagException"


def test_what_is_not_built_is_refused(kms):
    assert code(kms.create_key, KeySpec="RSA_2048") == "UnsupportedOperationException"
    for call, given in (
        (kms.create_key, {"MultiRegion": True}),
        (kms.create_key, {"CustomKeyStoreId": "cks-1"}),
        (kms.generate_random, {"NumberOfBytes": 1, "CustomKeyStoreId": "cks-1"}),
        (kms.list_keys, {"ResourceOwners": ["OTHER_ACCOUNTS_VIA_RAM"]}),
        (kms.decrypt, {"CiphertextBlob": b"x", "DryRunModifiers": ["IGNORE_CIPHERTEXT"]}),
    ):
        assert code(call, **given) == "UnsupportedOperationException", given
    assert kms.list_keys(ResourceOwners=["SELF"])["Keys"] is not None
    assert code(kms.get_public_key, KeyId=NOBODY) == "UnknownOperationException"


@pytest.mark.parametrize(
    ("header", "refused"),
    # A foreign page is refused in front of all APIs, a page of this machine by this one.
    [("Origin", 403), ("Sec_Fetch_Site", 400)],
)
def test_web_pages_are_refused(running_server, header, refused):
    status, answer = running_server.call("TrentService.ListKeys", {}, **JSON, **{header: "x"})
    assert status == refused
    assert answer["__type"].endswith("AccessDeniedException")
    assert running_server.call("TrentService.ListKeys", {}, **JSON)[0] == 200


def test_keys_outlive_the_server(start_server):
    server = start_server()
    client = server.client("kms")
    key = client.create_key()["KeyMetadata"]["KeyId"]
    blob = client.encrypt(KeyId=key, Plaintext=b"hush")["CiphertextBlob"]
    client.close()
    server.stop()
    client = start_server().client("kms")
    assert client.decrypt(CiphertextBlob=blob)["Plaintext"] == b"hush"
    client.close()


def test_signatures_are_verified(start_server):
    server = start_server("--memory", "--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY)

    def client(**changed: Any) -> Any:
        config = Config(retries={"total_max_attempts": 1}, **changed.pop("config", {}))
        given = {
            "aws_access_key_id": ACCESS_KEY,
            "aws_secret_access_key": SECRET_KEY,
            "region_name": "us-east-1",
            **changed,
        }
        return server.keep(boto3.client("kms", endpoint_url=server.url, config=config, **given))

    assert client().list_keys()["Keys"] == []
    wrong_secret = client(aws_secret_access_key="wrong")
    assert code(wrong_secret.list_keys) == "InvalidSignatureException"
    unknown = client(aws_access_key_id="AKIDUNKNOWNUNKNOWN00")
    assert code(unknown.list_keys) == "UnrecognizedClientException"
    wrong_scope = client()
    wrong_scope.meta.events.register(
        "before-sign.kms.*",
        lambda request, **_: request.context.update(signing={"signing_name": "dynamodb"}),
    )
    assert code(wrong_scope.list_keys) == "InvalidSignatureException"


@pytest.mark.one_engine
@pytest.mark.parametrize("payload", [b"", b"[]", b"{", b"{}", b'{"KeyId": 7}', b"null", b"\xff"])
def test_no_input_makes_it_fail(running_server, payload):
    with contextlib.closing(running_server.connection()) as connection:
        for operation in sorted(OPERATIONS):
            status, answer = post(connection, f"TrentService.{operation}", payload, **JSON)
            assert status in (200, 400), (operation, answer)
            if status == 400:
                assert not answer["__type"].endswith("UnknownOperationException"), operation
