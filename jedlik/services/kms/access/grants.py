"""Grants of a key as grounds for a decision, besides the statements of its policy.

KMS developer guide, "Grants in AWS KMS": a grant allows its operations to its grantee, and never
denies. A user, a role or a session of one needs no other permission; if an account is the grantee
its identities' policies decide, as with a key's policy. Its constraint applies to operations with
an encryption context:

    EncryptionContextEquals   the request has exactly these pairs
    EncryptionContextSubset   the request has these pairs and possibly others

The keys of pairs match in any case, their values exactly (API reference, "GrantConstraints"). A
grant made with another grant's CreateGrant may only have operations of that grant, under a
constraint at least as strict ("Granting CreateGrant permission").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from jedlik.auth.policy.compile import Narrowed, Policy
from jedlik.auth.policy.facts import Source
from jedlik.auth.policy.logic import Test, always
from jedlik.auth.policy.principals import NO_ONE, Caller
from jedlik.services.kms.access.facts import EQUALS, SUBSET, KeyFacts
from jedlik.services.kms.access.permissions import CONSTRAINTS

_CREATE: Final = "kms:CreateGrant"
_RETIRE: Final = "kms:RetireGrant"
_UNCONSTRAINED: Final = ("kms:DescribeKey", _RETIRE)
Pairs = frozenset[tuple[str, str]]


class Granted:
    """Allows one principal some actions, with a test per action."""

    __slots__ = ("_principal", "_tests")

    def __init__(self, principal: str, tests: Mapping[str, Test]) -> None:
        self._principal = principal
        self._tests = tests

    def narrow(
        self, action: str, _resource: str, caller: Caller, _source: Source
    ) -> Narrowed | None:
        """The allow for this action and caller; None if it does not apply."""
        test = self._tests.get(action)
        named = caller.names().get(("AWS", self._principal), NO_ONE)
        return None if test is None or named == NO_ONE else Narrowed(False, named, test)


def use_of(grants: tuple[dict[str, Any], ...]) -> Policy:
    """The permissions of the grantees of a key's grants, except retiring (see `retirement_of`)."""
    return tuple(_use_of(grant) for grant in grants)


def retirement_of(grant: Mapping[str, Any]) -> Policy:
    """Who may retire a grant: the retiring principal, the grantee if RetireGrant is among the
    operations, and the account, through its identities' policies ("Retiring and revoking
    grants")."""
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
    constraints = grant.get(CONSTRAINTS) or {}
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
    def test(facts: KeyFacts) -> bool:
        given = _pairs(facts.context())
        return (not equals or given == equals) and given >= subset

    return test


def _child_test(operations: frozenset[str], equals: Pairs, subset: Pairs) -> Test:
    def test(facts: KeyFacts) -> bool:
        if not operations.issuperset(facts.payload.get("Operations") or ()):
            return False
        given = _pairs(facts.context())
        constraints = facts.payload.get(CONSTRAINTS) or {}
        if equals and not (constraints.get(EQUALS) and given == equals):
            return False
        return given >= subset

    return test


def _pairs(context: Mapping[str, str] | None) -> Pairs:
    return frozenset((name.lower(), value) for name, value in (context or {}).items())
