"""Reporting of discarded batches: the destination is tried a few times, and then given up."""

from __future__ import annotations

import json
import logging
from types import SimpleNamespace
from typing import Any

import pytest

from jedlik.services.lambda_.errors import InvalidParameterValueException
from jedlik.services.lambda_.model import DIRECTORY, Code, Function
from jedlik.services.lambda_.names import function_arn
from jedlik.services.lambda_.runtime.execution_roles import AnyRole
from jedlik.services.lambda_.store import CreateFunction
from jedlik.services.lambda_.triggers.failures import TOO_OLD, Discarded
from jedlik.services.lambda_.triggers.reporting import ATTEMPTS, PAUSE_SECONDS, report_discarded
from tests.control_plane import ControlPlane
from tests.unit.services.lambda_.triggers.deliveries import mapping, records

PLACE = "/reports/f.jsonl"
OLD = Discarded(records(1, 2), TOO_OLD, 0, None)


class Destinations:
    """Receives records after it was out of reach a few times."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.received: list[tuple[str, dict[str, Any]]] = []

    async def send(self, _endpoints: Any, destination: str, record: bytes) -> None:
        if self.failures:
            self.failures -= 1
            raise OSError("out of reach")
        self.received.append((destination, json.loads(record)))


class Context:
    """What is used of a MappingContext."""

    def __init__(
        self, plane: ControlPlane, failures: int = 0, place: str = PLACE, roles: Any = None
    ) -> None:
        self.database = plane.database
        self.mapping = mapping(destination=place)
        self.destinations = Destinations(failures)
        self.invoker = SimpleNamespace(
            destinations=self.destinations, endpoints=None, roles=roles or AnyRole()
        )
        self.pauses: list[float] = []

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)


def report(plane: ControlPlane, context: Context) -> list[tuple[str, dict[str, Any]]]:
    plane.run(report_discarded(context, "shardId-1", OLD))
    return context.destinations.received


@pytest.mark.parametrize("failures", range(ATTEMPTS))
def test_a_destination_out_of_reach_is_tried_again(plane: ControlPlane, failures: int) -> None:
    context = Context(plane, failures)
    ((place, record),) = report(plane, context)
    assert place == PLACE
    assert record["requestContext"]["condition"] == TOO_OLD
    assert record["requestContext"]["functionArn"] == function_arn(plane.database.arns, "f")
    assert record["DDBStreamBatchInfo"]["shardId"] == "shardId-1"
    assert context.pauses == [PAUSE_SECONDS] * failures


def test_a_destination_that_stays_out_of_reach_is_given_up(
    plane: ControlPlane, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        assert report(plane, Context(plane, failures=ATTEMPTS)) == []
    ends = [message.rpartition("(")[2] for message in caplog.messages]
    assert ends == [f"{at} of {ATTEMPTS}): out of reach" for at in range(1, ATTEMPTS + 1)]


def test_nothing_is_reported_without_a_destination(plane: ControlPlane) -> None:
    assert report(plane, Context(plane, place="")) == []


def test_nothing_is_sent_where_the_functions_role_may_not(plane: ControlPlane) -> None:
    class Refusing(AnyRole):
        async def check_destination(self, role: str, function: str, destination: str) -> None:
            raise InvalidParameterValueException(f"{role} of {function}: not to {destination}")

    function = Function("f", "u", "1", "c", "role", Code(DIRECTORY, "/", 0, ""), 0.0)
    plane.run(plane.database.engine.write(CreateFunction(function, None)))
    assert report(plane, Context(plane, roles=Refusing())) == []
