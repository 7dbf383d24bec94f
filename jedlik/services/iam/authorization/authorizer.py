"""Authorization that is the same for every service.

Principals are made once for each version of the identities. Each service has its own resources and
condition keys in its own folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from jedlik.auth.identity import Identity
from jedlik.auth.policy.compile import Policy
from jedlik.auth.policy.evaluate import TRUST, Plan
from jedlik.auth.policy.facts import Get, Values
from jedlik.base.clock import Clock
from jedlik.gateway.exchange import AccessPoint
from jedlik.kernel.arns import Arns
from jedlik.kernel.catalog_version import CatalogVersion
from jedlik.services.iam.authorization.condition_keys import ConditionKeys
from jedlik.services.iam.authorization.denial import denied
from jedlik.services.iam.authorization.layers import layers_of
from jedlik.services.iam.authorization.principals import (
    Principal,
    compiled,
    principal_of,
    unlimited,
)
from jedlik.services.iam.authorization.requests import AuthorizationRequest, CallContext
from jedlik.services.iam.store import Identities, IdentityStore
from jedlik.storage.engine import Value

_MAX_PRINCIPALS: Final = 16_384
MAX_PLANS_SIZE: Final = 64 * 1024 * 1024
"""Bytes of a process's plans and of their keys. Callers choose resources at will, even tables that
do not exist, so the limit is on size and not on number."""
_NO_TAGS: Final[Mapping[str, Values]] = {}


class Authorizer:
    """Decides on requests. `administrator` is the access key that has all permissions."""

    def __init__(
        self,
        store: IdentityStore,
        catalog: CatalogVersion,
        arns: Arns,
        clock: Clock,
        administrator: str | None,
    ) -> None:
        self.store = store
        self.arns = arns
        self.administrator = administrator
        self._now = clock.now
        self._catalog_version = catalog
        self._identities: Identities | None = None
        self._version: Value = None
        self._principals: dict[str, Principal] = {}

    async def refresh(self) -> None:
        """Read identities and policies again if they have changed."""
        await self.store.refresh()

    def forget(self) -> None:
        """Drop all cached decisions: identities or the catalog have changed."""
        self._principals = {}

    def principal(self, identity: Identity) -> Principal:
        """An identity's principal. Raises UnrecognizedClientException if it has none."""
        identities, version = self.store.now, self._catalog_version.version
        if self._identities is not identities or self._version != version:
            self._identities, self._version = identities, version
            self.forget()
        found = self._principals.get(identity.access_key)
        if found is None or found.session is not identity.session:
            found = principal_of(identities, identity, self.arns.account, self.administrator)
            if len(self._principals) >= _MAX_PRINCIPALS:
                self.forget()
            self._principals[identity.access_key] = found
        return found

    def check_action(
        self,
        identity: Identity,
        action: str,
        resource: str,
        facts: AuthorizationRequest,
        trust: str | None = None,
        shown: str | None = None,
    ) -> None:
        """Raise AccessDeniedException unless an action of a service without resource policies is
        allowed. `trust` is the text of a role's trust policy, which has to consent; `shown` is how
        the error shows the resource: None for as it is, empty for not at all."""
        principal = self.principal(identity)
        of_role = None if trust is None else compiled(trust, trust=True)
        consent = "" if trust is None else TRUST
        plan = self.plan(
            principal, action, resource, facts.connection.point, policy=of_role, consent=consent
        )
        decision = plan.decide(facts)
        if not decision.allowed:
            raise denied(
                principal, action, resource if shown is None else shown, decision.reason(action)
            )

    def check_passage(self, context: CallContext, identity: Identity, action: str) -> None:
        """Raise AccessDeniedException unless the policy of the access point allows an action that
        needs no permission of the caller."""
        if context.point is None or context.point.policies is None:
            return
        principal = unlimited(self.principal(identity))
        facts = AuthorizationRequest.of_call({}, context, self.arns.region)
        decision = self.plan(principal, action, "*", context.point).decide(facts)
        if not decision.allowed:
            raise denied(principal, action, "*", decision.reason(action))

    def plan(
        self,
        principal: Principal,
        action: str,
        resource: str,
        point: AccessPoint | None,
        *,
        own: Mapping[str, Get] | None = None,
        tags: Mapping[str, Values] = _NO_TAGS,
        policy: Policy | None = None,
        consent: str = "",
    ) -> Plan:
        """The plan for an action on a resource; `policy` is the resource's own, `own` as in
        `ConditionKeys`, `consent` as in `Layers`."""
        layers = layers_of(principal, point, policy, consent)
        source = ConditionKeys(principal, own, tags, point, self._now)
        return Plan(layers, action, resource, principal.caller, source)
