"""Hundreds of thousands of nested brackets, wherever input is parsed.

A recursive parser of nested input would end the process with a stack overflow, or fail with an
error of its own. Depths: the most that fit into a request, and the most that the JSON parser
accepts, which is more than the JSON writer does.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.servers import UNSIGNED, RunningServer

MANY = 100_000
PARSED = 1_000
"""JSON's parser takes some more."""
NESTED = {
    "open lists": "[" * MANY,
    "open objects": '{"a":' * MANY,
    "lists": "[" * MANY + "]" * MANY,
    "objects": '{"a":' * MANY + "1" + "}" * MANY,
    "parsed lists": "[" * PARSED + "]" * PARSED,
    "parsed objects": '{"a":' * PARSED + "1" + "}" * PARSED,
    "lists of values": '{"L":[' * PARSED + "]}" * PARSED,
    "not so many": "[" * 300 + "]" * 300,
    "not so many values": '{"L":[' * 200 + "]}" * 200,
}
ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/deep"
ROLE = "arn:aws:iam::000000000000:role/r"
JSON_CALLS = {
    "DynamoDB_20120810.PutItem": '{"TableName":"deep","Item":{"pk":{"S":"a"},"l":%s}}',
    "DynamoDB_20120810.GetItem": '{"TableName":"deep","Key":%s}',
    "DynamoDB_20120810.ListTables": '{"Unknown":%s}',
    "DynamoDB_20120810.CreateTable": '{"TableName":"other","KeySchema":%s}',
    "DynamoDB_20120810.ExecuteStatement": '{"Statement":"SELECT * FROM deep","Parameters":%s}',
    "DynamoDBStreams_20120810.ListStreams": '{"TableName":%s}',
    "TrentService.CreateKey": '{"Tags":%s}',
    "TrentService.Encrypt": '{"EncryptionContext":%s}',
    "AmazonDAXV3.CreateCluster": '{"ClusterName":%s}',
    "AnyScaleFrontendService.PutScalingPolicy": '{"StepScalingPolicyConfiguration":%s}',
    "GraniteServiceVersion20100801.PutMetricData": '{"Namespace":"n","MetricData":%s}',
}
QUOTED = {
    "DynamoDB_20120810.PutResourcePolicy": {"ResourceArn": ARN, "Policy": "%s"},
    "TrentService.CreateKey": {"Policy": "%s"},
    "DynamoDB_20120810.ExecuteStatement": {"Statement": "INSERT INTO deep VALUE {'pk': %s}"},
    "DynamoDB_20120810.Scan": {"TableName": "deep", "FilterExpression": "%s"},
    "DynamoDB_20120810.ListTables": {"ExclusiveStartTableName": "%s"},
}
"""Texts that are parsed in their turn."""
FORMS = [
    {"Action": "CreatePolicy", "Version": "2010-05-08", "PolicyName": "p", "PolicyDocument": "%s"},
    {"Action": "CreateRole", "Version": "2010-05-08", "RoleName": "r",
     "AssumeRolePolicyDocument": "%s"},
    {"Action": "AssumeRole", "Version": "2011-06-15", "RoleArn": ROLE, "RoleSessionName": "me",
     "Policy": "%s"},
    {"Action": "GetMetricData", "Version": "2010-08-01", "StartTime": "0", "EndTime": "1",
     "MetricDataQueries.member.1.Id": "a", "MetricDataQueries.member.1.Expression": "%s"},
]  # fmt: skip
FUNCTION = '{"FunctionName":"f","Runtime":"python3.12","Handler":"a.b","Role":"r","Code":%s}'
MAPPING = '{"FunctionName":"f","EventSourceArn":"a","FilterCriteria":{"Filters":[{"Pattern":%s}]}}'
CBOR = {"smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor"}
CBOR_PATH = "/service/GraniteServiceVersion20100801/operation/PutMetricData"
DEEP_CBOR = {
    "arrays": b"\x81" * MANY,
    "maps": b"\xa1\x61a" * MANY,
    "endless": b"\x9f" * MANY,
    "tags": b"\xc1" * MANY,
    "texts": b"\x7f" * MANY,
}


