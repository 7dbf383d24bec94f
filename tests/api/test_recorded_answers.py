"""Answers of KMS, CloudWatch and Lambda as recorded from the real service (snapshots of
LocalStack's tests), and ARNs of other regions and accounts."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from jedlik.testing.server import LocalServer

US, EU = "us-east-1", "eu-west-1"
UNCHECKED = Config(parameter_validation=False)
FUNCTIONS = f"arn:aws:lambda:{US}:000000000000:function:"


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with LocalServer(US, (US, EU)) as server:
        yield server


@pytest.fixture(scope="module")
def kms(server: LocalServer) -> Any:
    return server.client("kms", config=UNCHECKED)


@pytest.fixture(scope="module")
def cloudwatch(server: LocalServer) -> Any:
    return server.client("cloudwatch", config=UNCHECKED)


@pytest.fixture(scope="module")
def functions(server: LocalServer) -> Any:
    client = server.client("lambda", config=UNCHECKED)
    client.create_function(FunctionName="known", **given())
    return client


def given(**members: Any) -> dict[str, Any]:
    """The input of CreateFunction, except for the name."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as file:
        file.writestr("index.py", "def handler(event, context): return 1")
    return {
        "Runtime": "python3.12", "Handler": "index.handler",
        "Role": "arn:aws:iam::000000000000:role/any", "Code": {"ZipFile": code.getvalue()},
        **members,
    }  # fmt: skip


def refused(call: Callable[..., Any], **members: Any) -> tuple[str, str, int]:
    with pytest.raises(ClientError) as caught:
        call(**members)
    response = caught.value.response
    error = response["Error"]
    return error["Code"], error["Message"], response["ResponseMetadata"]["HTTPStatusCode"]


# --- KMS ----------------------------------------------------------------------------------------


def test_keys_that_are_not_there(kms: Any) -> None:
    here = f"arn:aws:kms:{US}:000000000000:key/"
    for given, text in (
        ("fake-key-id", "Invalid keyId 'fake-key-id'"),
        ("134f2428cec14b25a1ae9048164dba47", "Invalid keyId '134f2428cec14b25a1ae9048164dba47'"),
        ("mrk-fake-key-id", "Invalid keyId 'mrk-fake-key-id'"),
        (f"mrk-{'d3b95762' * 4}", f"Key '{here}mrk-{'d3b95762' * 4}' does not exist"),
    ):
        assert refused(kms.describe_key, KeyId=given) == ("NotFoundException", text, 400)


def test_values_that_keys_do_not_take(kms: Any) -> None:
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    code = "ValidationException"
    assert refused(kms.generate_random) == (code, "NumberOfBytes is required.", 400)
    between = "1 validation error detected: Value '{}' at 'numberOfBytes' failed to satisfy "
    between += "constraint: Member must have value {} than or equal to {}"
    for size, side, bound in ((0, "greater", 1), (1025, "less", 1024)):
        assert refused(kms.generate_random, NumberOfBytes=size) == (
            code, between.format(size, side, bound), 400,
        )  # fmt: skip
    assert refused(kms.encrypt, KeyId=key, Plaintext=b"x" * 4097) == (
        code, ("1 validation error detected: Value at 'plaintext' failed to satisfy constraint: "
        "Member must have length less than or equal to 4096"), 400,
    )  # fmt: skip
    assert refused(kms.create_alias, AliasName="own", TargetKeyId=key) == (
        code, ('Alias must start with the prefix "alias/". Please see '
        "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"), 400,
    )  # fmt: skip
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"a": "b"})["CiphertextBlob"]
    assert refused(kms.decrypt, CiphertextBlob=sealed) == ("InvalidCiphertextException", "", 400)


def test_keys_of_another_region_and_account(server: LocalServer, kms: Any) -> None:
    elsewhere = server.client("kms", region_name=EU)
    key = kms.create_key()["KeyMetadata"]
    code = "NotFoundException"
    assert refused(elsewhere.describe_key, KeyId=key["Arn"]) == (code, f"Invalid arn {US}", 400)
    other = key["Arn"].replace("000000000000", "111122223333")
    for call in (kms.describe_key, kms.disable_key, kms.enable_key):
        assert refused(call, KeyId=other) == (code, f"Key '{other}' does not exist", 400)


# --- CloudWatch ---------------------------------------------------------------------------------

MINUTE_AGO = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=1)


