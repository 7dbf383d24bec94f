"""A database with auto scaling, in simulated time."""

from __future__ import annotations

from typing import Any

from jedlik.kernel.metrics.metric import Metric
from jedlik.kernel.metrics.points import store_points
from jedlik.services.autoscaling.adjusting import DELAY_SECONDS
from jedlik.services.autoscaling.consumption import METRICS
from jedlik.services.autoscaling.operations.registry import OPERATIONS
from jedlik.services.autoscaling.scaler import Scaler
from tests.control_plane import ControlPlane, provisioned, units

READ: dict[str, Any] = {
    "ServiceNamespace": "dynamodb",
    "ResourceId": "table/music",
    "ScalableDimension": "dynamodb:table:ReadCapacityUnits",
}
WRITE: dict[str, Any] = {**READ, "ScalableDimension": "dynamodb:table:WriteCapacityUnits"}


def tracking(target: float = 70.0, direction: str = "Write", **members: Any) -> dict[str, Any]:
    """The parameters of a target tracking policy."""
    metric = {"PredefinedMetricType": f"DynamoDB{direction}CapacityUtilization"}
    return {
        "PolicyName": f"{direction.lower()}s",
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": {
            "TargetValue": target,
            "PredefinedMetricSpecification": metric,
            **members,
        },
    }


class ScaledTable:
    """The table `music` on a database whose scaler is run by hand."""

    def __init__(self, plane: ControlPlane, write: int = 10, **members: Any) -> None:
        self.plane = plane
        # Whenever minutes are looked at, the last one is over for a second longer than need be.
        plane.clock.advance(60.0 - plane.clock.now() % 60.0 + DELAY_SECONDS + 1)
        plane.call("CreateTable", **provisioned(ProvisionedThroughput=units(5, write), **members))
        self.scaler = Scaler(plane.database)

    def ask(self, operation: str, **payload: Any) -> Any:
        """The answer of a scaling operation."""
        return self.plane.run(OPERATIONS[operation](self.plane.database, payload))

    def scale(self, minimum: int = 1, maximum: int = 100, **policy: Any) -> None:
        """Have the writes scaled."""
        self.ask("RegisterScalableTarget", **WRITE, MinCapacity=minimum, MaxCapacity=maximum)
        self.ask("PutScalingPolicy", **WRITE, **tracking(**policy))

    def minute(self, consumed: float, index: str | None = None) -> None:
        """A minute in which this many write units a second are consumed, and a look at it."""
        database = self.plane.database
        table = ("TableName", "music")
        dimensions = (table,) if index is None else (("GlobalSecondaryIndexName", index), table)
        metric = Metric(METRICS, "ConsumedWriteCapacityUnits", dimensions)
        database.metrics.fold()  # what follows is of the minute that is now
        if consumed:
            database.metrics.record(metric, consumed * 60.0)
        points = database.metrics.take()
        self.plane.clock.advance(60.0)
        self.plane.run(store_points(database.engine, points, self.plane.clock.now()))
        self.look()

    def look(self) -> None:
        """Have the scaler look around."""
        self.plane.run(self.scaler.run_once())

    @property
    def capacity(self) -> int:
        """The write units that are provisioned."""
        units_now: int = self.plane.table()["ProvisionedThroughput"]["WriteCapacityUnits"]
        return units_now

    def activities(self) -> list[Any]:
        """All activities, the oldest first."""
        answer = self.ask("DescribeScalingActivities", ServiceNamespace="dynamodb")
        return list(reversed(answer["ScalingActivities"]))
