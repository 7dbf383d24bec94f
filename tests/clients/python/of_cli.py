"""The AWS CLI: a command for each request."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from lines import INDEX, Json, Unsupported, pages_answer, serve, table_definition

AWS = Path(sys.executable).with_name("aws")
_BATCH = 25
_KEYS = 100


def aws(service: str, command: str, *flags: str, **options: Any) -> Any:
    """The JSON that a command prints. Raises ClientError with the service's error."""
    arguments = [str(AWS), service, command, "--output", "json", *flags]
    for name, value in options.items():
        arguments += [f"--{name.replace('_', '-')}", _text(value)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return json.loads(done.stdout) if done.stdout.strip() else {}
    found = re.search(r"An error occurred \((\w+)\) when calling the (\w+) operation.*?: (.*)",
                      done.stderr, re.DOTALL)  # fmt: skip
    assert found is not None, done.stderr
    code, operation, message = found.groups()
    raise ClientError({"Error": {"Code": code, "Message": message.strip()}}, operation)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def plain(key: Json) -> Json:
    """A key of strings in the API's form."""
    return {name: {"S": value} for name, value in key.items()}


class AwsCli:
    def create(self, table: str) -> None:
        aws("dynamodb", "create-table", cli_input_json=table_definition(table))

    def wait(self, table: str) -> Json:
        aws("dynamodb", "wait", "table-exists", table_name=table)
        return {"status": self._described(table)["TableStatus"]}

    def _described(self, table: str) -> Json:
        found: Json = aws("dynamodb", "describe-table", table_name=table)["Table"]
        return found

    def drop(self, table: str) -> None:
        aws("dynamodb", "delete-table", table_name=table)
        aws("dynamodb", "wait", "table-not-exists", table_name=table)

    def put(self, table: str, item: Json) -> None:
        if "cover" in item:
            raise Unsupported("its version 1 takes bytes as they are, and these are no text")
        aws("dynamodb", "put-item", table_name=table, item=item)

    def put_new(self, table: str, item: Json) -> None:
        condition = "attribute_not_exists(artist)"
        aws("dynamodb", "put-item", table_name=table, item=item, condition_expression=condition)

    def get(self, table: str, key: Json) -> Json:
        found = aws("dynamodb", "get-item", "--consistent-read", table_name=table, key=plain(key))
        return {"item": found["Item"]} if "Item" in found else {}

    def update(self, table: str, key: Json, **given: Json) -> Json:
        changes, conditions = given["set"], given.get("if", {})
        values = {f":{name}": value for name, value in changes.items()}
        more = {}
        for name, value in conditions.items():
            more["condition_expression"] = f"#{name} = :expected"
            values[":expected"] = value
        found = aws(
            "dynamodb", "update-item", table_name=table, key=plain(key), return_values="ALL_NEW",
            update_expression="SET " + ", ".join(f"#{name} = :{name}" for name in changes),
            expression_attribute_names={f"#{name}": name for name in changes},
            expression_attribute_values=values, **more,
        )  # fmt: skip
        return {"item": found["Attributes"]}

    def delete(self, table: str, key: Json) -> None:
        aws("dynamodb", "delete-item", table_name=table, key=plain(key))

    def query(self, table: str, artist: str, after: str, limit: int, forward: bool) -> Json:
        """Pages by --max-items and --starting-token, as people at a terminal turn them."""
        pages, more = [], {}
        while True:
            found = aws(
                "dynamodb", "query", *(() if forward else ("--no-scan-index-forward",)),
                table_name=table, max_items=limit,
                key_condition_expression="artist = :a AND song > :s",
                expression_attribute_values={":a": {"S": artist}, ":s": {"S": after}}, **more,
            )  # fmt: skip
            pages.append([item["song"]["S"] for item in found["Items"]])
            if "NextToken" not in found:
                return pages_answer(pages)
            more = {"starting_token": found["NextToken"]}

    def query_index(self, table: str, year: str) -> Json:
        found = aws(
            "dynamodb", "query", table_name=table, index_name=INDEX, select="COUNT",
            key_condition_expression="#y = :y", expression_attribute_names={"#y": "year"},
            expression_attribute_values={":y": {"N": year}},
        )  # fmt: skip
        return {"count": found["Count"]}

    def scan(self, table: str, limit: int, artist: str) -> Json:
        found = aws(
            "dynamodb", "scan", table_name=table, page_size=limit, filter_expression="artist = :a",
            expression_attribute_values={":a": {"S": artist}},
        )  # fmt: skip
        return {"count": len(found["Items"])}

    def batch_put(self, table: str, items: list[Json]) -> None:
        self._write(table, [{"PutRequest": {"Item": item}} for item in items])

    def batch_delete(self, table: str, keys: list[Json]) -> None:
        self._write(table, [{"DeleteRequest": {"Key": plain(key)}} for key in keys])

    def _write(self, table: str, requests: list[Json]) -> None:
        for start in range(0, len(requests), _BATCH):
            part = {table: requests[start : start + _BATCH]}
            found = aws("dynamodb", "batch-write-item", request_items=part)
            assert not found["UnprocessedItems"]

    def batch_get(self, table: str, keys: list[Json]) -> Json:
        asked = {table: {"Keys": [plain(key) for key in keys[:_KEYS]]}}
        found = aws("dynamodb", "batch-get-item", request_items=asked)
        return {"count": len(found["Responses"][table])}

    def transact_put(self, table: str, items: list[Json]) -> None:
        put = {"TableName": table, "ConditionExpression": "attribute_not_exists(artist)"}
        puts = [{"Put": {**put, "Item": item}} for item in items]
        aws("dynamodb", "transact-write-items", transact_items=puts)

    def transact_get(self, table: str, keys: list[Json]) -> Json:
        gets = [{"Get": {"TableName": table, "Key": plain(key)}} for key in keys]
        found = aws("dynamodb", "transact-get-items", transact_items=gets)
        return {"count": sum("Item" in each for each in found["Responses"])}

    def statement(self, statement: str, parameters: list[Json], **_: str) -> Json:
        found = aws("dynamodb", "execute-statement", statement=statement, parameters=parameters)
        return {"items": found["Items"]}

    def stream(self, table: str, artist: str) -> Json:
        arn = self._described(table)["LatestStreamArn"]
        described = aws("dynamodbstreams", "describe-stream", stream_arn=arn)
        events = []
        for shard in described["StreamDescription"]["Shards"]:
            begun = aws(
                "dynamodbstreams", "get-shard-iterator", stream_arn=arn,
                shard_id=shard["ShardId"], shard_iterator_type="TRIM_HORIZON",
            )  # fmt: skip
            read = aws("dynamodbstreams", "get-records", shard_iterator=begun["ShardIterator"])
            events += [
                record["eventName"]
                for record in read["Records"]
                if record["dynamodb"]["Keys"]["artist"]["S"] == artist
            ]
        return {"events": events}

    def presigned(self, **_: Any) -> None:
        raise Unsupported("it has no presigned requests of DynamoDB")


if __name__ == "__main__":
    serve(AwsCli())
