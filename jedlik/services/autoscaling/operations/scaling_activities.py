"""DescribeScalingActivities."""

from __future__ import annotations

from jedlik.gateway.operation import Payload
from jedlik.services.autoscaling.operations.parameters import page, passes
from jedlik.services.autoscaling.store import all_activities
from jedlik.services.dynamodb.database.database import Database


async def describe_scaling_activities(database: Database, payload: Payload) -> Payload:
    """A page of the activities of the last six weeks, the newest first.

    IncludeNotScaledActivities adds nothing, since activities without scaling are not recorded.
    """
    found = [
        activity
        for activity in await all_activities(database)
        if passes(payload, activity["ResourceId"], activity["ScalableDimension"])
    ]
    return page(payload, "ScalingActivities", found)
