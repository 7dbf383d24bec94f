"""ARNs of alarms, and kinds of their actions."""

from __future__ import annotations

import pytest

from jedlik.kernel.arns import Arns
from jedlik.services.cloudwatch.alarms.names import (
    alarm_arn,
    is_endpoint,
    is_function,
    named_alarm,
)

HERE = "arn:aws:cloudwatch:us-east-1:000000000000:alarm:a:alarm:b"


def test_an_alarm_by_its_arn() -> None:
    assert alarm_arn(Arns(), "a:alarm:b") == HERE
    for region in ("us-east-1", "eu-west-1"):
        assert named_alarm(Arns(), HERE.replace("us-east-1", region)) == "a:alarm:b"
    assert named_alarm(Arns(only=True), HERE) == "a:alarm:b"


def test_what_means_none() -> None:
    assert named_alarm(Arns(only=True), HERE.replace("us-east-1", "eu-west-1")) is None
    for arn in ("a", "urn:x:alarm:a", "arn:aws:cloudwatch:us-east-1:000000000000:dashboard:a"):
        assert named_alarm(Arns(), arn) is None


@pytest.mark.parametrize(
    ("action", "endpoint", "function"),
    [
        ("https://example.com/:lambda:", True, False),
        ("http://example.com/", True, False),
        ("arn:aws:lambda:us-east-1:000000000000:function:f", False, True),
        ("arn:aws:sns:us-east-1:000000000000:topic", False, False),
    ],
)
def test_kinds_of_actions(action: str, endpoint: bool, function: bool) -> None:
    assert (is_endpoint(action), is_function(action)) == (endpoint, function)
