"""Several regions, and several accounts, on one server."""

from __future__ import annotations

import asyncio
import http.client
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from jedlik.app.addresses.listening import close, listen
from jedlik.app.server import Server
from jedlik.app.settings import Settings
from jedlik.base.clock import SystemClock
from jedlik.base.ids import RandomIds
from jedlik.storage.failures import EngineUnusable
from jedlik.storage.memory import MemoryEngine
from jedlik.storage.open import OpenStorage
from jedlik.storage.prefixed import PrefixedEngine
from jedlik.testing.server import LocalServer
from tests.api.accounts import Account, document
from tests.postgres import shared_server
from tests.servers import ACCESS_KEY, SECRET_KEY, RunningServer, free_port, jedlik
from tests.waiting import wait_until

US, EU = "us-east-1", "eu-west-1"
REGIONS = ("--regions", f"{US},{EU}")
TEAM, OTHER_TEAM = "111122223333", "444455556666"


class Open:
    """A server with regions and accounts, with any number of workers."""

    def __init__(self, scratch: Path, *options: str) -> None:
        self.admin_port = free_port()
        self.server = RunningServer(
            scratch, *REGIONS, "--accounts", "by-access-key", "--workers", "2",
            "--admin-port", str(self.admin_port), *options,
        )  # fmt: skip

    def tables(self, region: str, access_key: str = "local") -> list[str]:
        client = self.server.client_in(region, access_key=access_key)
        names: list[str] = client.list_tables()["TableNames"]
        return names


@pytest.fixture(scope="module", params=["lmdb", "postgres"])
def both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Open]:
    scratch = tmp_path_factory.mktemp("regions")
    store = (
        ("--data", str(scratch / "data"))
        if request.param == "lmdb"
        else ("--engine", shared_server().new_schema())
    )
    running = Open(scratch, *store)
    yield running
    running.server.kill()


def create(client: Any, name: str, **members: Any) -> str:
    made = client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        **members,
    )
    arn: str = made["TableDescription"]["TableArn"]
    return arn


def put(client: Any, table: str, value: str) -> None:
    client.put_item(TableName=table, Item={"pk": {"S": value}})


def keys(client: Any, table: str) -> list[str]:
    return [item["pk"]["S"] for item in client.scan(TableName=table)["Items"]]


def test_each_region_and_account_has_its_own_tables(both: Open) -> None:
    server = both.server
    places = [(US, "local"), (EU, "local"), (US, TEAM), (EU, TEAM), (EU, OTHER_TEAM)]
    for region, account in places:
        client = server.client_in(region, access_key=account)
        number = "0" * 12 if account == "local" else account
        assert create(client, "own") == f"arn:aws:dynamodb:{region}:{number}:table/own"
        put(client, "own", f"{region} {account}")
    for region, account in places:
        client = server.client_in(region, access_key=account)
        assert keys(client, "own") == [f"{region} {account}"]
    server.client_in(EU, access_key=TEAM).delete_table(TableName="own")
    assert "own" not in both.tables(EU, TEAM)
    assert "own" in both.tables(US, TEAM)
    assert both.tables(US, OTHER_TEAM) == []


def test_a_region_that_is_not_there_is_refused_in_the_form_of_each_service(both: Open) -> None:
    text = f"Credential should be scoped to a valid region. This server has {US}, {EU}. "
    calls = {
        "dynamodb": "list_tables", "dynamodbstreams": "list_streams", "kms": "list_keys",
        "lambda": "list_functions", "cloudwatch": "list_metrics", "dax": "describe_clusters",
    }  # fmt: skip
    for service, call in calls.items():
        client = both.server.client_in("ap-south-1", service)
        with pytest.raises(ClientError) as caught:
            getattr(client, call)()
        of_forms = {"cloudwatch": "SignatureDoesNotMatch"}
        code = of_forms.get(service, "InvalidSignatureException")
        assert caught.value.response["Error"]["Code"] == code, service
        assert caught.value.response["Error"]["Message"] == text, service


def test_iam_is_the_accounts_whatever_the_region(both: Open) -> None:
    for region in (US, EU, "ap-south-1"):
        iam = both.server.client_in(region, "iam", TEAM)
        iam.create_user(UserName=f"from-{region}")
    here = both.server.client_in(EU, "iam", TEAM).list_users()["Users"]
    assert {user["UserName"] for user in here} == {
        f"from-{each}" for each in (US, EU, "ap-south-1")
    }
    assert both.server.client_in(EU, "iam", OTHER_TEAM).list_users()["Users"] == []
    assert both.server.client_in(EU, "sts", TEAM).get_caller_identity()["Account"] == TEAM
    assert both.server.client_in(EU, "sts").get_caller_identity()["Account"] == "0" * 12


