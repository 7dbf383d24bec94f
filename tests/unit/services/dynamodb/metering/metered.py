"""A table's meter, and what it recorded."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson

from jedlik.gateway.exchange import Answer, Request
from jedlik.services.dynamodb.api.dispatch import Service
from tests.control_plane import ControlPlane
from tests.verifiers import Everybody

Told = dict[str, tuple[float, float]]


class Metered:
    """A service whose metrics are looked at."""

    def __init__(self, plane: ControlPlane) -> None:
        self.plane = plane
        self._service = Service(plane.database, Everybody())

    def call(self, operation: str, **payload: Any) -> Any:
        """The answer's body."""
        content = orjson.dumps(payload)
        prefix = "DynamoDBStreams_20120810" if "Records" in operation else "DynamoDB_20120810"
        headers = {b"x-amz-target": f"{prefix}.{operation}".encode()}
        request = Request(b"POST", b"/", headers, content, content, b"id")

        async def answered() -> Answer:
            answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
            self._service.submit(request, answer.set_result)
            return await answer

        return orjson.loads(self.plane.run(answered()).body)

    def told(self) -> Told:
        """Count and sum of each metric since the last call, by name and values of dimensions."""
        return {
            ".".join((point.metric.name, *(value for _, value in point.metric.dimensions))): (
                point.aggregate.count, point.aggregate.sum,
            )
            for point in self.plane.database.metrics.take()
        }  # fmt: skip

    def told_of(self, operation: str, **payload: Any) -> Told:
        """What one call adds. Its duration must be in it, and what the operation took of the table
        and its indexes together; both are left out."""
        self.told()
        self.call(operation, **payload)
        told = self.told()
        assert told.pop(f"SuccessfulRequestLatency.{operation}.music")[0] == 1
        for direction in ("Read", "Write"):
            consumed = [told[name] for name in told if name.startswith(f"Consumed{direction}")]
            if consumed:
                by_operation = told.pop(f"Operation{direction}Units.{operation}.music")
                assert by_operation == tuple(map(sum, zip(*consumed, strict=True)))
        assert not [name for name in told if name.startswith("Operation")]
        return told
