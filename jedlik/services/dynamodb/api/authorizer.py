"""May this identity send this request?

The decision has two speeds. `permits` is called for every request and answers immediately, from
what this process knows; it says False if it does not know enough or would have to refuse. Then
`authorize` reads the identities again and makes the final decision. So no request is ever refused
by outdated policies, nor allowed by them if its operation does not check the catalog itself
(`SEES_CATALOG`).

Most of a decision is the same for all requests of one caller for one operation on one table. That
part is made once, and leaves a test of what requests differ in. If nothing in a request can forbid
it, `permits` costs one dictionary lookup.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from jedlik.auth.identity import Identity
from jedlik.auth.policy.compile import Policy, compile_policy
from jedlik.auth.policy.document import MalformedPolicy
from jedlik.auth.policy.effort import TakesLong
from jedlik.auth.policy.evaluate import Plan
from jedlik.auth.policy.logic import Test, always
from jedlik.base.bounded_cache import BoundedCache
from jedlik.base.errors import AccessDeniedException
from jedlik.base.turns import Turns
from jedlik.gateway.exchange import AccessPoint
from jedlik.gateway.operation import Payload
from jedlik.services.dynamodb.api.condition_keys import condition_keys_of
from jedlik.services.dynamodb.api.named_keys import NamedKeys
from jedlik.services.dynamodb.api.permissions import (
    PERMISSIONS,
    PLAIN,
    SEES_CATALOG,
    RequiredPermission,
    has_long_statements,
    uses_items,
)
from jedlik.services.dynamodb.api.table_key_permissions import TableKeys
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.dynamodb.database.resources import Tagged
from jedlik.services.dynamodb.sealing.key_ring import KeyRing
from jedlik.services.iam.authorization.authorizer import MAX_PLANS_SIZE, Authorizer
from jedlik.services.iam.authorization.denial import denied
from jedlik.services.iam.authorization.long_decisions import decide
from jedlik.services.iam.authorization.long_policies import LONG_POLICY, prepare_policy
from jedlik.services.iam.authorization.principals import Principal, compiled, is_compiled
from jedlik.services.iam.authorization.requests import AuthorizationRequest, CallContext, Sender

_PLAN_KEY_SIZE: Final = 1024
"""Bytes of a plan's key, approximately."""
_NO_RESOURCE: Final = Tagged(-1, {})
_REPAIRS: Final = tuple(f"dynamodb:{each}ResourcePolicy" for each in ("Delete", "Get", "Put"))
"""Actions that a resource policy cannot deny to the administrator, who could not repair it
otherwise."""
_POLICIES: Final = {"CreateTable": "ResourcePolicy", "PutResourcePolicy": "Policy"}
"""The members that are new policies."""


class _Kept(NamedTuple):
    """What remains to be tested of a caller's requests for one operation on one table."""

    test: Test
    table: OpenTable


