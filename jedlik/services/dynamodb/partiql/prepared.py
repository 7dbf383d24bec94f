"""A prepared statement: its tree, its literals, and its parameters.

Applications repeatedly send a few texts, with different parameters. So a text is read once and
kept, with the plans that `reads` and `writes` make of it for a key schema. The cache is bounded and
drops the oldest, so that nothing a client sends makes the server grow.
"""

from __future__ import annotations

from typing import Any, Final

from jedlik.base.bounded_cache import BoundedCache
from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.partiql.statement_grammar import StatementGrammar
from jedlik.services.dynamodb.partiql.statements import Statement
from jedlik.values.attribute import AttributeValue

MAX_BYTES: Final = 24 * 1024 * 1024
"""Bytes that the statements may occupy."""
STATEMENT_SIZE: Final = 48
"""Bytes that a statement, and each plan of it, occupies per character of its text, as measured."""
MAX_PLANS_OF_A_STATEMENT: Final = 16
_OVERHEAD: Final = 1024

WRONG_PARAMETERS: Final = "Number of parameters in request and statement don't match."


class Prepared:
    """A statement; `names` are attribute names that have the form of placeholders, mapped to
    themselves; `parameters` are the placeholders of its parameters in their order."""

    __slots__ = (
        "_last_key", "_last_plan", "_plans", "literals", "names", "parameters", "statement",
        "text",
    )  # fmt: skip

    def __init__(self, text: str) -> None:
        grammar = StatementGrammar(text)
        self.text = text
        self.statement: Statement = grammar.statement()
        self.literals = grammar.literals
        self.names = grammar.names
        self._plans: dict[Any, Any] = {}
        self._last_key: Any = None
        self._last_plan: Any = None
        self.parameters = tuple(f"?{number}" for number in range(grammar.parameters))

    def bind(self, parameters: list[AttributeValue] | None) -> dict[str, AttributeValue]:
        """The values of all placeholders; `parameters` are canonical.

        Raises ValidationException if there are more or fewer than the statement has.
        """
        names = self.parameters
        if len(names) != (len(parameters) if parameters else 0):
            raise ValidationException(WRONG_PARAMETERS)
        if not parameters:
            return self.literals
        values = dict(zip(names, parameters, strict=False))
        return {**self.literals, **values} if self.literals else values

    def plan(self, schema: Any) -> Any:
        """The plan that was kept for a key schema; None if missing."""
        # Hashing a schema costs more than all else here; mostly it is the same object as last time.
        if schema is self._last_key:
            return self._last_plan
        plan = self._plans.get(schema)
        if plan is not None:
            self._last_key, self._last_plan = schema, plan
        return plan

    def keep(self, schema: Any, plan: Any) -> None:
        """Keep a plan for the next request."""
        if schema not in self._plans:
            if len(self._plans) >= MAX_PLANS_OF_A_STATEMENT:
                del self._plans[next(iter(self._plans))]
            else:
                _statements.grow(self.text, _weight(self.text))
        self._plans[schema] = plan
        self._last_key, self._last_plan = schema, plan


_statements: BoundedCache[str, Prepared] = BoundedCache(MAX_BYTES)


def prepare(text: str) -> Prepared:
    """The statement of a text, from the cache or by reading it.

    Raises ValidationException if the text is not a statement.
    """
    prepared = _statements.get(text)
    if prepared is None:
        prepared = _statements.put(text, Prepared(text), _weight(text))
    return prepared


def _weight(text: str) -> int:
    return _OVERHEAD + STATEMENT_SIZE * len(text)
