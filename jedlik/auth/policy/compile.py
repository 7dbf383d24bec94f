"""Statements as closures.

Whether a statement matches an action and a principal never depends on the rest of the request;
whether it matches a resource does only if it has policy variables. So a policy can be *narrowed* to
an action, a resource and a caller once, which leaves the few tests that need the request's facts.
Most requests need no test: the decision is known in advance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple, Protocol

from jedlik.auth.policy.conditions import compile_conditions
from jedlik.auth.policy.document import DENY, PolicyText, StatementText, read_policy
from jedlik.auth.policy.facts import Source
from jedlik.auth.policy.logic import Test, always, every, never, settled
from jedlik.auth.policy.matching import arn_like_once, covering_like_once
from jedlik.auth.policy.patterns import Late, one_of
from jedlik.auth.policy.principals import NO_ONE, SELF, Caller, compile_principals
from jedlik.auth.policy.stepping import beginning_like
from jedlik.auth.policy.wildcards import (
    Beginning,
    Match,
    Part,
    Wild,
    arn_like,
    covering_like,
    like,
    split_variables,
)


class Narrowed(NamedTuple):
    """What a statement still has to test once action, resource, caller and source are known."""

    deny: bool
    named: int
    """The name by which the statement matches the caller (see `principals`)."""
    test: Test
    weight: int = 0
    """The approximate size of the test in bytes, without what the policy's tests share."""
    policy_arn: str = ""
    """The ARN of the managed policy that has the statement; empty for other policies."""


class Grounds(Protocol):
    """Something that allows or denies: a statement of a policy, or what a service treats as one."""

    def narrow(self, action: str, resource: str, caller: Caller, source: Source) -> Narrowed | None:
        """The rest of it to test; None if it does not apply."""
        ...


class Statement:
    """One compiled statement."""

    __slots__ = ("_action", "_conditions", "_named", "_not_action", "_not_resource", "_pieces",
                 "_policy_arn", "_resources", "_weight", "deny")  # fmt: skip

    def __init__(self, text: StatementText, variables: bool, policy_arn: str) -> None:
        self.deny: Final = text.effect == DENY
        self._policy_arn = policy_arn
        self._action = _any([like([Wild(action)], ignore_case=True) for action in text.actions])
        self._not_action = text.negated_actions
        self._not_resource = text.negated_resources
        self._pieces: list[list[Part]] = [
            split_variables(resource) if variables else [Wild(resource)]
            for resource in text.resources
        ]
        self._resources = one_of(self._pieces, arn_like, arn_like_once)
        self._conditions = compile_conditions(text.conditions, variables=variables)
        self._named = compile_principals(
            text.principals, negated=text.negated_principals, deny=self.deny
        )
        self._weight = _weight(text, variables)

    def narrow(self, action: str, resource: str, caller: Caller, source: Source) -> Narrowed | None:
        """The rest of it to test; None if it does not apply."""
        if self._action(action) is self._not_action:
            return None
        named = SELF if self._named is None else self._named(caller)
        if named == NO_ONE:
            return None
        test = every((self._on_resource(resource, source), self._conditions(source)))
        if test is never:
            return None
        weight = 0 if test is always else self._weight
        return Narrowed(self.deny, named, test, weight, self._policy_arn)

    def _on_resource(self, resource: str, source: Source) -> Test:
        negated = self._not_resource
        if isinstance(resource, Beginning):
            return self._on_all(resource, source)
        match = self._resources(source)
        if isinstance(match, Late):
            return lambda facts: match(facts)(resource) is not negated
        return settled(match(resource) is not negated)

    def _on_all(self, resource: Beginning, source: Source) -> Test:
        """Whether it allows all of some resources, or denies one of them.

        With NotResource it is the reverse: the patterns name what it does not allow or deny.
        """
        negated = self._not_resource
        if self.deny is not negated:
            match = one_of(self._pieces, beginning_like)(source)
        else:
            match = one_of(self._pieces, covering_like, covering_like_once)(source)
        if isinstance(match, Late):
            return lambda facts: match(facts)(resource.start) is not negated
        return settled(match(resource.start) is not negated)


_TEST_SIZE: Final = 640
_PATTERN_SIZE: Final = 896
_VARIABLE_SIZE: Final = 64
"""Bytes of a test of one condition key, and of a pattern with variables, as measured."""


def _weight(text: StatementText, variables: bool) -> int:
    """The approximate size of a statement's test, however much was decided in advance."""
    tested = [values for keys in text.conditions.values() for values in keys.values()]
    patterns = [*text.resources, *(value for values in tested for value in values)]
    variables_of = [pattern.count("${") for pattern in patterns if variables and "${" in pattern]
    varying = sum(_PATTERN_SIZE + _VARIABLE_SIZE * count for count in variables_of)
    return _TEST_SIZE * (1 + len(tested)) + varying


Policy = tuple[Grounds, ...]


def compile_policy(
    text: str, *, names_principals: bool = False, trust: bool = False, arn: str = ""
) -> Policy:
    """The compiled form of a text. Raises MalformedPolicy; `arn` is a managed policy's, other
    parameters as in `read_document`."""
    return compiled_form(read_policy(text, names_principals=names_principals, trust=trust), arn)


def compiled_form(policy: PolicyText, arn: str = "") -> Policy:
    """The compiled form of a policy; `arn` is a managed policy's. Raises MalformedPolicy."""
    return tuple(Statement(statement, policy.has_variables, arn) for statement in policy.statements)


def narrow(
    policies: Iterable[Policy], action: str, resource: str, caller: Caller, source: Source
) -> list[Narrowed]:
    """The rest to test of all statements of some policies."""
    left = (
        statement.narrow(action, resource, caller, source)
        for policy in policies
        for statement in policy
    )
    return [each for each in left if each is not None]


def _any(tests: list[Match]) -> Callable[[str], bool]:
    if len(tests) == 1:
        return tests[0]
    return lambda text: any(test(text) for test in tests)
