"""The audit log and access points of a running server."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.api.accounts import KEY, TABLE_ARN, Account, allow, document, refusal
from tests.conftest import StartServer
from tests.functions import create_function
from tests.servers import ACCESS_KEY, SECRET_KEY, free_port, jedlik

CLOSED = ("--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY)


def records(directory: Path) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for path in sorted(directory.glob("*.jsonl"))
        for line in path.read_text().splitlines()
    ]


def test_management_events(start_server: StartServer, tmp_path: Path) -> None:
    server = start_server("--memory", *CLOSED, "--audit-log", tmp_path / "audit")
    account = Account(server)
    account.table("Logged")
    keys = account.user("wera")
    account.admin.put_item(TableName="Logged", Item={**KEY, "secret": {"S": "planted"}})
    assert refusal(account.client(keys).delete_table, TableName="Logged")
    assert server.stop() == 0
    found = records(tmp_path / "audit")
    assert [each["eventName"] for each in found] == [
        "CreateTable", "CreateUser", "CreateAccessKey", "DeleteTable",
    ]  # fmt: skip
    created, _, _, deleted = found
    assert created["userIdentity"]["type"] == "Root"
    assert created["eventSource"] == "dynamodb.amazonaws.com"
    assert created["requestParameters"]["tableName"] == "Logged"
    assert created["resources"][0]["ARN"] == f"{TABLE_ARN}/Logged"
    assert (created["readOnly"], created["managementEvent"]) == (False, True)
    assert deleted["errorCode"] == "AccessDeniedException"
    assert deleted["userIdentity"]["userName"] == "wera"
    assert found[1]["eventSource"] == "iam.amazonaws.com"
    whole = b"".join(path.read_bytes() for path in (tmp_path / "audit").iterdir())
    assert b"planted" not in whole
    assert keys["aws_secret_access_key"].encode() not in whole
    (only,) = (tmp_path / "audit").iterdir()
    assert only.stat().st_mode & 0o777 == 0o600


def test_who_has_a_session_is_known(start_server: StartServer, tmp_path: Path) -> None:
    """Two callers may give their sessions of a role one name."""
    server = start_server("--memory", *CLOSED, "--audit-log", tmp_path / "audit")
    account = Account(server)
    who = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}
    role = account.role("Shared", trust=document(who))
    sessions = {}
    for name in ("wera", "olga"):
        sts = account.client(account.user(name), "sts")
        given = sts.assume_role(RoleArn=role, RoleSessionName="day")["Credentials"]
        sessions[name] = given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]
    assert server.stop() == 0
    found = records(tmp_path / "audit")
    issued = {
        each["userIdentity"]["userName"]: each["responseElements"]["credentials"]["accessKeyId"]
        for each in found
        if each["eventName"] == "AssumeRole"
    }
    assert issued == {name: key for name, (key, _, _) in sessions.items()}
    text = json.dumps(found)
    assert not any(part in text for _, *hidden in sessions.values() for part in hidden)


def test_a_caller_who_removes_their_own_key_is_known(
    start_server: StartServer, tmp_path: Path
) -> None:
    server = start_server("--memory", *CLOSED, "--audit-log", tmp_path / "audit")
    account = Account(server)
    keys = account.user("wera", allow("iam:*AccessKey"))
    account.client(keys, "iam").delete_access_key(AccessKeyId=keys["aws_access_key_id"])
    assert server.stop() == 0
    last = records(tmp_path / "audit")[-1]
    assert (last["eventName"], last["userIdentity"]["userName"]) == ("DeleteAccessKey", "wera")


def test_data_events_without_the_data(start_server: StartServer, tmp_path: Path) -> None:
    server = start_server(
        "--memory", *CLOSED, "--audit-log", tmp_path / "audit", "--audit-data-events"
    )
    account = Account(server)
    account.table("Logged")
    item = {"pk": {"S": "planted"}, "sk": {"S": "planted"}, "planted": {"S": "planted"}}
    account.admin.put_item(TableName="Logged", Item=item)
    account.admin.batch_write_item(RequestItems={"Logged": [{"PutRequest": {"Item": item}}]})
    account.admin.query(
        TableName="Logged",
        KeyConditionExpression="pk = :planted",
        ExpressionAttributeValues={":planted": {"S": "planted"}},
    )
    assert server.stop() == 0
    found = records(tmp_path / "audit")[1:]
    assert [each["eventName"] for each in found] == ["PutItem", "BatchWriteItem", "Query"]
    assert [each["readOnly"] for each in found] == [False, False, True]
    assert found[1]["requestParameters"] == {"requestItems": ["Logged"]}
    assert "planted" not in json.dumps(found)


def test_to_try_policies_out_is_to_read(start_server: StartServer, tmp_path: Path) -> None:
    server = start_server("--memory", *CLOSED, "--audit-log", tmp_path / "audit")
    account = Account(server)
    policy = document(allow("a:b"))
    account.iam.simulate_custom_policy(PolicyInputList=[policy], ActionNames=["a:b"])
    account.iam.create_policy(PolicyName="kept", PolicyDocument=policy)
    assert server.stop() == 0
    found = [(each["eventName"], each["readOnly"]) for each in records(tmp_path / "audit")]
    assert found == [("SimulateCustomPolicy", True), ("CreatePolicy", False)]


def test_calls_of_the_key_service(start_server: StartServer, tmp_path: Path) -> None:
    server = start_server("--memory", *CLOSED, "--audit-log", tmp_path / "audit")
    kms = server.client("kms")
    arn = kms.create_key(Description="orders")["KeyMetadata"]["Arn"]
    context = {"Department": "IT"}
    sealed = kms.encrypt(KeyId=arn, Plaintext=b"planted", EncryptionContext=context)
    kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext=context)
    data_key = kms.generate_data_key(KeyId=arn[-36:], KeySpec="AES_256")
    kms.create_alias(AliasName="alias/orders", TargetKeyId=arn)
    assert refusal(kms.encrypt, KeyId="alias/none", Plaintext=b"planted")
    kms.close()
    assert server.stop() == 0
    found = records(tmp_path / "audit")
    assert [each["eventName"] for each in found] == [
        "CreateKey", "Encrypt", "Decrypt", "GenerateDataKey", "CreateAlias", "Encrypt",
    ]  # fmt: skip
    assert {each["eventSource"] for each in found} == {"kms.amazonaws.com"}
    assert {each["eventCategory"] for each in found} == {"Management"}
    assert [each["readOnly"] for each in found] == [False, True, True, True, False, True]
    key = {"accountId": "000000000000", "type": "AWS::KMS::Key", "ARN": arn}
    for each in found[:4]:
        assert each["resources"] == [key]
    alias = {**key, "type": "AWS::KMS::Alias", "ARN": f"{arn[:-40]}alias/orders"}
    assert found[4]["resources"] == [key, alias]
    assert found[1]["requestParameters"] == {"keyId": arn, "encryptionContext": context}
    assert found[2]["requestParameters"] == {"encryptionContext": context}
    assert found[5]["errorCode"] == "NotFoundException"
    assert "resources" not in found[5]
    whole = json.dumps(found)
    for secret in (b"planted", data_key["Plaintext"], sealed["CiphertextBlob"]):
        assert base64.b64encode(secret).decode() not in whole


def test_calls_of_the_lambda_api(start_server: StartServer, tmp_path: Path) -> None:
    def called(*options: str) -> list[dict[str, Any]]:
        directory = tmp_path / f"audit{len(options)}"
        server = start_server("--memory", *CLOSED, "--audit-log", directory, *options)
        Account(server).role("function")
        client = server.client("lambda")
        name = create_function(
            client, "def handler(event, _): return 'planted'",
            Environment={"Variables": {"AA": "planted"}},
        )  # fmt: skip
        client.invoke(FunctionName=name, Payload=b'"planted"')
        client.update_function_configuration(
            FunctionName=name, Timeout=9, Environment={"Variables": {"AA": "planted"}}
        )
        client.get_function(FunctionName=name)
        assert refusal(client.delete_function, FunctionName="none")
        refused = refusal(
            client.update_function_configuration,
            FunctionName=name, Environment={"Variables": {"A": "planted"}},
        )  # fmt: skip
        assert "planted" not in refused[1], "values of the environment are never shown"
        refused = refusal(
            client.update_function_configuration,
            FunctionName=name, Environment={"Variables": {"AA": "planted" * 1000}},
        )  # fmt: skip
        assert "planted" in refused[1], "the record has less than the answer"
        client.close()
        assert server.stop() == 0
        found = records(directory)[1:]
        whole = json.dumps(found)
        assert "planted" not in whole
        assert "zipFile" not in whole
        assert found[0]["requestParameters"]["functionName"] == name
        arn = f"arn:aws:lambda:us-east-1:000000000000:function:{name}"
        resource = {"accountId": "000000000000", "type": "AWS::Lambda::Function", "ARN": arn}
        for each in (*found[:-3], *found[-2:]):
            assert each["resources"] == [resource]
        return found

    def names(found: list[dict[str, Any]]) -> list[str]:
        assert {each["eventSource"] for each in found} == {"lambda.amazonaws.com"}
        return [each["eventName"] for each in found]

    management = called()
    assert names(management) == [
        "CreateFunction20150331", "UpdateFunctionConfiguration20150331v2",
        "GetFunction20150331v2", "DeleteFunction20150331",
        *("UpdateFunctionConfiguration20150331v2",) * 2,
    ]  # fmt: skip
    assert [each["readOnly"] for each in management] == [False, False, True, False, False, False]
    assert management[1]["requestParameters"]["timeout"] == 9
    assert management[3]["errorCode"] == "ResourceNotFoundException"
    assert management[3]["errorMessage"]
    both = called("--audit-data-events")
    assert names(both)[1] == "Invoke"
    assert (both[1]["eventCategory"], both[1]["managementEvent"]) == ("Data", False)


def test_access_points(start_server: StartServer, tmp_path: Path) -> None:
    inner, narrow, shut = free_port(), free_port(), free_port()
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps({"Statement": {**allow("dynamodb:GetItem"), "Principal": "*"}}))
    server = start_server(
        "--memory", *CLOSED,
        "--access-point", f"vpce-inner=127.0.0.1:{inner},vpc=vpc-1",
        "--access-point", f"vpce-narrow=127.0.0.1:{narrow},policy={policy}",
        "--access-point", f"vpce-shut=127.0.0.1:{shut},source=192.0.2.0/24",
    )  # fmt: skip
    account = Account(server)
    account.table("Pointed")
    through = {"Condition": {"StringEquals": {"aws:SourceVpce": "vpce-inner"}}}
    in_vpc = {"Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}}
    keys = account.user(
        "pia", allow("dynamodb:GetItem", **through), allow("dynamodb:Scan", **in_vpc),
        allow("dynamodb:PutItem"),
    )  # fmt: skip
    get = {"TableName": "Pointed", "Key": KEY}
    assert refusal(account.client(keys).get_item, **get)[0] == "AccessDeniedException"

    def at(port: int) -> Any:
        server.url = f"http://127.0.0.1:{port}"
        return account.client(keys)

    at(inner).get_item(**get)
    at(inner).scan(TableName="Pointed")
    assert refusal(at(narrow).put_item, TableName="Pointed", Item=KEY)[1].endswith(
        "because no VPC endpoint policy allows the dynamodb:PutItem action"
    )
    at(inner)
    account.client(keys, "sts").get_caller_identity()
    at(narrow)
    sts = account.client(keys, "sts")
    for free in (sts.get_caller_identity, sts.get_session_token):
        assert "because no VPC endpoint policy allows" in refusal(free)[1]
    with pytest.raises(ClientError, match="vpce-shut is closed to this address"):
        at(shut).get_item(**get)


@pytest.mark.parametrize(
    "text",
    ["nonsense", "a=b", "a=127.0.0.1:x", "a=127.0.0.1:1,what=1", "a=127.0.0.1:1,source=x",
     "a=127.0.0.1:1,policy=nowhere", "a=0.0.0.0:1"],
)  # fmt: skip
def test_access_points_that_are_none(text: str, tmp_path: Path) -> None:
    done = jedlik("serve", "--memory", "--port", "0", "--access-point", text)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "Traceback" not in done.stderr
