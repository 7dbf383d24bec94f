"""Makes `format_1.tar.gz`: a data directory of format 1, as the code at commit 7352d4e wrote it.

    git checkout 7352d4e -- jedlik && python tests/data/make_format_1.py format_1.tar.gz

The archive beside this file was made so, once; newer code cannot make it again. It holds a table
with TTL, a stream, a tag and an index, one with a closed stream, and one that was being deleted.
The items of `sessions` expire at 1,600,000,000 seconds (more than five years ago by now, and so
left alone), at 1,900,000,000 and at 4,000,000,000.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from tests.servers import free_port

TRANSITION = "2"


def fill(client: Any) -> None:
    key = [{"AttributeName": "pk", "KeyType": "HASH"}]
    kinds = [{"AttributeName": "pk", "AttributeType": "S"}]
    shared: dict[str, Any] = {"KeySchema": key, "BillingMode": "PAY_PER_REQUEST"}
    index = {
        "IndexName": "by-kind",
        "Projection": {"ProjectionType": "ALL"},
        "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
    }
    client.create_table(
        TableName="sessions",
        AttributeDefinitions=[*kinds, {"AttributeName": "kind", "AttributeType": "S"}],
        GlobalSecondaryIndexes=[index],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        Tags=[{"Key": "team", "Value": "blue"}],
        **shared,
    )
    stream = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    for name in ("closed", "going"):
        client.create_table(
            TableName=name, AttributeDefinitions=kinds, StreamSpecification=stream, **shared
        )
    waiter = client.get_waiter("table_exists")
    for name in ("sessions", "closed", "going"):
        waiter.wait(TableName=name, WaiterConfig={"Delay": 1})
    client.update_time_to_live(
        TableName="sessions",
        TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"},
    )
    for number, expires in enumerate((1_600_000_000, 1_900_000_000, 4_000_000_000)):
        item = {"pk": {"S": f"s{number}"}, "kind": {"S": "web"}, "expires": {"N": str(expires)}}
        client.put_item(TableName="sessions", Item=item)
    client.put_item(TableName="closed", Item={"pk": {"S": "c"}})
    client.update_table(TableName="closed", StreamSpecification={"StreamEnabled": False})
    client.put_item(TableName="going", Item={"pk": {"S": "g"}})
    client.delete_table(TableName="going")


def main() -> None:
    with tempfile.TemporaryDirectory() as base:
        data, port = Path(base) / "data", free_port()
        arguments = ["--data", str(data), "--port", str(port), "--transition-seconds", TRANSITION]
        with subprocess.Popen([sys.executable, "-m", "jedlik", "serve", *arguments]) as server:
            client = boto3.client(
                "dynamodb",
                endpoint_url=f"http://127.0.0.1:{port}",
                region_name="us-east-1",
                aws_access_key_id="k",
                aws_secret_access_key="s",
                config=Config(retries={"max_attempts": 12}),
            )
            fill(client)
            server.kill()
        with tarfile.open(sys.argv[1], "w:gz") as archive:
            archive.add(data, "data")


if __name__ == "__main__":
    main()