def put(cloudwatch: Any, name: str, *values: tuple[float, str]) -> None:
    data = [
        {"MetricName": name, "Value": value, "Unit": unit, "Timestamp": MINUTE_AGO}
        for value, unit in values
    ]
    cloudwatch.put_metric_data(Namespace="recorded", MetricData=data)


def asked(cloudwatch: Any, name: str, *queries: tuple[str, int]) -> list[dict[str, Any]]:
    metric = {"Namespace": "recorded", "MetricName": name}
    answer = cloudwatch.get_metric_data(
        MetricDataQueries=[
            {"Id": f"q{at}", "MetricStat": {"Metric": metric, "Stat": stat, "Period": period}}
            for at, (stat, period) in enumerate(queries)
        ],
        StartTime=MINUTE_AGO - timedelta(minutes=3),
        EndTime=MINUTE_AGO + timedelta(minutes=3),
    )
    results: list[dict[str, Any]] = answer["MetricDataResults"]
    return results


def test_several_units_where_none_is_asked_for(cloudwatch: Any) -> None:
    put(cloudwatch, "mixed", (1.0, "Seconds"), (60_000.0, "Milliseconds"), (5.0, "Count"))
    (result,) = asked(cloudwatch, "mixed", ("Average", 60))
    assert result["Values"] == [5.0]
    text = "Multiple units returned: '[Count, Milliseconds, Seconds]'"
    assert result["Messages"] == [{"Code": "MultipleUnits", "Value": text}]
    put(cloudwatch, "plain", (1.0, "Seconds"))
    assert "Messages" not in asked(cloudwatch, "plain", ("Average", 60))[0]


def test_labels_say_what_sets_queries_apart(cloudwatch: Any) -> None:
    put(cloudwatch, "named", (109.0, "Seconds"))
    for queries, labels in (
        ((("Sum", 60), ("Minimum", 120)), ["named Sum 60", "named Minimum 120"]),
        ((("Sum", 60), ("Minimum", 60)), ["named Sum", "named Minimum"]),
        ((("Sum", 60), ("Sum", 120)), ["named 60", "named 120"]),
        ((("Sum", 60),), ["named"]),
    ):
        assert [each["Label"] for each in asked(cloudwatch, "named", *queries)] == labels


def test_states_of_alarms(cloudwatch: Any) -> None:
    state = {"AlarmName": "none", "StateReason": "r"}
    assert refused(cloudwatch.set_alarm_state, **state, StateValue="INVALID") == (
        "ValidationError",
        ("1 validation error detected: Value 'INVALID' at 'stateValue' failed to satisfy "
        "constraint: Member must satisfy enum value set: [INSUFFICIENT_DATA, ALARM, OK]"),
        400,
    )  # fmt: skip
    assert refused(cloudwatch.set_alarm_state, **state, StateValue="OK") == (
        "ResourceNotFound", "", 404,
    )  # fmt: skip


def test_alarms_of_another_region(server: LocalServer, cloudwatch: Any) -> None:
    for client in (cloudwatch, server.client("cloudwatch", region_name=EU)):
        client.put_metric_alarm(
            AlarmName="same", MetricName="m", Namespace="recorded", Statistic="Sum", Period=60,
            EvaluationPeriods=1, Threshold=1.0, ComparisonOperator="GreaterThanThreshold",
        )  # fmt: skip
    there = f"arn:aws:cloudwatch:{EU}:000000000000:alarm:same"
    tags = [{"Key": "a", "Value": "b"}]
    code, _, status = refused(cloudwatch.tag_resource, ResourceARN=there, Tags=tags)
    assert (code, status) == ("ResourceNotFoundException", 404)
    cloudwatch.tag_resource(ResourceARN=there.replace(EU, US), Tags=tags)


# --- Lambda -------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", ["get_function", "get_function_configuration"])
def test_qualifiers_of_functions_are_refused_as_recorded(functions: Any, operation: str) -> None:
    call = getattr(functions, operation)
    latest, missing = f"{FUNCTIONS}some:$LATEST", "ResourceNotFoundException"
    assert refused(call, FunctionName=latest, Qualifier="1") == (
        "InvalidParameterValueException",
        "The derived qualifier from the function name does not match the specified qualifier.",
        400,
    )
    assert refused(call, FunctionName=latest, Qualifier="$LATEST") == (
        missing, f"Function not found: {latest}", 404,
    )  # fmt: skip
    assert refused(call, FunctionName="known", Qualifier="1221") == (
        missing, f"Function not found: {FUNCTIONS}known:1221", 404,
    )  # fmt: skip


