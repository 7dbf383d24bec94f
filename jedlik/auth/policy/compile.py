"""Statements as closures.

What a statement says of action and principal never depends on the rest of the request; what it says
of the resource does only where it has policy variables. So a policy can be *narrowed* to an action,
a resource and a caller once, and what is left are the few tests that need the request's facts. For
most requests nothing is left, and the decision is known before they come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple, Protocol

from jedlik.auth.policy.conditions import Test, compile_conditions
from jedlik.auth.policy.document import DENY, StatementText, read_policy
from jedlik.auth.policy.principals import NOBODY, SELF, Caller, compile_principals
from jedlik.auth.policy.wildcards import (
    Facts,
    Match,
    Part,
    Wild,
    arn_like,
    has_variables,
    like,
    resolve,
    split_variables,
)


def always(_facts: Facts) -> bool:
    """The test of a statement that holds whatever the request is."""
    return True


class Narrowed(NamedTuple):
    """What a statement still asks once action, resource and caller are known."""

    deny: bool
    named: int
    """By which of their names the caller is meant (see `principals`)."""
    test: Test


class Grounds(Protocol):
    """Something that allows or denies: a statement of a policy, or what a service treats as one."""

    def narrow(self, action: str, resource: str, caller: Caller) -> Narrowed | None:
        """What is left of it; None where it does not apply."""
        ...


class Statement:
    """One compiled statement."""

    __slots__ = ("_action", "_conditions", "_fixed", "_named", "_not_action", "_not_resource",
                 "_varying", "deny")  # fmt: skip

    def __init__(self, text: StatementText, variables: bool) -> None:
        self.deny: Final = text.effect == DENY
        self._action = _any([like([Wild(action)], ignore_case=True) for action in text.actions])
        self._not_action = text.negated_actions
        self._not_resource = text.negated_resources
        fixed: list[Match] = []
        self._varying: list[list[Part]] = []
        for resource in text.resources:
            pieces: list[Part] = split_variables(resource) if variables else [Wild(resource)]
            if has_variables(pieces):
                self._varying.append(pieces)
            else:
                fixed.append(arn_like([piece for piece in pieces if isinstance(piece, str)]))
        self._fixed = _any(fixed)
        self._conditions = compile_conditions(text.conditions, variables=variables)
        self._named = compile_principals(
            text.principals, negated=text.negated_principals, deny=self.deny
        )

    def narrow(self, action: str, resource: str, caller: Caller) -> Narrowed | None:
        """What is left of it; None where it does not apply."""
        if self._action(action) is self._not_action:
            return None
        named = SELF if self._named is None else self._named(caller)
        if named == NOBODY:
            return None
        on_resource = self._on_resource(resource)
        if on_resource is None:
            return None
        return Narrowed(self.deny, named, _both(on_resource, self._conditions))

    def _on_resource(self, resource: str) -> Test | None:
        found = self._fixed(resource)
        if found:
            return None if self._not_resource else always
        if not self._varying:
            return always if self._not_resource else None
        varying, negated = self._varying, self._not_resource

        def test(facts: Facts) -> bool:
            for pieces in varying:
                resolved = resolve(pieces, facts)
                if resolved is not None and arn_like(resolved)(resource):
                    return not negated
            return negated

        return test


Policy = tuple[Grounds, ...]


def compile_policy(text: str, *, names_principals: bool = False, trust: bool = False) -> Policy:
    """A compiled policy. Raises MalformedPolicy; parameters as `read_policy` takes them."""
    read = read_policy(text, names_principals=names_principals, trust=trust)
    return tuple(Statement(statement, read.has_variables) for statement in read.statements)


def narrow(
    policies: Iterable[Policy], action: str, resource: str, caller: Caller
) -> list[Narrowed]:
    """What is left of all statements of some policies."""
    left = (
        statement.narrow(action, resource, caller) for policy in policies for statement in policy
    )
    return [each for each in left if each is not None]


def _both(first: Test, second: Test | None) -> Test:
    if second is None:
        return first
    if first is always:
        return second
    return lambda facts: first(facts) and second(facts)


def _any(tests: list[Match]) -> Callable[[str], bool]:
    if len(tests) == 1:
        return tests[0]
    return lambda text: any(test(text) for test in tests)
