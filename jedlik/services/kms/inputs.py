"""The key operations that are built, and the checker of each."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Final

from jedlik.services.kms.shapes import OPERATIONS, SHAPES
from jedlik.validation.compile import Compiler

PREFIX: Final = "TrentService"
"""What targets of the key service begin with."""
_compiler: Final = cache(lambda: Compiler(SHAPES))


@cache
def key_checker_for(operation: str) -> Callable[[Any], dict[str, Any]]:
    """The checker of a key operation's input, as `dynamodb.inputs.checker_for` describes it.

    KeyError if there is no such operation.
    """
    name = OPERATIONS[operation]

    def check(payload: Any) -> dict[str, Any]:
        return _compiler().checked(name, payload)

    return check
