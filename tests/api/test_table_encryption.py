"""Tables under keys of the key service, as clients see them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conftest import StartServer
from tests.control_plane import on_demand
from tests.functions import RECORDER, create_function, lines_of
from tests.servers import RunningServer
from tests.waiting import wait_until

MARKER = "marker-under-a-table-key"


@pytest.fixture
def kms(running_server: RunningServer) -> Iterator[Any]:
    client = running_server.client("kms")
    yield client
    client.close()


@pytest.fixture
def dynamodb(running_server: RunningServer) -> Iterator[Any]:
    client = running_server.client()
    yield client
    client.close()


def new_key(kms: Any) -> str:
    arn: str = kms.create_key()["KeyMetadata"]["Arn"]
    return arn


def create(dynamodb: Any, name: str, **specification: Any) -> dict[str, Any]:
    description: dict[str, Any] = dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        SSESpecification={"Enabled": True, **specification},
    )["TableDescription"]
    return description


def item(number: int) -> dict[str, Any]:
    return {"pk": {"S": f"{number:03}"}, "text": {"S": MARKER}}


def wait_until_settled(dynamodb: Any, name: str) -> dict[str, Any]:
    """The table once its encryption is no longer UPDATING."""

    def settled() -> dict[str, Any]:
        table: dict[str, Any] = dynamodb.describe_table(TableName=name)["Table"]
        return {} if table.get("SSEDescription", {}).get("Status") == "UPDATING" else table

    return wait_until(settled)


def test_a_disabled_key_bites_and_an_enabled_one_gives_back(dynamodb: Any, kms: Any) -> None:
    key = new_key(kms)
    told = create(dynamodb, "bites", SSEType="KMS", KMSMasterKeyId=key)["SSEDescription"]
    assert told == {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": key}
    dynamodb.put_item(TableName="bites", Item=item(1))
    found = {"TableName": "bites", "Key": {"pk": {"S": "001"}}}
    assert dynamodb.get_item(**found)["Item"] == item(1)
    kms.disable_key(KeyId=key)
    with pytest.raises(ClientError) as refused:
        dynamodb.get_item(**found)
    error = refused.value.response["Error"]
    assert error["Code"] == "ValidationException"
    assert error["Message"].startswith(
        f"KMS key disabled error: com.amazonaws.services.kms.model.DisabledException: {key} is "
        "disabled. (Service: AWSKMS; Status Code: 400; Error Code: DisabledException; "
    )
    table = dynamodb.describe_table(TableName="bites")["Table"]
    assert table["TableStatus"] == "INACCESSIBLE_ENCRYPTION_CREDENTIALS"
    assert "InaccessibleEncryptionDateTime" in table["SSEDescription"]
    kms.enable_key(KeyId=key)
    assert dynamodb.get_item(**found)["Item"] == item(1)
    dynamodb.delete_table(TableName="bites")


def test_another_key_in_the_background(dynamodb: Any, kms: Any) -> None:
    first, second = new_key(kms), new_key(kms)
    create(dynamodb, "changes", SSEType="KMS", KMSMasterKeyId=first)
    for number in range(100):
        dynamodb.put_item(TableName="changes", Item=item(number))
    specification = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": second}
    told = dynamodb.update_table(TableName="changes", SSESpecification=specification)
    # The answer is of the moment of acceptance: the old key, until the new one has taken over.
    told = told["TableDescription"]["SSEDescription"]
    assert (told["Status"], told["KMSMasterKeyArn"]) == ("UPDATING", first)
    settled = wait_until_settled(dynamodb, "changes")["SSEDescription"]
    assert settled == {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": second}
    kms.schedule_key_deletion(KeyId=first, PendingWindowInDays=7)
    assert dynamodb.scan(TableName="changes")["Count"] == 100
    dynamodb.update_table(TableName="changes", SSESpecification={"Enabled": False})
    assert "SSEDescription" not in wait_until_settled(dynamodb, "changes")
    kms.disable_key(KeyId=second)
    assert dynamodb.scan(TableName="changes")["Count"] == 100
    dynamodb.delete_table(TableName="changes")


WRONG = [
    ({"SSEType": "AES256"}, "SSEType AES256 is not supported"),
    ({"KMSMasterKeyId": "x"}, "SSEType KMS is required if KMSMasterKeyId is specified"),
    ({"Enabled": False, "SSEType": "KMS"}, "SSEType can not be specified if Enabled is false"),
    ({"SSEType": "KMS", "KMSMasterKeyId": "x"}, "NotFoundException: Invalid keyId 'x'"),
    ({"SSEType": "KMS", "KMSMasterKeyId": "alias/x"}, "NotFoundException: Alias "),
]


@pytest.mark.parametrize(("specification", "text"), WRONG)
def test_what_is_refused(dynamodb: Any, specification: dict[str, Any], text: str) -> None:
    with pytest.raises(ClientError) as refused:
        create(dynamodb, "refused", **specification)
    error = refused.value.response["Error"]
    assert error["Code"] == "ValidationException"
    assert text in error["Message"]
    assert "refused" not in dynamodb.list_tables()["TableNames"]


def test_every_worker_closes_and_opens_at_once(start_server: StartServer) -> None:
    server = start_server("--workers", "2")
    kms = server.client("kms")
    key = new_key(kms)
    clients = [server.client() for _ in range(6)]  # their connections go to either worker
    create(clients[0], "shared", SSEType="KMS", KMSMasterKeyId=key)
    clients[0].put_item(TableName="shared", Item=item(1))
    for enabled in (True, False, True):
        (kms.enable_key if enabled else kms.disable_key)(KeyId=key)
        assert {reads(client) for client in clients} == {enabled}
    for client in (kms, *clients):
        client.close()


def test_every_worker_backs_up_what_another_one_has_encrypted(start_server: StartServer) -> None:
    server = start_server("--workers", "2")
    for number in range(6):  # a connection for each request, which either worker may get
        name = f"table-{number}"
        request = on_demand(name, SSESpecification={"Enabled": True})
        assert server.call("CreateTable", request)[0] == 200
        backup = {"TableName": name, "BackupName": "nightly"}
        status, answer = server.call("CreateBackup", backup)
        assert status == 200, answer


def reads(client: Any) -> bool:
    try:
        found = client.get_item(TableName="shared", Key={"pk": {"S": "001"}})
    except client.exceptions.ClientError as error:
        if not error.response["Error"]["Message"].startswith("KMS key disabled error: "):
            raise
        return False
    return bool(found["Item"] == item(1))


def test_a_plain_directory_shows_no_body_of_a_sealed_table(
    start_server: StartServer, tmp_path: Path
) -> None:
    data = tmp_path / "sealed-data"
    server = start_server(data=data)
    client = server.client()
    create(client, "sealed")
    for number in range(20):
        client.put_item(TableName="sealed", Item=item(number))
    client.close()
    server.stop()
    assert not any(MARKER.encode() in file.read_bytes() for file in files(data))
    server = start_server(data=data)
    client = server.client()
    assert client.scan(TableName="sealed")["Count"] == 20
    client.put_item(TableName="sealed", Item=item(1))
    client.update_table(TableName="sealed", SSESpecification={"Enabled": False})
    wait_until_settled(client, "sealed")
    client.close()
    server.stop()
    assert any(MARKER.encode() in file.read_bytes() for file in files(data))


def files(data: Path) -> list[Path]:
    return [file for file in data.rglob("*") if file.is_file()]


def test_a_trigger_waits_for_the_key_of_its_table(
    start_server: StartServer, tmp_path: Path
) -> None:
    server = start_server("--memory")
    kms, dynamodb, functions = (server.client(each) for each in ("kms", "dynamodb", "lambda"))
    key = new_key(kms)
    view = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    create(dynamodb, "followed", SSEType="KMS", KMSMasterKeyId=key)
    told = dynamodb.update_table(TableName="followed", StreamSpecification=view)
    dynamodb.put_item(TableName="followed", Item=item(1))
    kms.disable_key(KeyId=key)
    out = tmp_path / "out"
    variables = {"Variables": {"OUT": str(out)}}
    made = functions.create_event_source_mapping(
        EventSourceArn=told["TableDescription"]["LatestStreamArn"],
        FunctionName=create_function(functions, RECORDER, Environment=variables),
        StartingPosition="TRIM_HORIZON",
    )

    def result() -> str:
        mapping = functions.get_event_source_mapping(UUID=made["UUID"])
        return str(mapping["LastProcessingResult"])

    wait_until(lambda: result().startswith("PROBLEM: KMS key disabled error"), "the problem")
    kms.enable_key(KeyId=key)
    wait_until(lambda: lines_of(out) != [], "delivery")
    wait_until(lambda: result() == "OK", "the result")
    for client in (kms, dynamodb, functions):
        client.close()
