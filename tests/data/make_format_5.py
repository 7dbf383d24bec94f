"""Makes `format_5.tar.gz`: a data directory of format 5, as the code at commit 6018eae9 wrote it.

    git checkout 6018eae9 -- jedlik && python tests/data/make_format_5.py format_5.tar.gz

The archive beside this file was made so, once; newer code cannot make it again. It holds a table
whose local and global index project all attributes, so that their entries are copies of the items,
and a global index that projects the keys.
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

KINDS = {"pk": "S", "sk": "N", "kind": "S", "rank": "N"}
INDEXES = {
    "by-kind": (("kind", "rank"), "ALL"),
    "kinds": (("kind", "sk"), "KEYS_ONLY"),
}
ITEMS = 12


def index(name: str, keys: tuple[str, ...], projected: str) -> dict[str, Any]:
    return {
        "IndexName": name,
        "KeySchema": schema(*keys),
        "Projection": {"ProjectionType": projected},
    }


def schema(*keys: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": name, "KeyType": kind}
        for name, kind in zip(keys, ("HASH", "RANGE"), strict=False)
    ]


def item(number: int) -> dict[str, Any]:
    return {
        "pk": {"S": f"p{number % 3}"},
        "sk": {"N": str(number)},
        "kind": {"S": "even" if number % 2 == 0 else "odd"},
        "rank": {"N": str(-number)},
        "text": {"S": f"text {number}"},
    }


def fill(client: Any) -> None:
    client.create_table(
        TableName="copied",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=schema("pk", "sk"),
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": kind} for name, kind in KINDS.items()
        ],
        LocalSecondaryIndexes=[index("by-rank", ("pk", "rank"), "ALL")],
        GlobalSecondaryIndexes=[index(name, *each) for name, each in INDEXES.items()],
    )
    client.get_waiter("table_exists").wait(TableName="copied", WaiterConfig={"Delay": 1})
    for number in range(ITEMS):
        client.put_item(TableName="copied", Item=item(number))


def main() -> None:
    with tempfile.TemporaryDirectory() as base:
        data, port = Path(base) / "data", free_port()
        arguments = ["--data", str(data), "--port", str(port)]
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
            server.terminate()
            server.wait()
        with tarfile.open(sys.argv[1], "w:gz") as archive:
            archive.add(data, "data")


if __name__ == "__main__":
    main()