class TableAuthorizer(Authorizer):
    """Decides on requests. `administrator` is the access key that has all permissions."""

    def __init__(self, database: Database, administrator: str | None) -> None:
        super().__init__(
            database.identities, database.catalog, database.arns, database.clock, administrator
        )
        self._database = database
        self._catalog = database.catalog
        self._resources = database.resources
        self._table_keys = TableKeys(self, database)
        self._named_keys = NamedKeys(self, database, self._table_keys)
        self._plans: BoundedCache[tuple[Any, ...], Plan] = BoundedCache(MAX_PLANS_SIZE)
        self._kept: BoundedCache[tuple[Any, ...], _Kept] = BoundedCache(MAX_PLANS_SIZE)

    def forget(self) -> None:
        super().forget()
        self._plans.clear()
        self._kept.clear()
        self._table_keys.forget()

    # --- Without reading ------------------------------------------------------------------------

    def permits(
        self, request: CallContext, identity: Identity, name: str, payload: Payload
    ) -> bool:
        """Whether the request is allowed, as far as that is known without reading anything: after
        False, `authorize` decides; so it does if the decision takes long."""
        store, version = self.store, self._catalog.version
        if store.checked_at != version:
            return False
        key = (identity.access_key, name, payload.get("TableName"), payload.get("IndexName"))
        try:
            if self._version == version and self._identities is store.now and request.point is None:
                kept = self._kept.get(key)
                if kept is not None:
                    test, table = kept
                    return test is always or test(
                        AuthorizationRequest(
                            name, payload, payload, table, request, self.arns.region, hurried=True
                        )
                    )
            return (
                name in SEES_CATALOG
                and not has_long_statements(payload)
                and self._permits(request, identity, name, payload, key)
            )
        except TakesLong:
            return False

    def _permits(
        self,
        request: CallContext,
        identity: Identity,
        name: str,
        payload: Payload,
        key: tuple[Any, ...],
    ) -> bool:
        principal = self.principal(identity)
        for permission in PERMISSIONS[name](self.arns, payload):
            if permission.table is None:
                return False
            table, resource = (
                self._catalog.cached(permission.table),
                self._resources.known(permission.table),
            )
            if table is None or resource is None:
                return False
            own = self.store.now.resource_policies.get(resource.id)
            if own is not None and len(own.text) > LONG_POLICY and not is_compiled(own.text):
                return False
            plan = self._plan(request, identity, principal, permission, resource)
            if table.model.sealed:
                if not self._table_keys.may_use(request, identity, table.id):
                    return False
            elif name in PLAIN and request.point is None:
                self._kept.put(key, _Kept(plan.permits, table), plan.weight + _PLAN_KEY_SIZE)
            if not plan.permits(self._authorization_request(request, permission, payload, table)):
                return False
        return True

    # --- After reading --------------------------------------------------------------------------

    async def authorize(
        self, request: CallContext, identity: Identity, name: str, payload: Payload
    ) -> Payload:
        """The request, in which the name of a table's key is replaced by its id: so the operation
        uses the key for which the decision was made.

        The identities must be current. Raises AccessDeniedException unless the request is allowed,
        and what finding tables raises.
        """
        sender, principal = Sender(request, identity), self.principal(identity)
        permissions = PERMISSIONS.get(name)
        if permissions is None:
            if not principal.caller.is_root:
                raise denied(principal, f"dynamodb:{name}", "*", f"because {name} is not known")
            return payload
        if name in _POLICIES:
            await prepare_policy(payload.get(_POLICIES[name]))
        turns = Turns()
        for permission in permissions(self.arns, payload):
            if turns.over:
                await turns.give_way()
            resource, facts = await self._check(sender, principal, permission, payload)
            if name == "PutResourcePolicy":
                await self._check_access_is_kept(sender, permission, resource, facts)
        return await self._named_keys.checked(sender, name, payload)

    async def check_key(
        self, request: CallContext, identity: Identity, key: str, table: str
    ) -> None:
        """Raise AccessDeniedException unless the identity may encrypt a table of that name under
        the key that a KeyId names; a missing key is reported by the operation."""
        await self._table_keys.check_new(Sender(request, identity), key, table)

    async def _ring_of_stream(self, stream: Tagged) -> KeyRing | None:
        """The key ring of a stream's table, which may have been deleted, and replaced by another
        table of its name."""
        if stream is _NO_RESOURCE:
            return None
        ring = (await self._database.rings()).of_stream(stream.id)
        return None if ring is None else ring.model

    async def check(
        self,
        request: CallContext,
        identity: Identity,
        permissions: Iterable[RequiredPermission],
        payload: Payload,
    ) -> None:
        """Raise AccessDeniedException unless all of these permissions are given.

        The identities must be current. Raises what finding tables raises.
        """
        sender, principal = Sender(request, identity), self.principal(identity)
        for permission in permissions:
            await self._check(sender, principal, permission, payload)

    async def _check(
        self,
        sender: Sender,
        principal: Principal,
        permission: RequiredPermission,
        payload: Payload,
    ) -> tuple[Tagged, AuthorizationRequest]:
        """The resource of one permission, and the request that was decided on. Raises as `check`
        does."""
        table, resource = None, _NO_RESOURCE
        if permission.table is not None:
            resource = (
                await self._resources.find(permission.table, permission.stream) or _NO_RESOURCE
            )
            table = None if permission.stream else await self._catalog.find(permission.table)
            own = self.store.now.resource_policies.get(resource.id)
            if own is not None and not is_compiled(own.text):
                await prepare_policy(own.text)
        facts = self._authorization_request(sender.context, permission, payload, table)
        plan = self._plan(*sender, principal, permission, resource)
        is_long = sender.context.parsed is not None
        decision = await decide(plan, facts, sender.identity, is_long=is_long)
        if not decision.allowed:
            raise denied(
                principal,
                permission.action,
                permission.resource,
                decision.reason(permission.action),
            )
        if permission.table is not None and uses_items(permission):
            of_stream = permission.stream is not None
            ring = await (
                self._ring_of_stream(resource)
                if of_stream
                else self._table_keys.ring_of(permission.table)
            )
            if ring is not None:
                await self._table_keys.check_use(sender, ring)
        return resource, facts

    def _authorization_request(
        self,
        request: CallContext,
        permission: RequiredPermission,
        payload: Payload,
        table: OpenTable | None,
    ) -> AuthorizationRequest:
        return AuthorizationRequest(
            permission.kind,
            permission.part,
            payload,
            table,
            request,
            permission.region or self.arns.region,
            permission.enclosing,
            permission.keys,
            hurried=True,
        )

    def _plan(
        self,
        request: CallContext,
        identity: Identity,
        principal: Principal,
        permission: RequiredPermission,
        resource: Tagged,
    ) -> Plan:
        point = request.point
        key = (
            identity.access_key, permission.action, permission.kind, permission.resource,
            resource.id, None if point is None else point.vpc_endpoint,
        )  # fmt: skip
        plan = self._plans.get(key)
        if plan is None:
            own = self.store.now.resource_policies.get(resource.id)
            if principal.caller.is_root and permission.action in _REPAIRS:
                own = None
            policy = None if own is None else compiled(own.text, resource=True)
            plan = self._new_plan(principal, permission, point, resource, policy)
            self._plans.put(key, plan, plan.weight + _PLAN_KEY_SIZE)
        return plan

    def _new_plan(
        self,
        principal: Principal,
        permission: RequiredPermission,
        point: AccessPoint | None,
        resource: Tagged,
        policy: Policy | None,
    ) -> Plan:
        """The plan for a permission; `policy` is the resource's own."""
        return self.plan(
            principal,
            permission.action,
            permission.resource,
            point,
            own=condition_keys_of(permission.kind),
            tags=resource.tags,
            policy=policy,
        )

    async def _check_access_is_kept(
        self,
        sender: Sender,
        permission: RequiredPermission,
        resource: Tagged,
        facts: AuthorizationRequest,
    ) -> None:
        """Raise AccessDeniedException if the new policy would not allow the caller to replace it
        again, unless that is confirmed (API reference, "PutResourcePolicy",
        ConfirmRemoveSelfResourceAccess; measured on the service)."""
        principal = self.principal(sender.identity)
        if permission.part.get("ConfirmRemoveSelfResourceAccess") or principal.caller.is_root:
            return
        try:
            policy = compile_policy(permission.part["Policy"], names_principals=True)
        except MalformedPolicy:
            return  # the operation raises the error
        plan = self._new_plan(principal, permission, sender.context.point, resource, policy)
        if not (await decide(plan, facts, sender.identity)).allowed:
            raise AccessDeniedException(
                "The new resource policy will not allow you to update the resource policy in the "
                "future."
            )
