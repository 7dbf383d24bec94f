"""Policy simulation: would this be allowed, by which statements, and which keys have no value?

The decision is made as for requests (see `evaluate`). Condition keys have the given values; as all
are known in advance, nothing is left to test.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from jedlik.auth.policy.compile import Policy, compiled_form
from jedlik.auth.policy.document import read_policy
from jedlik.auth.policy.evaluate import Decision, Layers, Plan
from jedlik.auth.policy.facts import Fixed, Get, Source, Values
from jedlik.auth.policy.positions import Span, condition_keys, statement_spans
from jedlik.auth.policy.principals import Caller


class Given(NamedTuple):
    """A simulated policy, with its name and kind in results."""

    name: str
    kind: str
    policy: Policy
    spans: list[Span]
    keys: list[str]
    """The condition keys that it names, as written."""
    patterns: int
    """How many actions, resources and values it lists."""


def given(name: str, kind: str, text: str, *, of_resource: bool = False) -> Given:
    """A policy from its text. Raises MalformedPolicy."""
    read = read_policy(text, names_principals=of_resource)
    patterns = sum(each.patterns for each in read.statements)
    return Given(
        name, kind, compiled_form(read), statement_spans(text), condition_keys(read), patterns
    )


class Matched(NamedTuple):
    """A statement that determines an outcome."""

    policy: Given
    span: Span


class SimulatedDecision(NamedTuple):
    """The outcome for one action on one resource: the statements that deny, or else those that
    allow, the keys that were needed but have no values, and whether the boundary allows it (None if
    there is no boundary)."""

    decision: Decision
    matched: list[Matched]
    missing: list[str]
    bounded: bool | None


class Simulation(NamedTuple):
    """The input: policies, a caller, and values of condition keys in lower case."""

    identity: Sequence[Given]
    boundary: Sequence[Given] | None
    resource: Given | None
    caller: Caller
    values: Mapping[str, Values]

    @property
    def statements(self) -> int:
        """The number of statements in all policies."""
        return sum(len(each.policy) for each in self._all())

    @property
    def patterns(self) -> int:
        """The number of patterns in all policies."""
        return sum(each.patterns for each in self._all())

    def outcome(self, action: str, resource: str) -> SimulatedDecision:
        """The outcome for an action on a resource."""
        asked: set[str] = set()

        def source(key: str) -> Get:
            asked.add(key)
            return Fixed(self.values.get(key))

        boundary = None if self.boundary is None else _policies(self.boundary)
        own = None if self.resource is None else self.resource.policy
        layers = Layers(_policies(self.identity), own, boundary)
        decision = Plan(layers, action, resource, self.caller, source).decide(None)
        bounded = None
        if boundary is not None:
            bounded = Plan(Layers(boundary), action, resource, self.caller, source).permits(None)
        matched = []
        if decision.allowed or decision.explicit:
            matched = list(self._matched(action, resource, source, deny=decision.explicit))
        unknown = asked - self.values.keys()
        missing = [key for key in self._keys() if key.lower() in unknown]
        return SimulatedDecision(decision, matched, missing, bounded)

    def _all(self) -> list[Given]:
        own = [] if self.resource is None else [self.resource]
        return [*self.identity, *own, *(self.boundary or ())]

    def _keys(self) -> list[str]:
        """The keys of all policies; of several spellings, the first."""
        found: dict[str, str] = {}
        for each in self._all():
            for key in each.keys:
                found.setdefault(key.lower(), key)
        return list(found.values())

    def _matched(
        self, action: str, resource: str, source: Source, *, deny: bool
    ) -> Iterator[Matched]:
        for each in self._all():
            for statement, span in zip(each.policy, each.spans, strict=True):
                left = statement.narrow(action, resource, self.caller, source)
                if left is not None and left.deny is deny and left.test(None):
                    yield Matched(each, span)


def _policies(of: Sequence[Given]) -> tuple[Policy, ...]:
    return tuple(each.policy for each in of)
