"""A query of Metrics Insights: which metrics it finds, and how their values become lines.

query      = "SELECT" function "(" name ")" "FROM" source ["WHERE" condition {"AND" condition}]
             ["GROUP" "BY" name {"," name}] ["ORDER" "BY" function "(" ")" ["ASC" | "DESC"]]
             ["LIMIT" number] [";"]
source     = name | "SCHEMA" "(" name {"," name} ")"
condition  = name ("=" | "!=") "'" value "'"
function   = "AVG" | "COUNT" | "MAX" | "MIN" | "SUM"

Keywords are not case sensitive. Names of letters, digits and underscores that are not reserved need
no quotes (CloudWatch user guide, "Metrics Insights query components and syntax").
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple, TypeVar

from jedlik.kernel.metrics.points import Series
from jedlik.services.cloudwatch.math.grammar import SyntaxFault
from jedlik.services.cloudwatch.math.reserved import RESERVED

ReadT = TypeVar("ReadT")

MAX_RETURNED: Final = 500
"""Time series that a query returns."""
MAX_TOKENS: Final = 400
FUNCTIONS: Final = {
    "AVG": "Average", "COUNT": "SampleCount", "MAX": "Maximum", "MIN": "Minimum", "SUM": "Sum",
}  # fmt: skip
"""Functions, and the statistics that they are of a period."""
OTHER: Final = "Other"
"""The value, in GROUP BY, of a dimension that a metric does not have."""

is_metrics_query: Final = re.compile(r"\s*select\s+[a-z]+\s*\(", re.IGNORECASE).match
"""Whether an expression is a query, and no metric math, where no name is followed by another."""

_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<word>[A-Za-z0-9_]+)|"(?P<name>(?>(?:[^"\\]|\\.)*))"|'(?P<value>(?>(?:[^'\\]|\\.)*))'"""
    r"|(?P<mark>!=|[=(),.;]))",
    re.DOTALL,
)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_LIMIT: Final = re.compile(r"0*([1-9][0-9]{0,2})").fullmatch


class Condition(NamedTuple):
    """The value that a dimension must have, or must not (`negated`)."""

    dimension: str
    value: str
    negated: bool

    def holds(self, dimensions: dict[str, str]) -> bool:
        """Whether it holds for these; for a missing dimension neither form does."""
        value = dimensions.get(self.dimension)
        return value is not None and (value == self.value) is not self.negated


class Order(NamedTuple):
    """The function of a line's values by which lines are sorted."""

    function: str
    descending: bool


class MetricsQuery(NamedTuple):
    """A parsed query. `schema` are the dimensions that a metric must have, exactly these; None:
    any."""

    function: str
    metric: str
    namespace: str
    schema: frozenset[str] | None
    conditions: tuple[Condition, ...]
    group_by: tuple[str, ...]
    order: Order | None
    limit: int

    def finds(self, series: Series) -> bool:
        """Whether the query is about this series."""
        if (series.namespace, series.name) != (self.namespace, self.metric):
            return False
        dimensions = dict(series.dimensions)
        if self.schema is not None and self.schema != dimensions.keys():
            return False
        return all(condition.holds(dimensions) for condition in self.conditions)

    def group_of(self, series: Series) -> tuple[str, ...]:
        """The values by which a series is grouped."""
        dimensions = dict(series.dimensions)
        return tuple(dimensions.get(name, OTHER) for name in self.group_by)


def read_metrics_query(text: str) -> MetricsQuery:
    """The query in a text. Raises SyntaxFault."""
    return _Parser(text).query()


class _Token(NamedTuple):
    kind: str
    text: str


