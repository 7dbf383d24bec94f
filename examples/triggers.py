"""Triggers: an audit log and a table of sums, both kept by functions that follow a stream.

    WatchedAirports -- stream --+-- audit  --> WatchedAirports-audit    every change of an item
                                +-- states --> WatchedAirports-states   airports of each state

The functions are in functions/audit and functions/states, written as one writes them for AWS
Lambda. This program deploys them (tables, roles, packages, functions, event source mappings), loads
the airports, changes a few, and shows what the functions have made of it. Run it again, and it
deploys what is in the files by then. Each function has a role that may write to its own table only,
which counts where the server has credentials.
"""

from __future__ import annotations

import io
import json
import os
import time
import zipfile
from pathlib import Path
from typing import Any

import boto3
from airports import definition, read_items
from loading import ask, connect, console, ensure_table, load, parser, show

FUNCTIONS = Path(__file__).parent / "functions"
TRUSTS_LAMBDA = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    },
}
READS_STREAMS = "arn:aws:iam::aws:policy/service-role/AWSLambdaDynamoDBExecutionRole"
WRITES = ("BatchWriteItem", "PutItem", "UpdateItem")
ONLY_AIRPORTS = {"dynamodb": {"Keys": {"sk": {"S": [{"prefix": "CITY#"}]}}}}


def package(name: str) -> bytes:
    """A deployment package: the function's directory, zipped."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted((FUNCTIONS / name).rglob("*.py")):
            archive.write(path, path.relative_to(FUNCTIONS / name))
    return buffer.getvalue()


def deploy_role(iam: Any, table: Any) -> str:
    """The role of the function that keeps a table: it may write to that, and read streams."""
    name = table.name
    trust, writes = json.dumps(TRUSTS_LAMBDA), [f"dynamodb:{action}" for action in WRITES]
    try:
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]
    except iam.exceptions.EntityAlreadyExistsException:
        role = iam.get_role(RoleName=name)["Role"]
    statement = {"Effect": "Allow", "Action": writes, "Resource": table.table_arn}
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    iam.put_role_policy(RoleName=name, PolicyName="writes", PolicyDocument=document)
    iam.attach_role_policy(RoleName=name, PolicyArn=READS_STREAMS)
    return str(role["Arn"])


def deploy_function(
    functions: Any, name: str, directory: str, role: str, variables: dict[str, str]
) -> None:
    """Create the function, or give it the code and variables of today."""
    environment = {"Variables": variables}
    try:
        functions.create_function(
            FunctionName=name,
            Runtime="python3.12",
            Handler="handler.handler",
            Role=role,
            Timeout=30,
            MemorySize=256,
            Code={"ZipFile": package(directory)},
            Environment=environment,
        )
    except functions.exceptions.ResourceConflictException:
        functions.update_function_code(FunctionName=name, ZipFile=package(directory))
        functions.get_waiter("function_updated_v2").wait(FunctionName=name)
        functions.update_function_configuration(
            FunctionName=name, Role=role, Environment=environment
        )
    functions.get_waiter("function_active_v2").wait(FunctionName=name)


def deploy_mapping(functions: Any, name: str, stream: str, **settings: Any) -> None:
    """Connect the stream to the function, unless it is."""
    known = functions.list_event_source_mappings(FunctionName=name, EventSourceArn=stream)
    if not known["EventSourceMappings"]:
        functions.create_event_source_mapping(
            FunctionName=name, EventSourceArn=stream, StartingPosition="TRIM_HORIZON", **settings
        )


def deploy(dynamodb: Any, functions: Any, iam: Any, table_name: str) -> tuple[Any, Any, Any]:
    """Tables, roles, functions and mappings. Returns the three tables."""
    stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    table = ensure_table(dynamodb, {**definition(table_name), "StreamSpecification": stream})
    audit = ensure_table(dynamodb, keyed(f"{table_name}-audit", "item", "sequence"))
    states = ensure_table(dynamodb, keyed(f"{table_name}-states", "pk"))
    for kept, directory, variable in (
        (audit, "audit", "AUDIT_TABLE"),
        (states, "states", "STATES_TABLE"),
    ):
        role = deploy_role(iam, kept)
        deploy_function(functions, kept.name, directory, role, {variable: kept.name})
    table.reload()
    arn = table.latest_stream_arn
    deploy_mapping(functions, audit.name, arn, BatchSize=500)
    deploy_mapping(
        functions,
        states.name,
        arn,
        BatchSize=200,
        BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=10,
        FilterCriteria={"Filters": [{"Pattern": json.dumps(ONLY_AIRPORTS)}]},
    )
    return table, audit, states


def keyed(name: str, *keys: str) -> dict[str, Any]:
    """A table with these keys, all of them strings."""
    kinds = ("HASH", "RANGE")
    return {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"} for key in keys],
        "KeySchema": [
            {"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, kinds, strict=False)
        ],
    }


def change(table: Any) -> None:
    """Rename an airport twice, and close another."""
    seattle = {"pk": "STATE#WA", "sk": "CITY#Seattle#SEA"}
    for name in ("Sea-Tac", "Seattle-Tacoma International"):
        table.update_item(
            Key=seattle,
            UpdateExpression="SET #name = :name",
            ExpressionAttributeNames={"#name": "name"},
            ExpressionAttributeValues={":name": name},
        )
    table.delete_item(Key={"pk": "STATE#WA", "sk": "CITY#Seattle#BFI"})


def wait(states: Any, expected: dict[str, int]) -> dict[str, dict[str, Any]]:
    """Wait until the sums are those of the airports that there are."""
    end = time.monotonic() + 60
    while True:
        items = states.scan(
            FilterExpression="begins_with(pk, :state)",
            ExpressionAttributeValues={":state": "STATE#"},
        )["Items"]
        found = {item["pk"].removeprefix("STATE#"): item for item in items}
        if {state: int(item["airports"]) for state, item in found.items()} == expected:
            return found
        if time.monotonic() > end:
            raise SystemExit("The functions have not caught up; see the server's log.")
        time.sleep(0.1)


def history(audit: Any, key: str, last: str | None) -> tuple[list[dict[str, Any]], float]:
    """The changes of an item's name, once the one to `last` is among them."""
    end = time.monotonic() + 60
    while True:
        entries, units = ask(
            audit,
            KeyConditionExpression="#item = :item",
            ExpressionAttributeNames={"#item": "item"},
            ExpressionAttributeValues={":item": key},
        )
        names = [entry["changed"].get("name", []) for entry in entries]
        if len(names) > 1 and names[-1][-1:] == [last]:
            break
        if time.monotonic() > end:
            raise SystemExit("The audit log has not caught up; see the server's log.")
        time.sleep(0.1)
    rows = [
        {"what": entry["what"], "name": " -> ".join(map(str, name))}
        for entry, name in zip(entries, names, strict=True)
    ]
    return rows, units


