"""The checker of each operation's input."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Final

from jedlik.services.cloudwatch.shapes import OPERATIONS, SHAPES
from jedlik.validation.amendments import Amendments
from jedlik.validation.compile import Compiler

_AMENDMENTS: Final = Amendments(
    enum_order={"StateValue": ("INSUFFICIENT_DATA", "ALARM", "OK")}  # as the service prints it
)
_compiler: Final = cache(lambda: Compiler(SHAPES, _AMENDMENTS))


@cache
def checker_for(operation: str) -> Callable[[Any], dict[str, Any]]:
    """The checker of an operation's input, as `dynamodb.inputs.checker_for` describes it.

    KeyError if there is no such operation.
    """
    name = OPERATIONS[operation]

    def check(payload: Any) -> dict[str, Any]:
        read = _compiler().checked(name, payload)
        return {name: value for name, value in read.items() if value is not None}

    return check