class Attacked:
    """A server, and the port at which test suites control it."""

    def __init__(self, scratch: Path) -> None:
        admin = scratch / "admin-port"
        self.server = RunningServer(
            scratch, "--memory", "--testing", "--admin-port", "0", "--admin-port-file", admin
        )
        self.admin_port = int(admin.read_text())

    def send(
        self, body: bytes, headers: dict[str, str], path: str = "/", *, admin: bool = False
    ) -> bytes:
        """The answer to a POST, which has to be a success or a client error."""
        port = self.admin_port if admin else self.server.port
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        assert answer.status < 500, content[:1_000]
        assert len(content) < 1_000_000
        return content


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attacked]:
    attacked = Attacked(tmp_path_factory.mktemp("nested"))
    attacked.server.client().create_table(
        TableName="deep",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    yield attacked
    assert attacked.server.client().list_tables()["TableNames"] == ["deep"]
    log = attacked.server.log()
    attacked.server.kill()
    assert "Traceback" not in log
    assert "Error" not in log


def target(name: str) -> dict[str, str]:
    json_version = "1.0" if name.startswith("DynamoDB") else "1.1"
    kind = f"application/x-amz-json-{json_version}"
    return {**UNSIGNED, "X-Amz-Target": name, "Content-Type": kind}


@pytest.mark.parametrize("nested", NESTED.values(), ids=NESTED)
class TestJson:
    def test_nested_json_in_calls(self, attacked: Attacked, nested: str) -> None:
        for name, body in JSON_CALLS.items():
            for text in (nested, body % nested):
                attacked.send(text.encode(), target(name))

    def test_texts_in_calls(self, attacked: Attacked, nested: str) -> None:
        for name, members in QUOTED.items():
            filled = {key: text.replace("%s", nested) for key, text in members.items()}
            attacked.send(json.dumps(filled).encode(), target(name))

    def test_nested_json_in_forms(self, attacked: Attacked, nested: str) -> None:
        headers = {**UNSIGNED, "Content-Type": "application/x-www-form-urlencoded"}
        for members in FORMS:
            filled = {key: text.replace("%s", nested) for key, text in members.items()}
            attacked.send(urlencode(filled).encode(), headers)

    def test_nested_json_in_calls_of_lambda(self, attacked: Attacked, nested: str) -> None:
        mapping = MAPPING % json.dumps(nested)
        for path, body in (
            ("/2015-03-31/functions", FUNCTION % nested),
            ("/2015-03-31/functions", nested),
            ("/2015-03-31/event-source-mappings", mapping),
            ("/2015-03-31/functions/f/invocations", nested),
        ):
            attacked.send(body.encode(), UNSIGNED, path)

    def test_nested_json_in_models_for_the_console(self, attacked: Attacked, nested: str) -> None:
        entity = f'{{"entities":{nested}}}'
        for body in (nested, entity):
            attacked.send(body.encode(), {}, "/console/models/check")

    def test_calls_of_test_suites(self, attacked: Attacked, nested: str) -> None:
        item = f'{{"pk":{{"S":"a"}},"l":{nested}}}'
        rule = f'{{"operation":"GetItem","error":{nested}}}'
        plan = f'{{"rules":[{{"action":{nested}}}]}}'
        seeds = ["/testing/seed?name=deep.json", "/testing/seed?name=deep.jsonl"]
        others = ["faults", "clock", "restore", "snapshots"]
        for path in (*seeds, *(f"/testing/{each}" for each in others), "/replication/pause"):
            for body in (nested, item, rule, plan):
                attacked.send(body.encode(), {}, path, admin=True)


@pytest.mark.parametrize("nested", DEEP_CBOR.values(), ids=DEEP_CBOR)
def test_nested_cbor(attacked: Attacked, nested: bytes) -> None:
    for body in (nested, b"\xa1\x69Namespace" + nested):
        attacked.send(body, {**UNSIGNED, **CBOR}, CBOR_PATH)


def test_names_of_forms(attacked: Attacked) -> None:
    headers = {**UNSIGNED, "Content-Type": "application/x-www-form-urlencoded"}
    for name in ("a." * MANY, "MetricData.member.1." + "member.1." * 10_000, "Tags" + ".1" * MANY):
        for version in ("2010-05-08", "2011-06-15", "2010-08-01"):
            form = f"Action=PutMetricData&Version={version}&{name}=x"
            attacked.send(form.encode(), headers)
