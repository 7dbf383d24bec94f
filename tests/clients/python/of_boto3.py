"""boto3, as programs use it: the resource for items, the client for the rest."""

from __future__ import annotations

from typing import Any

import boto3
from boto3.dynamodb.conditions import Attr, Key
from botocore.config import Config
from lines import INDEX, Json, Unsupported, native, on_line, pages_answer, serve, table_definition

CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 10})


class Boto3:
    def __init__(self) -> None:
        self.resource = boto3.resource("dynamodb", config=CONFIG)
        self.client = self.resource.meta.client
        self.streams = boto3.client("dynamodbstreams")

    def create(self, table: str) -> None:
        self.resource.create_table(**table_definition(table))

    def wait(self, table: str) -> Json:
        found = self.resource.Table(table)
        found.wait_until_exists()
        return {"status": found.table_status}

    def drop(self, table: str) -> None:
        found = self.resource.Table(table)
        found.delete()
        found.wait_until_not_exists()

    def put(self, table: str, item: Json) -> None:
        self.resource.Table(table).put_item(Item=native(item))

    def put_new(self, table: str, item: Json) -> None:
        self.resource.Table(table).put_item(
            Item=native(item), ConditionExpression=Attr("artist").not_exists()
        )

    def get(self, table: str, key: Json) -> Json:
        found = self.resource.Table(table).get_item(Key=key, ConsistentRead=True)
        return {"item": on_line(found["Item"])} if "Item" in found else {}

    def update(self, table: str, key: Json, **given: Json) -> Json:
        changes = native(given["set"])
        more: dict[str, Any] = {}
        for name, value in native(given.get("if", {})).items():
            more["ConditionExpression"] = Attr(name).eq(value)
        found = self.resource.Table(table).update_item(
            Key=key,
            UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in changes),
            ExpressionAttributeNames={f"#{name}": name for name in changes},
            ExpressionAttributeValues={f":{name}": value for name, value in changes.items()},
            ReturnValues="ALL_NEW",
            **more,
        )
        return {"item": on_line(found["Attributes"])}

    def delete(self, table: str, key: Json) -> None:
        self.resource.Table(table).delete_item(Key=key)

    def query(self, table: str, artist: str, after: str, limit: int, forward: bool) -> Json:
        pages = self.client.get_paginator("query").paginate(
            TableName=table,
            KeyConditionExpression=Key("artist").eq(artist) & Key("song").gt(after),
            ScanIndexForward=forward,
            PaginationConfig={"PageSize": limit},
        )
        return pages_answer([[item["song"] for item in page["Items"]] for page in pages])

    def query_index(self, table: str, year: str) -> Json:
        found = self.resource.Table(table).query(
            IndexName=INDEX, KeyConditionExpression=Key("year").eq(int(year))
        )
        return {"count": found["Count"]}

    def scan(self, table: str, limit: int, artist: str) -> Json:
        pages = self.client.get_paginator("scan").paginate(
            TableName=table, FilterExpression=Attr("artist").eq(artist), Limit=limit
        )
        return {"count": sum(page["Count"] for page in pages)}

    def batch_put(self, table: str, items: list[Json]) -> None:
        with self.resource.Table(table).batch_writer() as batch:
            for item in items:
                batch.put_item(Item=native(item))

    def batch_delete(self, table: str, keys: list[Json]) -> None:
        with self.resource.Table(table).batch_writer() as batch:
            for key in keys:
                batch.delete_item(Key=key)

    def batch_get(self, table: str, keys: list[Json]) -> Json:
        found = self.resource.batch_get_item(RequestItems={table: {"Keys": keys}})
        return {"count": len(found["Responses"][table])}

    def transact_put(self, table: str, items: list[Json]) -> None:
        self.client.transact_write_items(
            TransactItems=[
                {
                    "Put": {
                        "TableName": table,
                        "Item": native(item),
                        "ConditionExpression": "attribute_not_exists(artist)",
                    }
                }
                for item in items
            ]
        )

    def transact_get(self, table: str, keys: list[Json]) -> Json:
        found = self.client.transact_get_items(
            TransactItems=[{"Get": {"TableName": table, "Key": key}} for key in keys]
        )
        return {"count": sum("Item" in each for each in found["Responses"])}

    def statement(self, statement: str, parameters: list[Json], **_: str) -> Json:
        values = list(native({str(at): each for at, each in enumerate(parameters)}).values())
        found = self.client.execute_statement(Statement=statement, Parameters=values)
        return {"items": [on_line(item) for item in found["Items"]]}

    def stream(self, table: str, artist: str) -> Json:
        arn = self.resource.Table(table).latest_stream_arn
        events = []
        shards = self.streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        for shard in shards:
            iterator = self.streams.get_shard_iterator(
                StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
            records = self.streams.get_records(ShardIterator=iterator)["Records"]
            events += [
                record["eventName"]
                for record in records
                if record["dynamodb"]["Keys"]["artist"]["S"] == artist
            ]
        return {"events": events}

    def presigned(self, **_: Any) -> None:
        raise Unsupported("its presigned requests have no body")


if __name__ == "__main__":
    serve(Boto3())
