"""May this identity do what this request asks?

The decision has two speeds. `permits` answers at once, out of what this process knows: it is called
for every request, and says False where it does not know enough or would have to refuse. Then
`authorize` reads the identities anew and decides for good. So a process never refuses, nor lets
through what does not check the catalog itself (`SEES_CATALOG`), by outdated policies.

For operations on one table that nothing in the request can forbid, the answer of `permits` is one
look into a set.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from jedlik.auth.identity import Identity
from jedlik.auth.policy.evaluate import Layers, Plan
from jedlik.base.clock import Clock
from jedlik.base.errors import AccessDeniedException
from jedlik.database.catalog import Catalog
from jedlik.database.identities import Identities, IdentityStore
from jedlik.database.names import Names
from jedlik.database.open_table import OpenTable
from jedlik.database.principals import Principal, compiled, principal_of
from jedlik.operations.operation import Payload
from jedlik.service.access.asks import ASKS, PLAIN, SEES_CATALOG, Ask
from jedlik.service.access.facts import Asking, Facts
from jedlik.service.access.parts import Part

_MAX_KEPT: Final = 16_384
_NO_TABLE: Final = -1
_REPAIRS: Final = tuple(f"dynamodb:{each}ResourcePolicy" for each in ("Delete", "Get", "Put"))
"""What a resource policy cannot keep the administrator from: it could not be mended otherwise."""


class Authorizer:
    """Decides on requests. `administrator` is the access key that may do everything."""

    def __init__(
        self,
        identities: IdentityStore,
        catalog: Catalog,
        names: Names,
        clock: Clock,
        administrator: str | None,
    ) -> None:
        self.store = identities
        self.names = names
        self.administrator = administrator
        self._catalog = catalog
        self._now = clock.now
        self._picture: Identities | None = None
        self._principals: dict[str, Principal] = {}
        self._plans: dict[tuple[Any, ...], Plan] = {}
        self._free: set[tuple[Any, ...]] = set()

    # --- At once ------------------------------------------------------------------------------

    def permits(self, request: Asking, identity: Identity, name: str, payload: Payload) -> bool:
        """Whether the request may go on, as far as can be told without reading anything."""
        if not self.store.is_current or name not in SEES_CATALOG:
            return False
        key = (identity.access_key, name, payload.get("TableName"), payload.get("IndexName"))
        if key in self._free and self._picture is self.store.now and request.point is None:
            return True
        return self._permits(request, identity, name, payload, key)

    def _permits(
        self,
        request: Asking,
        identity: Identity,
        name: str,
        payload: Payload,
        key: tuple[Any, ...],
    ) -> bool:
        principal = self.principal(identity)
        certain = name in PLAIN
        for ask in ASKS[name](self.names, payload):
            table = None if ask.table is None else self._catalog.cached(ask.table)
            if table is None:
                return False
            plan = self._plan(request, identity, principal, ask, table)
            certain = certain and plan.constant is not None
            facts = self._facts(request, identity, principal, ask, payload, table)
            if not plan.decide(facts).allowed:
                return False
        if certain and len(self._free) < _MAX_KEPT and request.point is None:
            self._free.add(key)
        return True

    # --- For good -----------------------------------------------------------------------------

    async def authorize(
        self, request: Asking, identity: Identity, name: str, payload: Payload
    ) -> None:
        """Raise AccessDeniedException unless the request may go on.

        The identities are to be current. Raises what finding tables raises.
        """
        principal = self.principal(identity)
        asks = ASKS.get(name)
        if asks is None:
            if not principal.caller.is_root:
                raise denied(principal, f"dynamodb:{name}", "*", f"because {name} is not known")
            return
        await self.check(request, identity, asks(self.names, payload), payload)

    async def check(
        self, request: Asking, identity: Identity, asks: Iterable[Ask], payload: Payload
    ) -> None:
        """Raise AccessDeniedException unless everything that is asked for is allowed.

        The identities are to be current. Raises what finding tables raises.
        """
        principal = self.principal(identity)
        for ask in asks:
            table = None if ask.table is None else await self._catalog.find(ask.table)
            facts = self._facts(request, identity, principal, ask, payload, table)
            decision = self._plan(request, identity, principal, ask, table).decide(facts)
            if not decision.allowed:
                raise denied(principal, ask.action, ask.resource, decision.reason(ask.action))

    def principal(self, identity: Identity) -> Principal:
        """Who an identity is now. Raises UnrecognizedClientException where it is nobody."""
        picture = self.store.now
        if self._picture is not picture:
            self._picture = picture
            self._principals, self._plans, self._free = {}, {}, set()
        found = self._principals.get(identity.access_key)
        if found is None or found.session is not identity.session:
            found = principal_of(picture, identity, self.names.account, self.administrator)
            if len(self._principals) >= _MAX_KEPT:
                self._principals, self._plans, self._free = {}, {}, set()
            self._principals[identity.access_key] = found
        return found

    def check_other(
        self,
        request: Asking,
        identity: Identity,
        action: str,
        resource: str,
        payload: Payload,
        trust: str | None = None,
    ) -> None:
        """Raise AccessDeniedException unless an action of another service may go on.

        `trust` is the text of a role's trust policy, which has to consent.
        """
        principal = self.principal(identity)
        ask = Ask(action, resource, None, "", payload)
        facts = self._facts(request, identity, principal, ask, payload, None)
        point = request.point
        layers = Layers(
            principal.policies,
            None if trust is None else compiled(trust, trust=True),
            principal.boundary,
            principal.session_policies,
            None if point is None else point.policies,
            resource_decides=trust is not None,
        )
        decision = Plan(layers, action, resource, principal.caller).decide(facts)
        if not decision.allowed:
            raise denied(principal, action, resource, decision.reason(action))

    def _plan(
        self,
        request: Asking,
        identity: Identity,
        principal: Principal,
        ask: Ask,
        table: OpenTable | None,
    ) -> Plan:
        table_id = _NO_TABLE if table is None else table.id
        point = request.point
        key = (
            identity.access_key, ask.action, ask.resource, table_id,
            None if point is None else point.vpc_endpoint,
        )  # fmt: skip
        plan = self._plans.get(key)
        if plan is None:
            of_table = self.store.now.resource_policies.get(table_id)
            if principal.caller.is_root and ask.action in _REPAIRS:
                of_table = None
            layers = Layers(
                principal.policies,
                None if of_table is None else compiled(of_table.text, resource=True),
                principal.boundary,
                principal.session_policies,
                None if point is None else point.policies,
            )
            plan = Plan(layers, ask.action, ask.resource, principal.caller)
            if len(self._plans) >= _MAX_KEPT:
                self._plans.clear()
            self._plans[key] = plan
        return plan

    def _facts(
        self,
        request: Asking,
        identity: Identity,
        principal: Principal,
        ask: Ask,
        payload: Payload,
        table: OpenTable | None,
    ) -> Facts:
        part = Part(ask.kind, ask.part, payload, table, ask.enclosing)
        return Facts(request, principal, identity.region, self._now(), part, ask.keys)


def denied(principal: Principal, action: str, resource: str, reason: str) -> AccessDeniedException:
    """The error, in the service's words (IAM user guide, "Troubleshoot access denied error
    messages")."""
    return AccessDeniedException(
        f"User: {principal.caller.arn} is not authorized to perform: {action} "
        f"on resource: {resource} {reason}"
    )
