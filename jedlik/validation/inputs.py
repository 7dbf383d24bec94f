"""The checkers of a service's inputs, if it has nothing to add to its shapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from jedlik.validation.amendments import NO_AMENDMENTS, Amendments
from jedlik.validation.compile import Compiler

Checker = Callable[[Any], dict[str, Any]]


def checkers(
    operations: Mapping[str, str],
    shapes: Mapping[str, tuple[Any, ...]],
    amendments: Amendments = NO_AMENDMENTS,
    *,
    drops_nulls: bool = False,
) -> Callable[[str], Checker]:
    """What gives the checker of an operation, as `Compiler.checked` describes it, by its name.

    `operations` are the names of their shapes. Nothing is compiled before a checker is called.
    With `drops_nulls` a member that is null is as good as missing.
    KeyError if there is no such operation.
    """
    compiler = cache(lambda: Compiler(shapes, amendments))

    @cache
    def checker_for(operation: str) -> Checker:
        name = operations[operation]

        def check(payload: Any) -> dict[str, Any]:
            read = compiler().checked(name, payload)
            if drops_nulls:
                return {member: value for member, value in read.items() if value is not None}
            return read

        return check

    return checker_for
