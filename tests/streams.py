"""Tables with streams, and reading their records, for unit tests."""

from __future__ import annotations

from typing import Any

from jedlik.kernel.due_work import Schedule
from jedlik.kernel.keyspaces import STREAMS
from jedlik.kernel.rows import all_rows
from jedlik.services.dynamodb.streams.streams import decode, upkeep_job
from tests.control_plane import ControlPlane, Payload, on_demand
from tests.kinesis_reader import Reader


def streamed(
    plane: ControlPlane, view: str = "NEW_AND_OLD_IMAGES", name: str = "music", **members: Any
) -> str:
    """Create a table with a stream; returns the stream's ARN."""
    specification = {"StreamEnabled": True, "StreamViewType": view}
    plane.call("CreateTable", **on_demand(name, **members), StreamSpecification=specification)
    arn: str = plane.table(name)["LatestStreamArn"]
    return arn


def shards(plane: ControlPlane, arn: str) -> list[Payload]:
    """The shards of a stream."""
    shards: list[Payload] = plane.call("DescribeStream", StreamArn=arn)["StreamDescription"][
        "Shards"
    ]
    return shards


def records(plane: ControlPlane, arn: str) -> list[Payload]:
    """All records that can be read from a stream."""
    return list(Reader(plane.call, arn).poll())


def names(plane: ControlPlane, arn: str) -> list[str]:
    """The event names of all records."""
    return [record["eventName"] for record in records(plane, arn)]


def iterator(plane: ControlPlane, arn: str, shard: int = 0, **more: Any) -> str:
    """A shard iterator, TRIM_HORIZON by default."""
    request = {"ShardIteratorType": "TRIM_HORIZON", **more}
    shard_id = shards(plane, arn)[shard]["ShardId"]
    answer = plane.call("GetShardIterator", StreamArn=arn, ShardId=shard_id, **request)
    text: str = answer["ShardIterator"]
    return text


def keep_streams(plane: ControlPlane) -> None:
    """Maintain all streams now, whenever that is due: a test may have changed the lifetime of
    shards since they were created."""

    async def keep() -> None:
        engine, now = plane.database.engine, plane.clock.now()
        rows = await all_rows(engine, STREAMS)
        await engine.write(Schedule(*(upkeep_job(decode(value), now) for _, value in rows)))

    plane.run(keep())
    plane.run_jobs()
