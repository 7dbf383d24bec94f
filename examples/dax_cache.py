"""A cache in front of the airports: what a time to live gives, and what it costs.

Travellers look airports up, the large ones most often (by Zipf's law), through DAX's client. A
counter on each airport changes meanwhile: past the cache, as a script would do it, or through it.
For each time to live a cluster of its own is made with DAX's control API, and the program counts

    hits    reads that DynamoDB was not asked for (they consume nothing)
    stale   reads that gave an older counter than the last one written

The data are `airports.csv` of the package vega-datasets. Start the server with `--dax`.
"""

from __future__ import annotations

import csv
import itertools
import os
import random
import time
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from amazondax import AmazonDaxClient
from loading import Item, connect, console, ensure_table, load, parser
from rich.box import SIMPLE
from rich.table import Table
from vega_datasets import local_data

ROLE = "arn:aws:iam::000000000000:role/dax"
LIVES = ((100, False), (1_000, False), (60_000, False), (60_000, True))
"""Milliseconds, and whether writes go through the cache."""
READS_PER_WRITE = 10
SEED = 1


def definition(table_name: str) -> dict[str, Any]:
    """What CreateTable is given."""
    return {
        "TableName": table_name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "code", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "code", "KeyType": "HASH"}],
    }


def airports() -> list[Item]:
    """All airports, without visitors yet."""
    with Path(local_data.airports.filepath).open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["iata"]]
    return [{"code": row["iata"], "name": row["name"], "visitors": 0} for row in rows]


def cluster_with(control: Any, millis: int) -> str:
    """The endpoint of a cluster whose items live for so long; it is made if it is missing."""
    name = f"airports-{millis}"
    try:
        control.create_parameter_group(ParameterGroupName=name)
        control.update_parameter_group(
            ParameterGroupName=name,
            ParameterNameValues=[
                {"ParameterName": "record-ttl-millis", "ParameterValue": str(millis)}
            ],
        )
        control.create_cluster(
            ClusterName=name, NodeType="dax.r5.large", ReplicationFactor=1, IamRoleArn=ROLE,
            ParameterGroupName=name,
        )  # fmt: skip
    except control.exceptions.ParameterGroupAlreadyExistsFault:
        control.reboot_node(ClusterName=name, NodeId=f"{name}-a")
    while True:
        (cluster,) = control.describe_clusters(ClusterNames=[name])["Clusters"]
        if cluster["Status"] == "available":
            return str(cluster["ClusterDiscoveryEndpoint"]["URL"])
        time.sleep(0.1)


def dax_client(url: str) -> AmazonDaxClient:
    """DAX's client, with the credentials that loading.connect takes."""
    session = botocore.session.Session()
    session.set_credentials(
        os.environ.get("AWS_ACCESS_KEY_ID", "local"),
        os.environ.get("AWS_SECRET_ACCESS_KEY", "local"),
    )
    region = os.environ.get("AWS_REGION", "us-east-1")
    return AmazonDaxClient(session, region_name=region, endpoint_url=url)


def look_up(
    dax: Any, plain: Any, table: str, codes: list[str], seconds: float, *, through: bool
) -> tuple[int, int, int]:
    """Read and write for so long; how many reads, hits and stale answers there were."""
    draw = random.Random(SEED)
    popularity = [1 / rank for rank in range(1, len(codes) + 1)]
    written: dict[str, int] = {}
    reads = hits = stale = 0
    ends = time.monotonic() + seconds
    for turn in itertools.count():
        if time.monotonic() >= ends:
            break
        (code,) = draw.choices(codes, popularity)
        if turn % READS_PER_WRITE == 0:
            answer = (dax if through else plain).update_item(
                TableName=table, Key={"code": {"S": code}}, UpdateExpression="ADD visitors :one",
                ExpressionAttributeValues={":one": {"N": "1"}}, ReturnValues="ALL_NEW",
            )  # fmt: skip
            written[code] = int(answer["Attributes"]["visitors"]["N"])
            continue
        answer = dax.get_item(
            TableName=table, Key={"code": {"S": code}}, ReturnConsumedCapacity="TOTAL"
        )
        reads += 1
        hits += "ConsumedCapacity" not in answer
        stale += int(answer["Item"]["visitors"]["N"]) < written.get(code, 0)
    return reads, hits, stale


def main() -> None:
    options = parser(__doc__.splitlines()[0], "dax-airports")
    options.add_argument(
        "--seconds", type=float, default=3.0, help="for each time to live (default: %(default)s)"
    )
    chosen = options.parse_args()
    dynamodb = connect(chosen.endpoint_url)
    table = ensure_table(dynamodb, definition(chosen.table))
    items = airports()
    load(dynamodb, table, items)
    codes = [item["code"] for item in items]
    plain = dynamodb.meta.client
    control = boto3.client(
        "dax", endpoint_url=chosen.endpoint_url, region_name="us-east-1",
        aws_access_key_id=os.environ.get("AWS_ACCESS_KEY_ID", "local"),
        aws_secret_access_key=os.environ.get("AWS_SECRET_ACCESS_KEY", "local"),
    )  # fmt: skip
    shown = Table("time to live", "writes go", "reads", "hits", "stale", box=SIMPLE)
    for millis, through in LIVES:
        dax = dax_client(cluster_with(control, millis))
        raw = boto3.client(
            "dynamodb", endpoint_url=chosen.endpoint_url, region_name="us-east-1",
            aws_access_key_id=os.environ.get("AWS_ACCESS_KEY_ID", "local"),
            aws_secret_access_key=os.environ.get("AWS_SECRET_ACCESS_KEY", "local"),
        )  # fmt: skip
        reads, hits, stale = look_up(dax, raw, table.name, codes, chosen.seconds, through=through)
        shown.add_row(
            f"{millis / 1000:g} s", "through the cache" if through else "past it", f"{reads:,}",
            f"{hits / max(reads, 1):.0%}", f"{stale / max(reads, 1):.1%}",
        )  # fmt: skip
        dax.close()
        raw.close()
    plain.close()
    console.print(shown)


if __name__ == "__main__":
    main()
