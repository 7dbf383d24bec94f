"""Functions act as their roles, with boto3 in the handler and around it."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from tests.api.accounts import Account, allow, document
from tests.api.making import refusal
from tests.functions import RECORDER, create_function, create_table, lines_of, package
from tests.servers import REGION, SECRET_KEY
from tests.waiting import wait_until

CANNOT_ASSUME = "The role defined for the function cannot be assumed by Lambda."
TABLES = f"arn:aws:dynamodb:{REGION}:000000000000:table"
READS = ("dynamodb:GetItem", "dynamodb:Query")
KEY = {"pk": {"S": "a"}}

CALLING = """
import os

import boto3
from botocore.exceptions import ClientError

def handler(event, context):
    if event == {}:
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
        return {name: os.environ.get(name) for name in names} | {"pid": os.getpid()}
    try:
        client = boto3.client(event.get("service", "dynamodb"))
        told = getattr(client, event["call"])(**event["with"])
        return told.get(event.get("wanted"))
    except ClientError as error:
        return [error.response["Error"]["Code"], error.response["Error"]["Message"]]
"""
"""Does what the event says: the member that is wanted, None if none is, or the refusal."""


@pytest.fixture(scope="module")
def functions(account: Account) -> Any:
    return account.server.client("lambda")


@pytest.fixture(scope="module")
def tables(account: Account) -> tuple[str, str]:
    for name in ("Books", "Others"):
        account.table(name, sort=None)
    return "Books", "Others"


def role_name() -> str:
    return f"r-{uuid.uuid4().hex[:12]}"


def invoke(functions: Any, name: str, event: Any) -> Any:
    answer = functions.invoke(FunctionName=name, Payload=json.dumps(event))
    told = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, told
    return told


def call(name: str, **members: Any) -> dict[str, Any]:
    return {"call": name, "with": members}


def given(role: str, **members: Any) -> dict[str, Any]:
    return {
        "FunctionName": f"f-{uuid.uuid4().hex[:12]}",
        "Role": role,
        "Runtime": "python3.12",
        "Handler": "handler.handler",
        "Code": {"ZipFile": package(CALLING)},
        **members,
    }


# --- What the code may do -------------------------------------------------------------------------


def test_a_function_may_do_what_its_role_may(account, functions, tables):
    books, others = tables
    role = role_name()
    arn = account.role(role, allow(*READS, on=f"{TABLES}/{books}"))
    name = create_function(functions, CALLING, Role=arn)
    whoever = f"arn:aws:sts::000000000000:assumed-role/{role}/{name}"

    def denied(action: str, table: str) -> list[str]:
        text = (
            f"User: {whoever} is not authorized to perform: dynamodb:{action} on resource: "
            f"{TABLES}/{table} because no identity-based policy allows the dynamodb:{action} action"
        )
        return ["AccessDeniedException", text]

    assert invoke(functions, name, call("get_item", TableName=books, Key=KEY)) is None
    put = call("put_item", TableName=books, Item=KEY)
    assert invoke(functions, name, put) == denied("PutItem", books)
    told = invoke(functions, name, call("get_item", TableName=others, Key=KEY))
    assert told == denied("GetItem", others)
    account.allow_role(role, allow("dynamodb:PutItem", on=f"{TABLES}/{books}"))
    assert invoke(functions, name, put) is None
    assert "Item" in account.admin.get_item(TableName=books, Key=KEY)
    told = invoke(functions, name, call("get_item", TableName=books, Key=KEY))
    assert told == denied("GetItem", books)


@pytest.mark.one_process("each worker has processes of its own for a function")
def test_a_changed_policy_counts_for_the_process_that_is_running_too(account, functions, tables):
    books, _ = tables
    role = role_name()
    name = create_function(functions, CALLING, Role=account.role(role))
    process = invoke(functions, name, {})["pid"]
    put = call("put_item", TableName=books, Item=KEY)
    assert invoke(functions, name, put)[0] == "AccessDeniedException"
    account.allow_role(role, allow("dynamodb:PutItem", on=f"{TABLES}/{books}"))
    assert invoke(functions, name, put) is None
    assert invoke(functions, name, {})["pid"] == process


def test_its_environment_has_a_session_and_not_the_administrators_keys(account, functions):
    name = create_function(functions, CALLING, Role=account.role(role_name()))
    told = invoke(functions, name, {})
    assert told["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    assert told["AWS_SECRET_ACCESS_KEY"] != SECRET_KEY
    session = account.client(
        {
            "aws_access_key_id": told["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": told["AWS_SECRET_ACCESS_KEY"],
            "aws_session_token": told["AWS_SESSION_TOKEN"],
        },
        "sts",
    )
    assert session.get_caller_identity()["Arn"].endswith(f"/{name}")
    who = {"service": "sts", "call": "get_caller_identity", "with": {}, "wanted": "Arn"}
    assert invoke(functions, name, who).endswith(f"/{name}")
    # The next event finds the same ones, and the same process.
    assert invoke(functions, name, {}) == told


def test_an_open_server_takes_any_role_and_gives_any_credentials(start_server):
    server = start_server("--memory")
    functions = server.client("lambda")
    name = create_function(functions, CALLING, Role="arn:aws:iam::123456789012:role/nobodys")
    told = invoke(functions, name, {})
    assert told["AWS_SESSION_TOKEN"] is None
    assert invoke(functions, name, call("list_tables")) is None


def test_policies_can_ask_which_function_it_is(account, functions, tables):
    """Lambda developer guide, "Using source function ARN to control function access behavior"."""
    only = f"arn:aws:lambda:{REGION}:000000000000:function:f-only"
    condition = {"ArnEquals": {"lambda:SourceFunctionArn": only}}
    arn = account.role(role_name(), allow("dynamodb:GetItem", Condition=condition))
    get = call("get_item", TableName=tables[0], Key=KEY)
    other = create_function(functions, CALLING, Role=arn)
    functions.create_function(**given(arn, FunctionName="f-only", Timeout=10))
    assert invoke(functions, "f-only", get) is None
    assert invoke(functions, other, get)[0] == "AccessDeniedException"


def test_a_deleted_role_takes_its_functions_with_it(account, functions, tables):
    role = role_name()
    arn = account.role(role)
    name = create_function(functions, CALLING, Role=arn)
    told = invoke(functions, name, {})
    account.iam.delete_role(RoleName=role)
    session = account.client(
        {
            "aws_access_key_id": told["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": told["AWS_SECRET_ACCESS_KEY"],
            "aws_session_token": told["AWS_SESSION_TOKEN"],
        }
    )
    assert refusal(session.list_tables)[0] == "UnrecognizedClientException"
    found = refusal(functions.invoke, FunctionName=name, Payload=b"{}")
    assert found == ("AccessDeniedException", CANNOT_ASSUME)
    # One of the same name is another role, and gets sessions of its own.
    account.role(role, allow("dynamodb:GetItem"))
    get = call("get_item", TableName=tables[0], Key=KEY)
    assert invoke(functions, name, get) is None
    assert invoke(functions, name, {})["AWS_ACCESS_KEY_ID"] != told["AWS_ACCESS_KEY_ID"]


# --- Which roles a function may have --------------------------------------------------------------


def trust(effect: str = "Allow", **members: Any) -> dict[str, Any]:
    principal = {"Service": "lambda.amazonaws.com"}
    return {"Effect": effect, "Principal": principal, "Action": "sts:AssumeRole", **members}


def of_function(name: str) -> dict[str, Any]:
    arn = f"arn:aws:lambda:{REGION}:000000000000:function:{name}"
    return {"ArnLike": {"aws:SourceArn": arn}, "StringEquals": {"aws:SourceAccount": "0" * 12}}


REFUSED = [
    [trust(Principal={"Service": "ec2.amazonaws.com"})],
    [trust(Principal={"AWS": "arn:aws:iam::000000000000:root"})],
    [trust(Action="sts:TagSession")],
    [trust(), trust("Deny")],
    [trust(Condition=of_function("another"))],
    [trust(), trust("Deny", Principal={"AWS": "*"})],
]
TAKEN = [
    [trust(Principal={"Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"]})],
    [trust(Principal={"AWS": "*"})],
    [trust(Condition=of_function("f-*"))],
    [trust(), {**trust("Deny"), "Principal": {"Service": "ec2.amazonaws.com"}}],
]


@pytest.mark.parametrize("statements", REFUSED)
def test_roles_that_lambda_may_not_assume(account, functions, statements):
    arn = account.role(role_name(), trust=document(*statements))
    members = given(arn)
    found = refusal(functions.create_function, **members)
    assert found == ("InvalidParameterValueException", CANNOT_ASSUME)
    name = members["FunctionName"]
    found = refusal(functions.get_function, FunctionName=name)
    assert found[0] == "ResourceNotFoundException"


@pytest.mark.parametrize("statements", TAKEN)
def test_roles_that_lambda_may_assume(account, functions, statements):
    arn = account.role(role_name(), trust=document(*statements))
    assert functions.create_function(**given(arn))["Role"] == arn


def test_a_role_that_is_not_there(account, functions):
    missing = "arn:aws:iam::000000000000:role/missing"
    found = refusal(functions.create_function, **given(missing))
    assert found == ("InvalidParameterValueException", CANNOT_ASSUME)
    arn = account.role(role_name())
    name = functions.create_function(**given(arn))["FunctionName"]
    update = functions.update_function_configuration
    found = refusal(update, FunctionName=name, Role=missing, Timeout=9)
    assert found == ("InvalidParameterValueException", CANNOT_ASSUME)
    described = functions.get_function_configuration(FunctionName=name)
    assert (described["Role"], described["Timeout"]) == (arn, 3)
    other = account.role(role_name())
    assert update(FunctionName=name, Role=other)["Role"] == other


def test_handing_a_role_over_takes_permission(account):
    role = role_name()
    arn = account.role(role)
    deployer = account.client(account.user("deployer", allow("lambda:*")), "lambda")
    text = (
        "User: arn:aws:iam::000000000000:user/deployer is not authorized to perform: iam:PassRole "
        f"on resource: {arn} because no identity-based policy allows the iam:PassRole action"
    )
    denied = ("AccessDeniedException", text)
    assert refusal(deployer.create_function, **given(arn)) == denied
    # The same role under another spelling of its ARN.
    spelled = given(arn.replace("0" * 12, "123456789012"))
    assert refusal(deployer.create_function, **spelled) == denied

    def passing(service: str, on: str = arn) -> dict[str, Any]:
        condition = {"StringEquals": {"iam:PassedToService": service}}
        return allow("iam:PassRole", on=on, Condition=condition)

    account.allow("deployer", allow("lambda:*"), passing("ec2.amazonaws.com"))
    assert refusal(deployer.create_function, **given(arn)) == denied
    account.allow("deployer", allow("lambda:*"), passing("lambda.amazonaws.com"))
    name = deployer.create_function(**given(arn))["FunctionName"]
    update = deployer.update_function_configuration
    assert update(FunctionName=name, Timeout=5)["Timeout"] == 5
    other = account.role(role_name())
    code, text = refusal(update, FunctionName=name, Role=other)
    assert (code, f"iam:PassRole on resource: {other}" in text) == ("AccessDeniedException", True)
    account.allow("deployer", allow("lambda:*"), passing("lambda.amazonaws.com", other))
    assert update(FunctionName=name, Role=other)["Role"] == other


# --- Streams --------------------------------------------------------------------------------------

STREAM_READS = (
    "dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
)  # fmt: skip


def cannot_access(stream: str) -> str:
    return (
        f"Cannot access stream {stream}. Please ensure the role can perform the GetRecords, "
        "GetShardIterator, DescribeStream, and ListStreams Actions on your stream in IAM."
    )


def reading(stream: str) -> dict[str, Any]:
    """As in DynamoDB's guide, "IAM policy to allow an AWS Lambda function to access stream
    records"."""
    return allow(*STREAM_READS, on=f"{stream.rpartition('/')[0]}/*")


