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

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from jedlik.auth.policy.compile import Narrowed, Policy
from jedlik.auth.policy.facts import Source
from jedlik.auth.policy.logic import Test, always
from jedlik.auth.policy.principals import NO_ONE, Caller
from jedlik.services.kms.access.facts import EQUALS, SUBSET, KeyFacts
from jedlik.services.kms.access.permissions import CONSTRAINTS

_PREFIX: Final = "kms:"
_CREATE: Final = "kms:CreateGrant"
_RETIRE: Final = "kms:RetireGrant"
_UNCONSTRAINED: Final = ("kms:DescribeKey", _RETIRE)
Pairs = frozenset[tuple[str, str]]


class Granted:
    """Allows one principal the actions for which `test_of` returns a test."""

    __slots__ = ("_principal", "_test_of")

    def __init__(self, principal: str, test_of: Callable[[str], Test | None]) -> None:
        self._principal = principal
        self._test_of = test_of

    def narrow(
        self, action: str, _resource: str, caller: Caller, _source: Source
    ) -> Narrowed | None:
        """The allow for this action and caller; None if it does not apply."""
        named = caller.names().get(("AWS", self._principal), NO_ONE)
        test = None if named == NO_ONE else self._test_of(action)
        return None if test is None else Narrowed(False, named, test)


def use_of(grants: Sequence[Mapping[str, Any]]) -> Policy:
    """The permissions of the grantees of some grants, except retiring (see `retirement_of`)."""
    return tuple(Granted(grant["GranteePrincipal"], partial(_use_of, grant)) for grant in grants)


def retirement_of(grant: Mapping[str, Any]) -> Policy:
    """Who may retire a grant: the retiring principal, the grantee if RetireGrant is among the
    operations, and the account, through its identities' policies ("Retiring and revoking
    grants")."""
    test_of = {_RETIRE: always}.get
    return tuple(Granted(principal, test_of) for principal in _retiring(grant))


def _retiring(grant: Mapping[str, Any]) -> Iterator[str]:
    yield grant["IssuingAccount"]
    retiring = grant.get("RetiringPrincipal")
    if retiring is not None:
        yield retiring
    if "RetireGrant" in grant["Operations"]:
        yield grant["GranteePrincipal"]


def _use_of(grant: Mapping[str, Any], action: str) -> Test | None:
    """The test of an action; None if the grant does not allow it."""
    operations = frozenset(grant["Operations"])
    if action == _RETIRE or action.removeprefix(_PREFIX) not in operations:
        return None
    constraints = grant.get(CONSTRAINTS) or {}
    equals, subset = _pairs(constraints.get(EQUALS)), _pairs(constraints.get(SUBSET))
    if action == _CREATE:
        return _child_test(operations, equals, subset)
    if action in _UNCONSTRAINED or not (equals or subset):
        return always
    return _context_test(equals, subset)


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