def test_versions_are_not_deleted(functions: Any) -> None:
    assert refused(functions.delete_function, FunctionName="known", Qualifier="$LATEST") == (
        "InvalidParameterValueException",
        "$LATEST version cannot be deleted without deleting the function.",
        400,
    )
    for name in ("known", "unknown"):
        assert refused(functions.delete_function, FunctionName=name, Qualifier="1221") == (
            "ResourceNotFoundException", f"Function not found: {FUNCTIONS}{name}", 404,
        )  # fmt: skip
    assert functions.get_function(FunctionName="known")


def test_event_invoke_configurations(functions: Any) -> None:
    for named, arn in (
        ({"FunctionName": "known"}, "known:$LATEST"),
        ({"FunctionName": "unknown"}, "unknown:$LATEST"),
        ({"FunctionName": "known", "Qualifier": "1221"}, "known:1221"),
    ):
        assert refused(functions.get_function_event_invoke_config, **named) == (
            "ResourceNotFoundException",
            f"The function {FUNCTIONS}{arn} doesn't have an EventInvokeConfig",
            404,
        )


@pytest.mark.parametrize(
    "operation",
    ["get_function", "get_function_configuration", "get_function_code_signing_config",
     "get_function_event_invoke_config", "get_function_concurrency", "invoke", "delete_function"],
)  # fmt: skip
def test_functions_of_another_region_and_account(functions: Any, operation: str) -> None:
    call, code = getattr(functions, operation), "ResourceNotFoundException"
    there = f"{FUNCTIONS}known".replace(US, EU)
    assert refused(call, FunctionName=there) == (
        code, f"Functions from '{EU}' are not reachable in this region ('{US}')", 404,
    )  # fmt: skip
    theirs = f"{FUNCTIONS}known".replace("000000000000", "111122223333")
    assert refused(call, FunctionName=theirs) == (code, f"Function not found: {theirs}", 404)
    assert functions.get_function(FunctionName=f"{FUNCTIONS}known")


@pytest.mark.parametrize("operation", ["create_function", "update_function_configuration"])
def test_unknown_runtimes(functions: Any, operation: str) -> None:
    members = given() if operation == "create_function" else {}
    for runtime in ("non-existent-runtime", "PYTHON3.9"):
        named = {**members, "FunctionName": "known", "Runtime": runtime}
        code, text, status = refused(getattr(functions, operation), **named)
        assert (code, status) == ("InvalidParameterValueException", 400)
        assert text.startswith(
            f"Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum "
            "value set: [nodejs, "
        )
        assert text.endswith("] or be a valid ARN")


@pytest.mark.parametrize(
    ("code", "members", "text"),
    [
        (
            {"S3Bucket": "bucket", "S3Key": "key"},
            {},
            "Please do not provide other FunctionCode parameters when providing a ZipFile.",
        ),
        ({"ZipFile": None, "S3Bucket": "bucket"}, {}, "S3 Bucket and Key are required for upload"),
        ({}, {"PackageType": "Image"}, "ImageUri is required."),
    ],
)
def test_code_that_is_not_given_as_it_has_to_be(
    functions: Any, code: dict[str, Any], members: dict[str, Any], text: str
) -> None:
    """Measured on the service in September 2026."""
    known = given()
    whole = {**known["Code"], **code}
    named = {name: value for name, value in whole.items() if value is not None}
    found = refused(
        functions.create_function, FunctionName="lacks", **{**known, **members, "Code": named}
    )
    assert found[0] == "InvalidParameterValueException"
    assert found[1].startswith(text)


def test_names_that_are_too_long_for_functions(functions: Any) -> None:
    text = (
        f"1 validation error detected: Value '{'a' * 65}' at 'functionName' failed to satisfy "
        "constraint: Member must have length less than or equal to 64"
    )
    assert refused(functions.create_function, FunctionName="a" * 65, **given()) == (
        "InvalidParameterValueException", text, 400,
    )  # fmt: skip


@pytest.mark.parametrize("operation", ["create_function", "update_function_configuration"])
def test_environments_that_are_too_large(functions: Any, operation: str) -> None:
    text = (
        "Lambda was unable to configure your environment variables because the environment "
        "variables you have provided exceeded the 4KB limit. String measured: "
    )
    call = getattr(functions, operation)
    members = given() if operation == "create_function" else {}
    # What is measured is the JSON of it.
    value = "x" * (4096 - len('{"SMALL_VAR":"ok","LARGE_VAR":""}'))
    for more in ("x", "\u00fc"):
        variables = {"SMALL_VAR": "ok", "LARGE_VAR": value + more}
        named = {**members, "FunctionName": "large", "Environment": {"Variables": variables}}
        measured = f'{{"SMALL_VAR":"ok","LARGE_VAR":"{value}{more}"}}'
        assert refused(call, **named) == ("InvalidParameterValueException", text + measured, 400)
    if operation == "create_function":
        variables["LARGE_VAR"] = value
        assert call(**named)["Environment"] == {"Variables": variables}
        functions.delete_function(FunctionName="large")