def _tokens(text: str) -> list[_Token]:
    tokens = []
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            raise SyntaxFault(f"Unexpected '{text[at:].strip()[:1]}' in the query")
        kind = found.lastgroup or ""
        shown = found[kind] if kind in ("word", "mark") else _ESCAPED.sub(r"\1", found[kind])
        tokens.append(_Token(kind, shown))
        at = found.end()
        if len(tokens) > MAX_TOKENS:
            raise SyntaxFault("The query is too long")
    tokens.append(_Token("end", "end of the query"))
    return tokens


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._at = 0

    def query(self) -> MetricsQuery:
        self._expect("SELECT")
        function = self._function()
        metric = self._in_parentheses(self._name)
        self._expect("FROM")
        namespace, schema = self._source()
        conditions = self._list_of(self._condition, "AND") if self._takes("WHERE") else ()
        group_by: tuple[str, ...] = ()
        if self._takes("GROUP"):
            self._expect("BY")
            group_by = self._list_of(self._name, ",")
        order = self._order() if self._takes("ORDER") else None
        limit = self._limit() if self._takes("LIMIT") else MAX_RETURNED
        self._takes(";")
        if self._token.kind != "end":
            raise self._unexpected()
        return MetricsQuery(function, metric, namespace, schema, conditions, group_by, order, limit)

    def _source(self) -> tuple[str, frozenset[str] | None]:
        if not self._takes("SCHEMA"):
            return self._name(), None
        namespace, *dimensions = self._in_parentheses(lambda: self._list_of(self._name, ","))
        return namespace, frozenset(dimensions)

    def _condition(self) -> Condition:
        dimension = self._name()
        negated = self._takes("!=")
        if not negated:
            self._expect("=")
        token = self._next()
        if token.kind != "value":
            raise SyntaxFault(f"The value of {dimension} is not between single quotation marks")
        return Condition(dimension, token.text, negated)

    def _order(self) -> Order:
        self._expect("BY")
        function = self._function()
        self._expect("(")
        self._expect(")")
        descending = self._takes("DESC")
        if not descending:
            self._takes("ASC")
        return Order(function, descending)

    def _limit(self) -> int:
        token = self._next()
        found = _LIMIT(token.text) if token.kind == "word" else None
        if found is None or int(found[1]) > MAX_RETURNED:
            raise SyntaxFault(f"LIMIT is a number from 1 to {MAX_RETURNED}")
        return int(found[1])

    def _function(self) -> str:
        token = self._next()
        if token.kind != "word" or token.text.upper() not in FUNCTIONS:
            raise SyntaxFault(f"'{token.text}' is not one of the functions {', '.join(FUNCTIONS)}")
        return token.text.upper()

    def _name(self) -> str:
        token = self._next()
        if token.kind not in ("word", "name") or not token.text:
            raise SyntaxFault(f"Unexpected '{token.text}' in place of a name")
        if self._takes("."):  # tag.NAME and AWS.AccountId
            raise SyntaxFault("Tags and accounts are not available in this version of Jedlik")
        if token.kind == "word" and token.text.upper() in RESERVED:
            raise SyntaxFault(f"The reserved word {token.text} needs double quotation marks")
        return token.text

    # --- Tokens -----------------------------------------------------------------------------------

    @property
    def _token(self) -> _Token:
        return self._tokens[self._at]

    def _next(self) -> _Token:
        token = self._token
        if token.kind != "end":
            self._at += 1
        return token

    def _takes(self, text: str) -> bool:
        """Whether the next token is this keyword or mark, which is then passed."""
        token = self._token
        found = token.kind in ("word", "mark") and token.text.upper() == text
        self._at += found
        return found

    def _expect(self, text: str) -> None:
        if not self._takes(text):
            raise SyntaxFault(f"Expected '{text}' and not '{self._token.text}'")

    def _unexpected(self) -> SyntaxFault:
        return SyntaxFault(f"Unexpected '{self._token.text}' in the query")

    def _in_parentheses(self, read: Callable[[], ReadT]) -> ReadT:
        self._expect("(")
        found = read()
        self._expect(")")
        return found

    def _list_of(self, read: Callable[[], ReadT], separator: str) -> tuple[ReadT, ...]:
        found = [read()]
        while self._takes(separator):
            found.append(read())
        return tuple(found)
