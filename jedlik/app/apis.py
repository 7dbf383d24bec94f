"""All APIs of the server, in the order in which they are tried for a request."""

from __future__ import annotations

from typing import Final

from jedlik.app.parts import Parts
from jedlik.gateway.apis import ApiSpec
from jedlik.services.autoscaling import spec as autoscaling
from jedlik.services.cloudwatch import spec as cloudwatch
from jedlik.services.dax_control import spec as dax_control
from jedlik.services.dynamodb import spec as dynamodb
from jedlik.services.dynamodb.peer_api import spec as replication
from jedlik.services.iam import spec as iam
from jedlik.services.kms import spec as kms
from jedlik.services.lambda_ import spec as lambda_

APIS: Final[tuple[ApiSpec[Parts], ...]] = (
    lambda_.API,
    cloudwatch.API,  # before IAM, which takes all other form-encoded requests
    dax_control.API,
    autoscaling.API,
    kms.API,
    replication.API,
    iam.API,
    dynamodb.API,  # last: it takes every JSON call that no other API recognizes
)
