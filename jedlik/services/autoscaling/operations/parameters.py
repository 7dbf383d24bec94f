"""Parameters and answers that several scaling operations share."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Any, Final, TypeVar

from jedlik.gateway.operation import Payload
from jedlik.services.autoscaling.errors import (
    AccessDeniedException,
    InvalidNextTokenException,
    ObjectNotFoundException,
    ScalingValidationException,
)
from jedlik.services.autoscaling.model import NAMESPACE, ScalableTarget, Scaled

_RESOURCE: Final = re.compile(
    r"table/([a-zA-Z0-9_.-]{3,255})(?:/index/([a-zA-Z0-9_.-]{3,255}))?"
).fullmatch
_DIMENSION: Final = re.compile(rf"{NAMESPACE}:(table|index):(Read|Write)CapacityUnits").fullmatch
_UNSUPPORTED: Final = "Unsupported service namespace, resource type or scalable dimension"
_MIN_CAPACITY: Final = 1
MAX_LISTED: Final = 50
"""Results: the default and the maximum ("MaxResults")."""

T = TypeVar("T")


def scaled_of(payload: Payload) -> Scaled:
    """The scaled resource of a request. Raises AccessDeniedException if its dimension is of another
    namespace, and ScalingValidationException if its resource and dimension do not fit together."""
    if payload["ScalableDimension"].partition(":")[0] != payload["ServiceNamespace"]:
        raise AccessDeniedException
    if payload["ServiceNamespace"] != NAMESPACE:
        raise ScalingValidationException(_UNSUPPORTED)
    resource = _RESOURCE(payload["ResourceId"])
    dimension = _DIMENSION(payload["ScalableDimension"])
    if resource is None or dimension is None:
        raise ScalingValidationException(_UNSUPPORTED)
    if (dimension[1] == "index") is (resource[2] is None):
        raise ScalingValidationException(_UNSUPPORTED)
    return Scaled(resource[1], resource[2], dimension[2])


def check_bounds(minimum: int | None, maximum: int | None) -> None:
    """Raise ScalingValidationException if there cannot be such bounds of a capacity."""
    if minimum is not None and minimum < _MIN_CAPACITY:
        raise ScalingValidationException(f"Minimum capacity cannot be less than {_MIN_CAPACITY}")
    if maximum is not None and maximum < (_MIN_CAPACITY if minimum is None else minimum):
        raise ScalingValidationException("Maximum capacity cannot be less than minimum capacity")


def registered(target: ScalableTarget | None, scaled: Scaled) -> ScalableTarget:
    """The target, which policies and scheduled actions need."""
    if target is None:
        raise ObjectNotFoundException(f"No scalable target registered for {scaled.named}")
    return target


def is_asked_for(payload: Payload, scaled: Scaled) -> bool:
    """Whether it passes a list's filters by service, resource and dimension."""
    return passes(payload, scaled.resource, scaled.dimension)


def passes(payload: Payload, resource: str, dimension: str) -> bool:
    """The same, by ServiceNamespace, ResourceId and ScalableDimension."""
    if payload["ServiceNamespace"] != NAMESPACE:
        return False
    resources = payload.get("ResourceIds")
    if resources and resource not in resources:
        return False
    if payload.get("ResourceId") not in (None, resource):
        return False
    return payload.get("ScalableDimension") in (None, dimension)


def page(payload: Payload, member: str, found: Sequence[T]) -> Payload:
    """The answer of a list: the requested number of results, from its token on.

    The token is the number of results already listed. Raises InvalidNextTokenException.
    """
    most = payload.get("MaxResults")
    most = MAX_LISTED if most is None else most
    if not 1 <= most <= MAX_LISTED:
        raise ScalingValidationException(
            f"The maximum results value must be between 1 and {MAX_LISTED}."
        )
    start = _start(payload.get("NextToken"), member)
    answer: dict[str, Any] = {member: list(found[start : start + most])}
    if start + most < len(found):
        token = f"{member}:{start + most}".encode()
        answer["NextToken"] = urlsafe_b64encode(token).decode()
    return answer


def _start(token: str | None, member: str) -> int:
    if token is None:
        return 0
    try:
        name, _, number = urlsafe_b64decode(token.encode()).decode().partition(":")
    except ValueError:
        raise InvalidNextTokenException from None
    if name != member or not number.isascii() or not number.isdigit() or len(number) > 9:
        raise InvalidNextTokenException
    return int(number)