def test_arns_of_other_places(both: Open) -> None:
    us, eu = (both.server.client_in(region) for region in (US, EU))
    create(us, "arns")
    arn = create(eu, "arns", StreamSpecification={
        "StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})  # fmt: skip
    assert eu.describe_table(TableName=arn)["Table"]["TableName"] == "arns"
    invalid = "1 validation error detected: Invalid AWS {} in '{}'"
    china = create(us, "arns2").replace("arn:aws:", "arn:aws-cn:")
    for part, named in (("region", arn), ("partition", china)):
        for call in (us.describe_table, us.describe_time_to_live, us.describe_continuous_backups):
            with pytest.raises(ClientError) as caught:
                call(TableName=named)
            assert caught.value.response["Error"]["Message"] == invalid.format(part, named)
        with pytest.raises(ClientError) as caught:
            us.get_resource_policy(ResourceArn=named)
        assert caught.value.response["Error"]["Message"] == (
            f"One or more parameter values were invalid: Invalid resource Arn: {named}"
        )
    with pytest.raises(ClientError, match="Invalid ResourceArn provided as input") as caught:
        us.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "b"}])
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    team = both.server.client_in(EU, access_key=TEAM)
    with pytest.raises(ClientError) as caught:
        team.get_item(TableName=arn, Key={"pk": {"S": "x"}})
    assert caught.value.response["Error"]["Code"] == "AccessDeniedException"
    with pytest.raises(ClientError, match="match the resource owner\u2019s account"):
        team.put_resource_policy(ResourceArn=arn, Policy="{}")
    for kind, call, text in (
        ("export", us.describe_export, "Export not found: Invalid export arn"),
        ("import", us.describe_import, "Import not found: {}"),
        ("backup", us.describe_backup, "Backup not found: {}"),
    ):
        other = f"{arn}/{kind}/01791506414432-3f2e5aa4"
        with pytest.raises(ClientError) as caught:
            call(**{f"{kind.title()}Arn": other})
        error = caught.value.response["Error"]
        assert error["Code"] == f"{kind.title()}NotFoundException"
        assert error["Message"] == text.format(other)
    streams = both.server.client_in(EU, "dynamodbstreams").list_streams()["Streams"]
    assert [stream["TableName"] for stream in streams] == ["arns"]
    assert both.server.client_in(US, "dynamodbstreams").list_streams()["Streams"] == []


def test_background_work_is_done_in_every_realm(both: Open) -> None:
    for region, account in ((EU, "local"), (EU, TEAM)):
        client = both.server.client_in(region, access_key=account)
        create(client, "expiring")
        client.update_time_to_live(
            TableName="expiring",
            TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"},
        )
        past = {"N": str(int(time.time()) - 10)}
        client.put_item(TableName="expiring", Item={"pk": {"S": "old"}, "until": past})
        wait_until(lambda client=client: not keys(client, "expiring"), f"{region}, {account}")


def test_keys_of_the_key_service_are_a_regions(both: Open) -> None:
    key = both.server.client_in(EU, "kms").create_key()["KeyMetadata"]
    assert key["Arn"].startswith(f"arn:aws:kms:{EU}:")
    eu = both.server.client_in(EU)
    sealed = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key["KeyId"]}
    create(eu, "sealed", SSESpecification=sealed)
    put(eu, "sealed", "x")
    assert keys(eu, "sealed") == ["x"]
    with pytest.raises(ClientError, match="key"):
        create(both.server.client_in(US), "sealed", SSESpecification=sealed)


def test_figures_for_scrapers_name_the_region(both: Open) -> None:
    eu = both.server.client_in(EU)
    create(eu, "counted")
    for _ in range(20):  # so that each worker answers some
        put(eu, "counted", "x")

    def counted() -> list[str]:
        connection = http.client.HTTPConnection("127.0.0.1", both.admin_port)
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
        connection.close()
        return [line for line in text.splitlines() if 'table_name="counted"' in line]

    assert all(f'region="{EU}"' in line for line in wait_until(counted))


# --- A server that knows its callers ------------------------------------------------------------


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    scratch = tmp_path_factory.mktemp("closed")
    server = RunningServer(
        scratch, "--data", scratch / "data", *REGIONS, "--workers", "2",
        "--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY,
    )  # fmt: skip
    yield Account(server)
    server.kill()