def test_a_log_group_is_named_after_the_function(functions: Any) -> None:
    logs = {"LogFormat": "JSON"}
    arn = f"{FUNCTIONS}named-by-arn"
    made = functions.create_function(FunctionName=arn, **given(LoggingConfig=logs))
    assert made["LoggingConfig"]["LogGroup"] == "/aws/lambda/named-by-arn"
    changed = functions.update_function_configuration(FunctionName=arn, LoggingConfig=logs)
    assert changed["LoggingConfig"]["LogGroup"] == "/aws/lambda/named-by-arn"
    functions.delete_function(FunctionName=arn)


def test_code_of_another_kind(functions: Any) -> None:
    code = "InvalidParameterValueException"
    image = "000000000000.dkr.ecr.us-east-1.amazonaws.com/image:latest"
    assert refused(functions.update_function_code, FunctionName="known", ImageUri=image) == (
        code, "Please don't provide ImageUri when updating a function with packageType Zip.", 400,
    )  # fmt: skip
    functions.create_function(
        FunctionName="image", Role="arn:aws:iam::000000000000:role/any", PackageType="Image",
        Code={"ImageUri": "http://localhost:1"},
    )  # fmt: skip
    package = given()["Code"]["ZipFile"]
    assert refused(functions.update_function_code, FunctionName="image", ZipFile=package) == (
        code, "Please provide ImageUri when updating a function with packageType Image.", 400,
    )  # fmt: skip
    functions.delete_function(FunctionName="image")


def test_lists_of_functions(functions: Any) -> None:
    arn = f"{FUNCTIONS}known"
    (listed,) = functions.list_functions()["Functions"]
    assert listed["FunctionArn"] == arn
    (of_all,) = functions.list_functions(FunctionVersion="ALL")["Functions"]
    (version,) = functions.list_versions_by_function(FunctionName="known")["Versions"]
    assert of_all == version == {**listed, "FunctionArn": f"{arn}:$LATEST"}
    described = functions.get_function_configuration(FunctionName="known")
    assert described.keys() - listed.keys() == {
        "State", "LastUpdateStatus", "ResponseMetadata",
    }  # fmt: skip


def test_functions_whose_code_is_not_signed(functions: Any) -> None:
    answer = functions.get_function_code_signing_config(FunctionName="known")
    assert list(answer) == ["ResponseMetadata"]


def test_tags_of_functions(functions: Any) -> None:
    arn, code = f"{FUNCTIONS}known", "InvalidParameterValueException"
    of_versions = (
        "Tags on function aliases and versions are not supported. Please specify a function ARN."
    )
    for qualifier in ("alias", "$LATEST", "1"):
        assert refused(functions.tag_resource, Resource=f"{arn}:{qualifier}", Tags={"a": "b"}) == (
            code, of_versions, 400,
        )  # fmt: skip
    assert refused(functions.tag_resource, Resource=arn, Tags={}) == (
        code, "An error occurred and the request cannot be processed.", 400,
    )  # fmt: skip
    too_many = (code, "Number of tags exceeds resource tag limit.", 400)
    tags = {f"{number}_key": f"{number}_value" for number in range(51)}
    assert refused(functions.tag_resource, Resource=arn, Tags=tags) == too_many
    assert refused(functions.create_function, FunctionName="n", **given(Tags=tags)) == too_many
    first = tags.pop("0_key")
    functions.tag_resource(Resource=arn, Tags=tags)
    assert refused(functions.tag_resource, Resource=arn, Tags={"0_key": first}) == too_many
    functions.untag_resource(Resource=arn, TagKeys=["unknown", *tags])
    assert functions.list_tags(Resource=arn)["Tags"] == {}
    assert "Tags" not in functions.get_function(FunctionName="known")
    assert refused(functions.list_tags, Resource=f"{FUNCTIONS}unknown") == (
        "ResourceNotFoundException", f"Function not found: {FUNCTIONS}unknown", 404,
    )  # fmt: skip
