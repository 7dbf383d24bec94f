"""The decision over all layers of policies that apply to a request.

    any policy denies                                             explicit deny
    the resource's policy allows the caller by their own name     allow
    the identity's policies allow, or the resource's the role     continue, else implicit deny
    boundary, if there is one, allows                             continue, else implicit deny
    session policies, if there are any, allow                     continue, else implicit deny
    endpoint's policy, if the request came through one, allows    allow, else implicit deny

IAM user guide, "Policy evaluation logic". The endpoint's policy limits every way to an allow (VPC
guide, "Endpoint policies"). The account's root needs no policy that allows, except where the
resource's policy has to consent (see `Layers`).

`Plan` is the decision for one caller, action and resource, with everything precomputed that does
not depend on the request: most plans have nothing left to test.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from jedlik.auth.policy.compile import Narrowed, Policy, narrow
from jedlik.auth.policy.facts import Facts, Source, by_key
from jedlik.auth.policy.logic import Test, always, every, inverse, some
from jedlik.auth.policy.principals import ACCOUNT, ROLE, SELF, Caller

IDENTITY: Final = "identity-based policy"
RESOURCE: Final = "resource-based policy"
BOUNDARY: Final = "permissions boundary"
SESSION: Final = "session policy"
ENDPOINT: Final = "VPC endpoint policy"
TRUST: Final = "role trust policy"


@dataclass(frozen=True, slots=True)
class Layers:
    """The policies that apply. None means no such layer; an empty tuple allows nothing.

    `consent`: the kind of the resource's policy if it has to allow every request, even of the
    account's root: a role's trust policy, a key's policy. Otherwise empty, as the identity's
    policies suffice.
    """

    identity: Sequence[Policy] = ()
    resource: Policy | None = None
    boundary: Sequence[Policy] | None = None
    session: Sequence[Policy] | None = None
    endpoint: Sequence[Policy] | None = None
    consent: str = ""


class Decision(NamedTuple):
    """The outcome. `kind` is the kind of policy that denies, or that fails to allow; `policy_arn`
    is the ARN of a managed policy that denies."""

    allowed: bool
    explicit: bool = False
    kind: str = ""
    policy_arn: str = ""

    def reason(self, action: str) -> str:
        """The end of the text of an access denied error (IAM user guide, "Troubleshoot access
        denied error messages"; security blog, "Enhanced access denied error messages with policy
        ARNs")."""
        if self.explicit:
            article = "an" if self.kind[0] in "aeiou" else "a"
            which = f": {self.policy_arn}" if self.policy_arn else ""
            return f"with an explicit deny in {article} {self.kind}{which}"
        return f"because no {self.kind} allows the {action} action"


ALLOWED: Final = Decision(allowed=True)


def _denied_by(kind: str, policy_arn: str) -> Decision:
    """The decision by a statement that denies."""
    return Decision(allowed=False, explicit=True, kind=kind, policy_arn=policy_arn)


def _not_allowed_by(kind: str) -> Decision:
    """The decision if policies of a kind that have to allow do not."""
    return Decision(allowed=False, explicit=False, kind=kind)


_PLAN_SIZE: Final = 512
"""Bytes of a plan without a test."""
_ORDER: Final = (SESSION, BOUNDARY, ENDPOINT, RESOURCE, IDENTITY)


def _allows(narrowed: Sequence[Narrowed], least: int = 0) -> Test:
    """Whether a layer allows, by statements that name the caller at least as closely as `least`."""
    return some(each.test for each in narrowed if not each.deny and each.named >= least)


class Plan:
    """The decision on one caller, action and resource.

    `permits` is the decision as a single test, without a reason: `always` or `never` if it is the
    same for all requests. `source` supplies the values of condition keys. `weight` is its
    approximate size in bytes: a policy of some kilobytes has plans of a hundred.
    """

    __slots__ = (
        "_consent", "_consents", "_denies", "_grants", "_limits", "_own", "permits", "weight",
    )  # fmt: skip

    def __init__(
        self,
        layers: Layers,
        action: str,
        resource: str,
        caller: Caller,
        source: Source = by_key,
    ) -> None:
        def narrowed(policies: Sequence[Policy] | None) -> list[Narrowed]:
            return narrow(policies or (), action, resource, caller, source)

        def limit(policies: Sequence[Policy] | None, left: Sequence[Narrowed]) -> Test:
            return always if policies is None else _allows(left)

        identity = narrowed(layers.identity)
        own = narrowed(None if layers.resource is None else (layers.resource,))
        boundary, session, endpoint = map(
            narrowed, (layers.boundary, layers.session, layers.endpoint)
        )
        every_layer = (session, boundary, endpoint, own, identity)
        self.weight: Final = _PLAN_SIZE + sum(each.weight for left in every_layer for each in left)
        denying = zip(_ORDER, every_layer, strict=True)
        self._denies = [
            (kind, each.policy_arn, each.test)
            for kind, left in denying
            for each in left
            if each.deny
        ]
        self._own = _allows(own, SELF)
        self._consent = layers.consent
        self._consents = _allows(own, ACCOUNT) if layers.consent else always
        root = [always] if caller.is_root else []
        self._grants = some((*root, _allows(identity), _allows(own, ROLE)))
        self._limits = {
            ENDPOINT: limit(layers.endpoint, endpoint),
            BOUNDARY: limit(layers.boundary, boundary),
            SESSION: limit(layers.session, session),
        }
        limits = self._limits
        by_account = every((self._consents, self._grants, limits[BOUNDARY], limits[SESSION]))
        undenied = inverse(some(test for _, _, test in self._denies))
        self.permits: Final = every((undenied, limits[ENDPOINT], some((self._own, by_account))))

    def decide(self, facts: Facts) -> Decision:
        """The decision on a request with these facts, and its reason."""
        for kind, policy_arn, test in self._denies:
            if test(facts):
                return _denied_by(kind, policy_arn)
        limits = self._limits
        if not limits[ENDPOINT](facts):
            return _not_allowed_by(ENDPOINT)
        if self._own(facts):
            return ALLOWED
        if not self._consents(facts):
            return _not_allowed_by(self._consent)
        if not self._grants(facts):
            return _not_allowed_by(IDENTITY)
        for kind in (BOUNDARY, SESSION):
            if not limits[kind](facts):
                return _not_allowed_by(kind)
        return ALLOWED
