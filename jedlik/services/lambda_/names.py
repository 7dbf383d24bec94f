"""Amazon Resource Names of functions and event source mappings, and the forms of a function's name.

Forms: Service Authorization Reference, "Resource types defined by AWS Lambda", and the API
reference of Lambda, parameter FunctionName.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from jedlik.kernel.arns import Arns
from jedlik.services.lambda_.errors import FunctionNotFoundException

_FUNCTION = re.compile(
    r"(?:arn:aws[a-z-]*:lambda:[a-z0-9-]+:)?(?:[0-9]{12}:)?(?:function:)?"
    r"([a-zA-Z0-9_-]+)(?::(\$LATEST|[a-zA-Z0-9_-]+))?"
).fullmatch
_PLACE = re.compile(r"arn:aws[a-z-]*:lambda:([a-z0-9-]+):([0-9]{12}):").match
_RESOURCE = re.compile(
    r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:(function|event-source-mapping):([a-zA-Z0-9_-]+)"
).fullmatch


class FunctionName(NamedTuple):
    """A function's name, and its version or alias."""

    name: str
    qualifier: str | None


def parse_function_name(given: str) -> FunctionName:
    """The function of a FunctionName parameter: a name, an ARN or the end of one.

    Any other text is treated as the name of a missing function.
    """
    match = _FUNCTION(given)
    return FunctionName(given, None) if match is None else FunctionName(match[1], match[2])


def check_place(arns: Arns, given: str) -> None:
    """Refuse an ARN of another region or account, where these make a difference. Raises
    FunctionNotFoundException."""
    place = _PLACE(given) if arns.only else None
    if place is None:
        return
    region, account = place.groups()
    if region != arns.region:
        raise FunctionNotFoundException(
            f"Functions from '{region}' are not reachable in this region ('{arns.region}')"
        )
    if account != arns.account:
        raise FunctionNotFoundException(f"Function not found: {given}")


def parse_resource(arn: str) -> tuple[str, str] | None:
    """`function` and a name, or `event-source-mapping` and a UUID; None if it is neither."""
    match = _RESOURCE(arn)
    return None if match is None else (match[1], match[2])


def has_qualifier(arn: str) -> bool:
    """Whether it is the ARN of a function's version or alias."""
    match = _FUNCTION(arn) if _PLACE(arn) else None
    return match is not None and match[2] is not None


def function_arn(arns: Arns, function: str) -> str:
    """The ARN of a function."""
    return f"arn:aws:lambda:{arns.region}:{arns.account}:function:{function}"


def mapping_arn(arns: Arns, uuid: str) -> str:
    """The ARN of an event source mapping."""
    return f"arn:aws:lambda:{arns.region}:{arns.account}:event-source-mapping:{uuid}"
