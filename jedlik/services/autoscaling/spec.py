"""Auto scaling as one of the server's APIs."""

from __future__ import annotations

from typing import Final

from jedlik.gateway.apis import ApiSpec, loaded_api
from jedlik.gateway.protocols import json_calls

SIGNED_AS: Final = "application-autoscaling"
_TARGETS: Final = b"AnyScaleFrontendService."

API: Final = ApiSpec(
    ("Application Auto Scaling",),
    (SIGNED_AS,),
    json_calls(_TARGETS),
    loaded_api(__package__, "ScalingService", SIGNED_AS),
    __package__,
)
