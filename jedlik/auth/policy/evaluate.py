"""The decision over all layers of policies that apply to a request.

    any policy denies                                             explicit deny
    the resource's policy allows the caller by their own name     allow
    the identity's policies allow, or the resource's the role     go on, else implicit deny
    boundary, if there is one, allows                             go on, else implicit deny
    session policies, if there are any, allow                     go on, else implicit deny
    endpoint's policy, if the request came through one, allows    allow, else implicit deny

IAM user guide, "Policy evaluation logic". The endpoint's policy limits every way to an allow (VPC
guide, "Endpoint policies"). The account's root needs no allow of its own, except where the
resource's policy has to consent (see `Layers`).

`Plan` is that for one caller, action and resource, with all that does not depend on the request
done: a constant for most, else the tests that are left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from jedlik.auth.policy.compile import Narrowed, Policy, always, narrow
from jedlik.auth.policy.conditions import Test
from jedlik.auth.policy.principals import ACCOUNT, ROLE, SELF, Caller
from jedlik.auth.policy.wildcards import Facts

IDENTITY: Final = "identity-based policy"
RESOURCE: Final = "resource-based policy"
BOUNDARY: Final = "permissions boundary"
SESSION: Final = "session policy"
ENDPOINT: Final = "VPC endpoint policy"
TRUST: Final = "role trust policy"


@dataclass(frozen=True, slots=True)
class Layers:
    """The policies that apply. None: there is no such layer; an empty tuple allows nothing.

    `consent`: the kind of the resource's policy where nothing is allowed without its consent, not
    even to the account's root: a role's trust policy, a key's policy. Empty elsewhere, where the
    identity's policies are enough.
    """

    identity: Sequence[Policy] = ()
    resource: Policy | None = None
    boundary: Sequence[Policy] | None = None
    session: Sequence[Policy] | None = None
    endpoint: Sequence[Policy] | None = None
    consent: str = ""


class Decision(NamedTuple):
    """The outcome. `kind` is the kind of policy that denies, or that fails to allow."""

    allowed: bool
    explicit: bool = False
    kind: str = ""

    def reason(self, action: str) -> str:
        """The end of the text of an access denied error (IAM user guide, "Troubleshoot access
        denied error messages")."""
        if self.explicit:
            article = "an" if self.kind[0] in "aeiou" else "a"
            return f"with an explicit deny in {article} {self.kind}"
        return f"because no {self.kind} allows the {action} action"


ALLOWED: Final = Decision(True)

_ORDER: Final = (SESSION, BOUNDARY, ENDPOINT, RESOURCE, IDENTITY)


@dataclass(slots=True)
class _Layer:
    """What one layer says: whether it allows in any case, and the tests it allows by."""

    certain: bool = False
    tests: list[Test] = field(default_factory=list)

    def add(self, test: Test) -> None:
        if test is always:
            self.certain = True
        else:
            self.tests.append(test)

    def holds(self, facts: Facts) -> bool:
        return self.certain or any(test(facts) for test in self.tests)


def _layer(narrowed: Sequence[Narrowed], least: int = 0) -> _Layer:
    layer = _Layer()
    for each in narrowed:
        if not each.deny and each.named >= least:
            layer.add(each.test)
    return layer


class Plan:
    """The decision on one caller, action and resource. `constant` where no request changes it."""

    __slots__ = ("_boundary", "_by_account", "_by_role", "_by_self", "_consent", "_denies",
                 "_endpoint", "_identity", "_root", "_session", "constant")  # fmt: skip

    def __init__(self, layers: Layers, action: str, resource: str, caller: Caller) -> None:
        def narrowed(policies: Sequence[Policy] | None) -> list[Narrowed] | None:
            if policies is None:
                return None
            return narrow(policies, action, resource, caller)

        identity = narrowed(layers.identity) or []
        own = narrowed(None if layers.resource is None else (layers.resource,)) or []
        limits = [narrowed(each) for each in (layers.boundary, layers.session, layers.endpoint)]
        self._identity = _layer(identity)
        self._by_self = _layer(own, SELF)
        self._by_role = _layer(own, ROLE)
        self._by_account = _layer(own, ACCOUNT)
        self._boundary, self._session, self._endpoint = (
            None if limit is None else _layer(limit) for limit in limits
        )
        self._consent = layers.consent
        self._root = caller.is_root
        denying = zip(_ORDER, (limits[1], limits[0], limits[2], own, identity), strict=True)
        self._denies = [
            (kind, each.test) for kind, limit in denying for each in limit or () if each.deny
        ]
        self.constant = self._constant()

    def decide(self, facts: Facts) -> Decision:
        """The decision on a request with these facts."""
        if self.constant is not None:
            return self.constant
        for kind, test in self._denies:
            if test(facts):
                return Decision(False, True, kind)
        return self._allow(facts)

    def _allow(self, facts: Facts) -> Decision:
        if self._endpoint is not None and not self._endpoint.holds(facts):
            return Decision(False, False, ENDPOINT)
        if self._by_self.holds(facts):
            return ALLOWED
        if self._consent and not self._by_account.holds(facts):
            return Decision(False, False, self._consent)
        if not (self._root or self._identity.holds(facts) or self._by_role.holds(facts)):
            return Decision(False, False, IDENTITY)
        if self._boundary is not None and not self._boundary.holds(facts):
            return Decision(False, False, BOUNDARY)
        if self._session is not None and not self._session.holds(facts):
            return Decision(False, False, SESSION)
        return ALLOWED

    def _constant(self) -> Decision | None:
        if self._denies:
            certain = [kind for kind, test in self._denies if test is always]
            return Decision(False, True, certain[0]) if certain else None
        layers = (
            self._identity, self._by_self, self._by_role, self._by_account, self._boundary,
            self._session, self._endpoint,
        )  # fmt: skip
        if not any(layer.tests for layer in layers if layer is not None):
            return self._allow(_no_facts)
        return ALLOWED if self._certainly_allowed() else None

    def _certainly_allowed(self) -> bool:
        limits = (self._boundary, self._session)
        if self._endpoint is not None and not self._endpoint.certain:
            return False
        if self._by_self.certain:
            return True
        if self._consent and not self._by_account.certain:
            return False
        granted = self._root or self._identity.certain or self._by_role.certain
        return granted and all(limit is None or limit.certain for limit in limits)


def _no_facts(_key: str) -> None:
    """No fact is asked for where no layer has tests."""
