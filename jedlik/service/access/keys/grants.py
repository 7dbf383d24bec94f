"""Grants of a key as grounds for a decision, beside the statements of its policy.

KMS developer guide, "Grants in AWS KMS": a grant allows its operations to its grantee, and never
denies. A user, a role or a session of one needs nothing beside it; an account as the grantee lets
its identities' policies decide, as it does in a key's policy. Its constraint holds for what has an
encryption context:

    EncryptionContextEquals   the request has just these pairs
    EncryptionContextSubset   the request has these pairs and maybe others

The keys of pairs match in any case, their values exactly (API reference, "GrantConstraints"). What
is granted by a grant (CreateGrant) has to be among the operations of that grant, under a constraint
at least as strict ("Granting CreateGrant permission").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from jedlik.auth.policy.compile import Narrowed, Policy, always
from jedlik.auth.policy.conditions import Test
from jedlik.auth.policy.principals import NOBODY, Caller
from jedlik.auth.policy.wildcards import Facts
from jedlik.service.access.keys.facts import (
    CONSTRAINT_TYPE,
    CONTEXT_KEYS,
    CONTEXT_VALUE,
    EQUALS,
    GRANT_OPERATIONS,
    SUBSET,
)

_CREATE: Final = "kms:CreateGrant"
_RETIRE: Final = "kms:RetireGrant"
_UNCONSTRAINED: Final = ("kms:DescribeKey", _RETIRE)
Pairs = frozenset[tuple[str, str]]


class Granted:
    """An allow of some actions for one principal, under a test per action."""

    __slots__ = ("_principal", "_tests")

    def __init__(self, principal: str, tests: Mapping[str, Test]) -> None:
        self._principal = principal
        self._tests = tests

    def narrow(self, action: str, _resource: str, caller: Caller) -> Narrowed | None:
        """The allow, where it is of this action and for this caller."""
        test = self._tests.get(action)
        named = caller.names().get(("AWS", self._principal), NOBODY)
        return None if test is None or named == NOBODY else Narrowed(False, named, test)


def use_of(grants: tuple[dict[str, Any], ...]) -> Policy:
    """What grants of a key allow to their grantees. Who may retire one `retirement_of` says."""
    return tuple(_use_of(grant) for grant in grants)


def retirement_of(grant: Mapping[str, Any]) -> Policy:
    """Who may retire a grant: the retiring principal, the grantee if RetireGrant is among the
    operations, and the account, which may let its identities ("Retiring and revoking grants")."""
    return tuple(Granted(principal, {_RETIRE: always}) for principal in _retiring(grant))


def _retiring(grant: Mapping[str, Any]) -> Iterator[str]:
    yield grant["IssuingAccount"]
    retiring = grant.get("RetiringPrincipal")
    if retiring is not None:
        yield retiring
    if "RetireGrant" in grant["Operations"]:
        yield grant["GranteePrincipal"]


def _use_of(grant: Mapping[str, Any]) -> Granted:
    operations = frozenset(grant["Operations"])
    constraints = grant.get("Constraints") or {}
    equals, subset = _pairs(constraints.get(EQUALS)), _pairs(constraints.get(SUBSET))
    tests: dict[str, Test] = {}
    for operation in operations - {"RetireGrant"}:
        action = f"kms:{operation}"
        if action == _CREATE:
            tests[action] = _child_test(operations, equals, subset)
        elif action in _UNCONSTRAINED or not (equals or subset):
            tests[action] = always
        else:
            tests[action] = _context_test(equals, subset)
    return Granted(grant["GranteePrincipal"], tests)


def _context_test(equals: Pairs, subset: Pairs) -> Test:
    def test(facts: Facts) -> bool:
        given = _given(facts)
        return (not equals or given == equals) and given >= subset

    return test


def _child_test(operations: frozenset[str], equals: Pairs, subset: Pairs) -> Test:
    def test(facts: Facts) -> bool:
        if not operations.issuperset(facts(GRANT_OPERATIONS) or ()):
            return False
        given, kinds = _given(facts), facts(CONSTRAINT_TYPE) or ()
        if equals and not (EQUALS in kinds and given == equals):
            return False
        return given >= subset

    return test


def _given(facts: Facts) -> Pairs:
    """The pairs of the request's encryption context."""
    names = {name.lower() for name in facts(CONTEXT_KEYS) or ()}
    return frozenset(
        (name, value) for name in names for value in facts(f"{CONTEXT_VALUE}{name}") or ()
    )


def _pairs(context: Mapping[str, str] | None) -> Pairs:
    return frozenset((name.lower(), value) for name, value in (context or {}).items())
