"""Checks of values for an expression that was checked in full before.

A cached plan was valid for the values it was made with. For others, three checks are left: whether
all of them are defined, whether their types are those of the operators, and whether their content
is valid where it matters (bounds in order, names of types). If a plan does not accept values, they
may still be valid: the full check finds the error, if any.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from jedlik.services.dynamodb.expressions.paths import Values

Typed = tuple[str, frozenset[str]]
"""A placeholder and the types that its value may have."""

ContentCheck = Callable[[str, Values], None]
"""Takes the expression's member of the request and the values; raises ValidationException."""


class ValueChecks:
    """Checks the values of a request; `values` are the placeholders that must be defined."""

    __slots__ = ("_content", "_typed", "values")

    def __init__(
        self,
        values: frozenset[str],
        typed: Sequence[Typed],
        content: Sequence[ContentCheck] = (),
    ) -> None:
        self.values = values
        self._typed = tuple(dict.fromkeys(typed))
        self._content = tuple(content)

    def accept(self, values: Values, parameter: str) -> bool:
        """Whether the values are defined and have the right types; raises for invalid content."""
        if not self.values <= values.keys():
            return False
        for name, allowed in self._typed:
            (kind,) = values[name]
            if kind not in allowed:
                return False
        for check in self._content:
            check(parameter, values)
        return True
