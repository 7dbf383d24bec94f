"""The checkers of inputs, for services that check nothing but their shapes."""

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
    """A function that returns the checker of an operation (see `Compiler.checked`) by its name, and
    raises KeyError if the operation does not exist. `operations` are the names of input shapes.
    Nothing is compiled before a checker is called. With `drops_nulls`, null members count as
    missing.
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
