"""Decisions by policies about actions on clusters."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from jedlik.auth.identity import Identity
from jedlik.auth.policy.logic import always
from jedlik.base.bounded_cache import BoundedCache
from jedlik.base.errors import AccessDeniedException, ServiceError, UnrecognizedClientException
from jedlik.dax.access.callers import ClusterCaller
from jedlik.dax.errors import DaxError, NotAuthenticated, dax_error
from jedlik.services.iam.authorization.authorizer import MAX_PLANS_SIZE, Authorizer
from jedlik.services.iam.authorization.denial import denied
from jedlik.services.iam.authorization.principals import principal_of
from jedlik.services.iam.authorization.requests import AuthorizationRequest

if TYPE_CHECKING:
    from jedlik.auth.policy.evaluate import Plan
    from jedlik.base.clock import Clock
    from jedlik.kernel.arns import Arns
    from jedlik.kernel.catalog_version import CatalogVersion
    from jedlik.services.iam.authorization.principals import Principal
    from jedlik.services.iam.store import IdentityStore
    from jedlik.storage.engine import Value

CONDITION_KEYS: Final = {
    "dax:enclosingoperation": lambda part: None if part.enclosing is None else (part.enclosing,)
}
"""The condition keys of DAX's own, and their values in a request."""


class Grant:
    """Permission for all requests of a caller for one operation, as long as it holds."""

    __slots__ = ()

    def holds(self) -> bool:
        """Whether it is still valid."""
        return True


OPEN: Final = Grant()


class _GrantOfPolicies(Grant):
    __slots__ = ("_authorizer", "_identities", "_version")

    def __init__(self, authorizer: ClusterAuthorizer) -> None:
        self._authorizer = authorizer
        self._identities = authorizer.store.now
        self._version: Value = authorizer.version

    def holds(self) -> bool:
        authorizer = self._authorizer
        return authorizer.store.now is self._identities and authorizer.version == self._version


class ClusterAuthorizer(Authorizer):
    """Decides by policies about actions on clusters."""

    def __init__(
        self,
        store: IdentityStore,
        catalog: CatalogVersion,
        arns: Arns,
        clock: Clock,
        administrator: str | None,
    ) -> None:
        super().__init__(store, catalog, arns, clock, administrator)
        self._plans: BoundedCache[tuple[str, str, str, str | None], tuple[Principal, Plan]] = (
            BoundedCache(MAX_PLANS_SIZE)
        )

    def forget(self) -> None:
        super().forget()
        self._plans.clear()

    @property
    def version(self) -> Value:
        """The catalog's version that this process knows."""
        return self._catalog_version.version

    def grant(self, caller: ClusterCaller, action: str) -> Grant | None:
        """See `Access.grant`."""
        try:
            _, plan = self._plan(caller, action)
        except UnrecognizedClientException:
            return None
        return _GrantOfPolicies(self) if plan.permits is always else None

    def owner(self, identity: Identity) -> str:
        """See `Access.owner`; federated users, whose names are made up by those who request their
        sessions, own nothing themselves. Raises UnrecognizedClientException."""
        session = identity.session
        if session is None or session.federated is None:
            return self.principal(identity).principal_arn
        whose = identity._replace(session=replace(session, federated=None))
        found = principal_of(self.store.now, whose, self.arns.account, self.administrator)
        return found.principal_arn

    def permits(self, caller: ClusterCaller, action: str, enclosing: str | None = None) -> bool:
        """Whether the caller may do this, as far as this process knows."""
        try:
            _, plan = self._plan(caller, action)
        except UnrecognizedClientException:
            return False
        return plan.permits(self._request(caller, enclosing))

    async def check(self, caller: ClusterCaller, action: str, enclosing: str | None = None) -> None:
        """Raise `DaxError` unless the caller may do this, by the present policies."""
        await self.store.refresh()
        try:
            principal, plan = self._plan(caller, action)
        except ServiceError as error:
            raise NotAuthenticated(error.code(), error.message, error.status) from None
        decision = plan.decide(self._request(caller, enclosing))
        if not decision.allowed:
            name = f"dax:{action}"
            refusal = denied(principal, name, caller.cluster, decision.reason(name))
            raise DaxError(AccessDeniedException.__name__, dax_error(refusal).message)

    def _request(self, caller: ClusterCaller, enclosing: str | None) -> AuthorizationRequest:
        return AuthorizationRequest.of_call({}, caller.peer, self.arns.region, enclosing=enclosing)

    def _plan(self, caller: ClusterCaller, action: str) -> tuple[Principal, Plan]:
        identity, peer, cluster = caller
        principal = self.principal(identity)
        point = peer.point
        endpoint = None if point is None else point.vpc_endpoint
        key = (identity.access_key, action, cluster, endpoint)
        kept = self._plans.get(key)
        if kept is None or kept[0] is not principal:
            plan = self.plan(principal, f"dax:{action}", cluster, point, own=CONDITION_KEYS)
            kept = self._plans.put(key, (principal, plan), plan.weight)
        return kept
