"""Requests until the capacity of a table does not suffice, and what is answered then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jedlik.base.errors import ServiceError
from tests.control_plane import ControlPlane

TABLE = (
    "The level of configured provisioned throughput for the table was exceeded. "
    "Consider increasing your provisioning level with the UpdateTable API."
)
ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/music"
MANY = 10_000


def item(pk: str, **members: str) -> dict[str, dict[str, str]]:
    return {"pk": {"S": pk}, **{name: {"S": value} for name, value in members.items()}}


def admitted(ask: Callable[[], object]) -> tuple[int, ServiceError]:
    """How many requests pass until one is refused, and what it is answered."""
    for count in range(MANY):
        try:
            ask()
        except ServiceError as error:
            return count, error
    raise AssertionError("nothing is ever refused")


def read(plane: ControlPlane, *, consistent: bool = True) -> Any:
    return plane.call("GetItem", TableName="music", Key=item("a"), ConsistentRead=consistent)


def drain(plane: ControlPlane, ask: Callable[[], object]) -> ServiceError:
    """Spend all that there is: the credit, then what the first settlement leaves."""
    admitted(ask)
    plane.pass_seconds(0.1)
    return admitted(ask)[1]