def test_policies_tell_regions_apart_and_change_in_all_at_once(closed: Account) -> None:
    for region in (US, EU):
        create(closed.server.client_in(region), "guarded")
    user = closed.user("eva")

    def clients() -> list[Any]:
        return [
            boto3.client("dynamodb", endpoint_url=closed.server.url, region_name=region, **user)
            for region in (US, EU)
        ]

    us, eu = clients()
    for turn in range(4):  # the workers take turns; none of them may know the policy of before
        home, other = (us, eu) if turn % 2 else (eu, us)
        region = US if turn % 2 else EU
        closed.allow("eva", {
            "Effect": "Allow", "Action": "dynamodb:*",
            "Resource": f"arn:aws:dynamodb:{region}:000000000000:table/guarded",
        })  # fmt: skip
        for _ in range(3):
            put(home, "guarded", "x")
            with pytest.raises(ClientError, match="not authorized"):
                put(other, "guarded", "x")
    us.close()
    eu.close()


def test_resource_policies_are_a_regions(closed: Account) -> None:
    arns = [create(closed.server.client_in(region), "shared") for region in (US, EU)]
    user = closed.user("ida")
    closed.server.client_in(EU).put_resource_policy(
        ResourceArn=arns[1],
        Policy=document({
            "Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": arns[1],
            "Principal": {"AWS": "arn:aws:iam::000000000000:user/ida"},
        }),
    )  # fmt: skip
    us, eu = (
        boto3.client("dynamodb", endpoint_url=closed.server.url, region_name=region, **user)
        for region in (US, EU)
    )
    put(eu, "shared", "x")
    with pytest.raises(ClientError, match="not authorized"):
        put(us, "shared", "x")
    us.close()
    eu.close()


def test_wrong_regions_where_signatures_count(closed: Account) -> None:
    with pytest.raises(ClientError, match="This server has us-east-1, eu-west-1"):
        closed.server.client_in("ap-south-1").list_tables()
    assert closed.server.client_in("ap-south-1", "iam").list_users()["Users"] is not None


# --- Starting it --------------------------------------------------------------------------------


def test_a_directory_of_before_is_the_home_region(start_server: Any, tmp_path: Path) -> None:
    server = start_server()
    client = server.client_in("eu-north-1")
    create(client, "old")
    put(client, "old", "x")
    server.stop()

    server = start_server(*REGIONS)
    assert keys(server.client_in(US), "old") == ["x"]
    assert server.client_in(EU).list_tables()["TableNames"] == []
    create(server.client_in(EU), "new")
    put(server.client_in(EU), "new", "y")
    server.stop()

    done = jedlik("verify", tmp_path / "data")
    assert (done.returncode, done.stderr) == (0, "")
    assert "eu-west-1/new             1" in done.stdout


def test_the_home_region_stays_and_what_is_not_served_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    engine = PrefixedEngine(MemoryEngine(), b"")  # which closing does not end

    async def served(region: str, *regions: str) -> None:
        settings = Settings(port=0, directory=None, region=region, regions=regions)
        server = Server(settings, OpenStorage(engine, None), SystemClock(), RandomIds())
        sockets = listen("127.0.0.1", 0)
        try:
            await server.start(sockets)
        finally:
            await server.stop()
            close(sockets)

    asyncio.run(served(US, US, EU))
    with pytest.raises(
        EngineUnusable, match="its home region is us-east-1: start with --region us"
    ):
        asyncio.run(served(EU, EU, "eu-west-2"))
    asyncio.run(served(US, "eu-west-2", US))
    assert not caplog.records
    asyncio.run(served(US))
    assert "tables in eu-west-1, eu-west-2 are not served: see --regions" in caplog.text


def test_a_function_acts_in_its_own_region_and_account(tmp_path: Path) -> None:
    code = tmp_path / "code"
    code.mkdir()
    (code / "app.py").write_text(
        "import os\n"
        "def handler(event, context):\n"
        "    return [os.environ['AWS_REGION'], os.environ['AWS_ACCESS_KEY_ID']]\n"
    )
    with LocalServer(US, (US, EU), accounts_by_key=True) as server:
        client = server.client("lambda", region_name=EU, aws_access_key_id=TEAM)
        client.create_function(
            FunctionName="where", Runtime="python3.12", Handler="app.handler",
            Role=f"arn:aws:iam::{TEAM}:role/any",
            Code={"S3Bucket": "directory", "S3Key": str(code)},
        )  # fmt: skip
        answer = client.invoke(FunctionName="where")
        assert json.loads(answer["Payload"].read()) == [EU, TEAM]
        home = server.client("lambda", aws_access_key_id=TEAM)
        assert home.list_functions()["Functions"] == []
