"""aioboto3: boto3's ways, awaited."""

from __future__ import annotations

import asyncio
from typing import Any

import aioboto3
from boto3.dynamodb.conditions import Attr, Key
from botocore.config import Config
from lines import INDEX, Json, Unsupported, native, on_line, pages_answer, serve, table_definition

CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 10})


class Awaited:
    """Makes methods of the coroutines of another object."""

    def __init__(self, program: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._program, self._loop = program, loop

    def __getattr__(self, verb: str) -> Any:
        call = getattr(self._program, verb)
        return lambda **given: self._loop.run_until_complete(call(**given))


class Aioboto3:
    def __init__(self, resource: Any, streams: Any) -> None:
        self.resource, self.client, self.streams = resource, resource.meta.client, streams

    async def create(self, table: str) -> None:
        await self.resource.create_table(**table_definition(table))

    async def wait(self, table: str) -> Json:
        found = await self.resource.Table(table)
        await found.wait_until_exists()
        return {"status": await found.table_status}

    async def drop(self, table: str) -> None:
        found = await self.resource.Table(table)
        await found.delete()
        await found.wait_until_not_exists()

    async def put(self, table: str, item: Json) -> None:
        await (await self.resource.Table(table)).put_item(Item=native(item))

    async def put_new(self, table: str, item: Json) -> None:
        await (await self.resource.Table(table)).put_item(
            Item=native(item), ConditionExpression=Attr("artist").not_exists()
        )

    async def get(self, table: str, key: Json) -> Json:
        found = await (await self.resource.Table(table)).get_item(Key=key, ConsistentRead=True)
        return {"item": on_line(found["Item"])} if "Item" in found else {}

    async def update(self, table: str, key: Json, **given: Json) -> Json:
        changes = native(given["set"])
        more: dict[str, Any] = {}
        for name, value in native(given.get("if", {})).items():
            more["ConditionExpression"] = Attr(name).eq(value)
        found = await (await self.resource.Table(table)).update_item(
            Key=key,
            UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in changes),
            ExpressionAttributeNames={f"#{name}": name for name in changes},
            ExpressionAttributeValues={f":{name}": value for name, value in changes.items()},
            ReturnValues="ALL_NEW",
            **more,
        )
        return {"item": on_line(found["Attributes"])}

    async def delete(self, table: str, key: Json) -> None:
        await (await self.resource.Table(table)).delete_item(Key=key)

    async def query(self, table: str, artist: str, after: str, limit: int, forward: bool) -> Json:
        pages = self.client.get_paginator("query").paginate(
            TableName=table,
            KeyConditionExpression=Key("artist").eq(artist) & Key("song").gt(after),
            ScanIndexForward=forward,
            PaginationConfig={"PageSize": limit},
        )
        return pages_answer([[item["song"] for item in page["Items"]] async for page in pages])

    async def query_index(self, table: str, year: str) -> Json:
        found = await (await self.resource.Table(table)).query(
            IndexName=INDEX, KeyConditionExpression=Key("year").eq(int(year))
        )
        return {"count": found["Count"]}

    async def scan(self, table: str, limit: int, artist: str) -> Json:
        pages = self.client.get_paginator("scan").paginate(
            TableName=table, FilterExpression=Attr("artist").eq(artist), Limit=limit
        )
        return {"count": sum([page["Count"] async for page in pages])}

    async def batch_put(self, table: str, items: list[Json]) -> None:
        async with (await self.resource.Table(table)).batch_writer() as batch:
            for item in items:
                await batch.put_item(Item=native(item))

    async def batch_delete(self, table: str, keys: list[Json]) -> None:
        async with (await self.resource.Table(table)).batch_writer() as batch:
            for key in keys:
                await batch.delete_item(Key=key)

    async def batch_get(self, table: str, keys: list[Json]) -> Json:
        found = await self.resource.batch_get_item(RequestItems={table: {"Keys": keys}})
        return {"count": len(found["Responses"][table])}

    async def transact_put(self, table: str, items: list[Json]) -> None:
        put = {"TableName": table, "ConditionExpression": "attribute_not_exists(artist)"}
        await self.client.transact_write_items(
            TransactItems=[{"Put": {**put, "Item": native(item)}} for item in items]
        )

    async def transact_get(self, table: str, keys: list[Json]) -> Json:
        found = await self.client.transact_get_items(
            TransactItems=[{"Get": {"TableName": table, "Key": key}} for key in keys]
        )
        return {"count": sum("Item" in each for each in found["Responses"])}

    async def statement(self, statement: str, parameters: list[Json], **_: str) -> Json:
        values = list(native({str(at): each for at, each in enumerate(parameters)}).values())
        found = await self.client.execute_statement(Statement=statement, Parameters=values)
        return {"items": [on_line(item) for item in found["Items"]]}

    async def stream(self, table: str, artist: str) -> Json:
        arn = await (await self.resource.Table(table)).latest_stream_arn
        described = await self.streams.describe_stream(StreamArn=arn)
        events = []
        for shard in described["StreamDescription"]["Shards"]:
            begun = await self.streams.get_shard_iterator(
                StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )
            read = await self.streams.get_records(ShardIterator=begun["ShardIterator"])
            events += [
                record["eventName"]
                for record in read["Records"]
                if record["dynamodb"]["Keys"]["artist"]["S"] == artist
            ]
        return {"events": events}

    async def presigned(self, **_: Any) -> None:
        raise Unsupported("its presigned requests have no body")


async def main() -> Aioboto3:
    session = aioboto3.Session()
    resource = await session.resource("dynamodb", config=CONFIG).__aenter__()
    streams = await session.client("dynamodbstreams").__aenter__()
    return Aioboto3(resource, streams)


if __name__ == "__main__":
    running = asyncio.new_event_loop()
    serve(Awaited(running.run_until_complete(main()), running))
