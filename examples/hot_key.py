"""A hot key: a table that could take four times the load and throttles, until its keys are spread.

    Readings-hot      pk = the day                   all writes go to one partition
    Readings-spread   pk = the day # one of 64       the same writes, over all partitions

Stations send reports of 10 KB, 130 of them a second: 1,300 write units a second. An on-demand table
takes 4,000, but one partition takes 1,000. Capacity is only enforced on tables that say so by the
tag `jedlik:capacity`, or by a server that was started with `--capacity enforced`.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.config import Config
from loading import connect, console, ensure_table, parser

DAY = "2026-11-28"
SHARDS = 64
RATE = 130  # reports a second
REPORT = "x" * 10_000
WORKERS = 16


def definition(name: str) -> dict[str, Any]:
    """An on-demand table whose capacity is enforced."""
    return {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        "KeySchema": [
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        "Tags": [{"Key": "jedlik:capacity", "Value": "enforced"}],
    }


def client(service: str, endpoint_url: str) -> Any:
    """A boto3 client that does not retry: here the refusals are of interest."""
    return boto3.client(
        service,
        endpoint_url=endpoint_url,
        region_name=os.environ.get("AWS_REGION", "us-east-1"),
        aws_access_key_id=os.environ.get("AWS_ACCESS_KEY_ID", "local"),
        aws_secret_access_key=os.environ.get("AWS_SECRET_ACCESS_KEY", "local"),
        config=Config(retries={"total_max_attempts": 1}, max_pool_connections=WORKERS),
    )


def partition_key(number: int, *, spread: bool) -> str:
    """Where a report goes: under the day, or under one of its shards.

    A reader of the day asks all shards, in parallel, and puts the answers together.
    """
    return f"{DAY}#{number % SHARDS:02d}" if spread else DAY


def send(dynamodb: Any, table: str, number: int, *, spread: bool) -> str:
    """Put one report; returns what became of it."""
    item = {
        "pk": {"S": partition_key(number, spread=spread)},
        "sk": {"S": f"station-{number:06d}"},
        "report": {"S": REPORT},
    }
    try:
        dynamodb.put_item(TableName=table, Item=item)
    except dynamodb.exceptions.ThrottlingException as error:
        (reason,) = error.response["throttlingReasons"]
        return str(reason["reason"])
    return "written"


def load(dynamodb: Any, table: str, seconds: float, *, spread: bool) -> Counter[str]:
    """Send reports at the rate of the stations, whatever becomes of them."""
    started = time.monotonic()
    with ThreadPoolExecutor(WORKERS) as pool:
        sent = []
        for number in range(int(RATE * seconds)):
            time.sleep(max(0.0, started + number / RATE - time.monotonic()))
            sent.append(pool.submit(send, dynamodb, table, number, spread=spread))
        return Counter(each.result() for each in sent)


def throttled(cloudwatch: Any, table: str) -> int:
    """What the metric WriteThrottleEvents says of the last minutes."""
    end = datetime.now(UTC) + timedelta(minutes=1)
    start = end - timedelta(minutes=5)
    console.print(
        "$ aws cloudwatch get-metric-statistics --namespace AWS/DynamoDB "
        f"--metric-name WriteThrottleEvents --dimensions Name=TableName,Value={table} "
        f"--start-time {start:%Y-%m-%dT%H:%MZ} --end-time {end:%Y-%m-%dT%H:%MZ} "
        "--period 60 --statistics Sum",
        highlight=False,
    )
    points = cloudwatch.get_metric_statistics(
        Namespace="AWS/DynamoDB",
        MetricName="WriteThrottleEvents",
        Dimensions=[{"Name": "TableName", "Value": table}],
        StartTime=start,
        EndTime=end,
        Period=60,
        Statistics=["Sum"],
    )["Datapoints"]
    return int(sum(point["Sum"] for point in points))


def main() -> None:
    options = parser(__doc__.splitlines()[0], "Readings")
    options.add_argument("--seconds", type=float, default=5.0, help="of load on each table")
    chosen = options.parse_args()
    resource = connect(chosen.endpoint_url)
    dynamodb = client("dynamodb", chosen.endpoint_url)
    cloudwatch = client("cloudwatch", chosen.endpoint_url)
    for name, spread in ((f"{chosen.table}-hot", False), (f"{chosen.table}-spread", True)):
        ensure_table(resource, definition(name))
        outcomes = load(dynamodb, name, chosen.seconds, spread=spread)
        console.print(f"\n{sum(outcomes.values())} reports to {name}:", style="bold")
        for outcome, count in outcomes.most_common():
            console.print(f"  {count:5d}  {outcome}")
        console.print(f"{throttled(cloudwatch, name)} writes were throttled.\n")


if __name__ == "__main__":
    main()
