"""ARNs of alarms (Service Authorization Reference, "Resource types defined by Amazon CloudWatch"),
and the kinds of their actions."""

from __future__ import annotations

from typing import Final

from jedlik.kernel.arns import Arns

_ALARM: Final = ":alarm:"
_FUNCTION: Final = ":lambda:"


def alarm_arn(arns: Arns, alarm: str) -> str:
    """The ARN of an alarm."""
    return f"arn:aws:cloudwatch:{arns.region}:{arns.account}:alarm:{alarm}"


def named_alarm(arns: Arns, arn: str) -> str | None:
    """The alarm that an ARN names; None if it is not an alarm's, or of another region or account
    where these make a difference."""
    if not arn.startswith("arn:") or _ALARM not in arn:
        return None
    name = arn.partition(_ALARM)[2]
    return None if arns.only and arn != alarm_arn(arns, name) else name


def is_function(action: str) -> bool:
    """Whether an action calls a function."""
    return not is_endpoint(action) and _FUNCTION in action


def is_endpoint(action: str) -> bool:
    """Whether an action calls an HTTP endpoint."""
    return action.startswith(("http://", "https://"))