def main() -> None:
    options = parser(__doc__.splitlines()[0], "WatchedAirports").parse_args()
    dynamodb = connect(options.endpoint_url)
    functions, iam = (
        boto3.client(
            service,
            endpoint_url=options.endpoint_url,
            region_name=os.environ.get("AWS_REGION", "us-east-1"),
            aws_access_key_id=os.environ.get("AWS_ACCESS_KEY_ID", "local"),
            aws_secret_access_key=os.environ.get("AWS_SECRET_ACCESS_KEY", "local"),
        )
        for service in ("lambda", "iam")
    )
    table, audit, states = deploy(dynamodb, functions, iam, options.table)
    items = read_items()
    load(dynamodb, table, items)
    change(table)

    expected: dict[str, int] = {}
    for item in items:
        if item["sk"].startswith("CITY#"):
            expected[item["state"]] = expected.get(item["state"], 0) + 1
    expected["WA"] -= 1
    sums = wait(states, expected)
    most = sorted(sums.items(), key=lambda each: -each[1]["airports"])[:5]
    rows = [
        {
            "state": state,
            "airports": item["airports"],
            "latitude": round(item["latitudes"] / item["airports"], 2),
        }
        for state, item in [*most, ("WA", sums["WA"])]
    ]
    show(
        "Airports of each state, as the function has counted them",
        f"table {states.name}",
        rows,
        ["state", "airports", "latitude"],
        0,
    )

    for key, last in (
        ("STATE#WA CITY#Seattle#SEA", "Seattle-Tacoma International"),
        ("STATE#WA CITY#Seattle#BFI", None),
    ):
        rows, units = history(audit, key, last)
        show(
            f"What happened to {key}?",
            f"table {audit.name}: item = {key}",
            rows,
            ["what", "name"],
            units,
        )
    console.print()


if __name__ == "__main__":
    main()