@pytest.mark.parametrize("missing", STREAM_READS)
def test_a_mapping_needs_a_role_that_may_read_the_stream(account, functions, missing):
    _, stream = create_table(account.admin)
    role = role_name()
    arn = account.role(role, *(allow(each, on=stream) for each in STREAM_READS if each != missing))
    name = create_function(functions, CALLING, Role=arn)
    mapping = {"EventSourceArn": stream, "FunctionName": name, "StartingPosition": "LATEST"}
    found = refusal(functions.create_event_source_mapping, **mapping)
    assert found == ("InvalidParameterValueException", cannot_access(stream))
    listed = functions.list_event_source_mappings(FunctionName=name)
    assert listed["EventSourceMappings"] == []
    account.allow_role(role, reading(stream))
    made = functions.create_event_source_mapping(**mapping)
    another = create_function(functions, CALLING, Role=account.role(role_name()))
    found = refusal(functions.update_event_source_mapping, UUID=made["UUID"], FunctionName=another)
    assert found == ("InvalidParameterValueException", cannot_access(stream))
    functions.delete_event_source_mapping(UUID=made["UUID"])


def test_the_managed_policy_suffices(account, functions):
    _, stream = create_table(account.admin)
    role = role_name()
    arn = account.role(role)
    policy = "arn:aws:iam::aws:policy/service-role/AWSLambdaDynamoDBExecutionRole"
    account.iam.attach_role_policy(RoleName=role, PolicyArn=policy)
    name = create_function(functions, CALLING, Role=arn)
    made = functions.create_event_source_mapping(
        EventSourceArn=stream, FunctionName=name, StartingPosition="LATEST"
    )
    functions.delete_event_source_mapping(UUID=made["UUID"])


