"""The services above DynamoDB's whose keyspaces `jedlik verify` walks over too."""

from __future__ import annotations

from typing import Final

from jedlik.kernel.keyspaces import FUNCTIONS, METRICS, SCALABLE_TARGETS
from jedlik.kernel.metrics.verifying import MetricWalk
from jedlik.services.autoscaling.verifying import ScalingWalk
from jedlik.services.dynamodb.verifying.verification import ServiceWalk
from jedlik.services.lambda_.verifying import FunctionWalk

SERVICES: Final[tuple[ServiceWalk, ...]] = (
    (FUNCTIONS[:1], FunctionWalk),
    (METRICS, MetricWalk),
    (SCALABLE_TARGETS[:1], ScalingWalk),
)
