"""The text of a SEARCH: `{Namespace,Dimension,...} terms`.

The braces name a namespace and the dimensions that a metric must have, exactly these. Terms are
`Property="value"` (the property MetricName, Namespace or a dimension), or plain words that must
occur in some name or value, as a whole word or with quotes exactly; they are combined by AND, OR,
NOT and parentheses, and adjacent terms by AND (CloudWatch user guide, "Search expression syntax").
Words are compared without regard to case; they match a part of a name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from jedlik.kernel.metrics.points import Series
from jedlik.services.cloudwatch.math.grammar import MAX_DEPTH, SyntaxFault

Test = Callable[[Series], bool]

MAX_TERMS: Final = 100
_SCHEMA: Final = re.compile(r"\s*\{([^{}]*)\}\s*", re.DOTALL).match
_PART: Final = re.compile(r'\s*+(?:"([^"]*)"\s*+|([^,"]*+))(?:,|\Z)')
_TOKEN: Final = re.compile(
    r'\s*(?:(?P<mark>[()])|(?P<term>(?:[^\s()="]+="[^"]*"|"[^"]*"="[^"]*"|[^\s()"]+|"[^"]*")))'
)
_PAIR: Final = re.compile(r'"?([^"=]+)"?=(?:"([^"]*)"|(.*))').fullmatch


class Search(NamedTuple):
    """A parsed search. `namespace` and `dimensions` None: any."""

    namespace: str | None
    dimensions: frozenset[str] | None
    test: Test
    terms: int
    """The number of terms: the cost of testing a series."""

    def finds(self, series: Series) -> bool:
        """Whether the search matches this series."""
        if self.namespace not in (None, series.namespace):
            return False
        names = frozenset(name for name, _ in series.dimensions)
        return self.dimensions in (None, names) and self.test(series)


def read_search(text: str) -> Search:
    """The search in a text. Raises SyntaxFault."""
    schema = _SCHEMA(text)
    namespace, dimensions = None, None
    if schema is not None:
        namespace, *names = _parts(schema[1])
        dimensions = frozenset(names)
        text = text[schema.end() :]
    terms = _Terms(text)
    count = terms.count
    return Search(namespace, dimensions, terms.test(), count)


def _parts(text: str) -> list[str]:
    found = []
    at = 0
    while at < len(text):
        part = _PART.match(text, at)
        if part is None or part.end() == at:
            raise SyntaxFault("The braces of a search name a namespace and dimensions")
        found.append((part[1] or part[2] or "").strip())
        at = part.end()
    if not found or not all(found) or text.rstrip().endswith(","):
        raise SyntaxFault("The braces of a search name a namespace and dimensions")
    return found


class _Terms:
    def __init__(self, text: str) -> None:
        self._tokens: list[str] = []
        at, end = 0, len(text.rstrip())
        while at < end:
            token = _TOKEN.match(text, at)
            if token is None:
                raise SyntaxFault(f"Unexpected '{text[at:].strip()[:1]}' in a search")
            self._tokens.append(token[token.lastgroup or ""])
            at = token.end()
        if len(self._tokens) > MAX_TERMS:
            raise SyntaxFault("The search has too many terms")
        self.count = len(self._tokens)

    def test(self) -> Test:
        if not self._tokens:
            return lambda _series: True
        test = self._any(0)
        if self._tokens:
            raise SyntaxFault(f"Unexpected '{self._tokens[0]}' in a search")
        return test

    def _any(self, depth: int) -> Test:
        tests = [self._all(depth)]
        while self._tokens and self._tokens[0] == "OR":
            self._tokens.pop(0)
            tests.append(self._all(depth))
        return lambda series: any(test(series) for test in tests)

    def _all(self, depth: int) -> Test:
        tests = [self._one(depth)]
        while self._tokens and self._tokens[0] not in (")", "OR"):
            if self._tokens[0] == "AND":
                self._tokens.pop(0)
            tests.append(self._one(depth))
        return lambda series: all(test(series) for test in tests)

    def _one(self, depth: int) -> Test:
        if depth > MAX_DEPTH or not self._tokens:
            raise SyntaxFault("The search ends too early or is nested too deep")
        word = self._tokens.pop(0)
        if word == "NOT":
            test = self._one(depth + 1)
            return lambda series: not test(series)
        if word == "(":
            test = self._any(depth + 1)
            if not self._tokens or self._tokens.pop(0) != ")":
                raise SyntaxFault("A parenthesis of a search is not closed")
            return test
        if word in (")", "AND", "OR"):
            raise SyntaxFault(f"Unexpected '{word}' in a search")
        return _term(word)


def _term(token: str) -> Test:
    pair = _PAIR(token)
    if pair is None:
        if token.startswith('"'):
            exact = token.strip('"')
            return lambda series: exact in _words(series)
        word = token.lower()
        return lambda series: any(word in each.lower() for each in _words(series))
    name, exact_value, part = pair[1].strip(), pair[2], (pair[3] or "").lower()

    def test(series: Series) -> bool:
        value = _property(series, name)
        if value is None:
            return False
        return value == exact_value if exact_value is not None else part in value.lower()

    return test


def _property(series: Series, name: str) -> str | None:
    if name == "MetricName":
        return series.name
    if name == "Namespace":
        return series.namespace
    return dict(series.dimensions).get(name)


def _words(series: Series) -> list[str]:
    return [series.namespace, series.name, *(part for pair in series.dimensions for part in pair)]