def test_delivery_stops_and_goes_on_with_the_roles_permission(account, functions, tmp_path):
    table, stream = create_table(account.admin)
    role, out = role_name(), tmp_path / "out"
    arn = account.role(role, reading(stream))
    variables = {"Variables": {"OUT": str(out)}}
    name = create_function(functions, RECORDER, Role=arn, Environment=variables)
    made = functions.create_event_source_mapping(
        EventSourceArn=stream, FunctionName=name, StartingPosition="TRIM_HORIZON"
    )

    def put(key: str) -> None:
        account.admin.put_item(TableName=table, Item={"pk": {"S": key}})

    def result() -> str:
        return str(functions.get_event_source_mapping(UUID=made["UUID"])["LastProcessingResult"])

    def delivered() -> list[str]:
        return sorted(line[0] for line in lines_of(out))

    put("before")
    wait_until(lambda: delivered() == ["before"], "delivery")
    account.iam.delete_role_policy(RoleName=role, PolicyName="own")
    put("meanwhile")
    wait_until(lambda: result() == f"PROBLEM: {cannot_access(stream)}", "the result")
    assert delivered() == ["before"]
    account.allow_role(role, reading(stream))
    wait_until(lambda: delivered() == ["before", "meanwhile"], "delivery once more")
    wait_until(lambda: result() == "OK", "the result")
    functions.delete_event_source_mapping(UUID=made["UUID"])
