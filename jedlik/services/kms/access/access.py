"""Authorization of requests about keys.

KMS developer guide, "Troubleshooting key access": denied if any policy denies; else allowed if the
key's policy or a grant names the caller; else the identity's policies decide, if the key's policy
(or a grant) names the account. Actions on no existing key are decided by the identity's policies
alone.

The account's root is not an exception: a policy that does not name the account locks it out. The
service's customers would then contact its support. Here no one could help, so the root may always
read a key's policy and replace it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from jedlik.auth.identity import Identity
from jedlik.auth.policy.compile import Policy, compile_policy
from jedlik.auth.policy.document import MalformedPolicy
from jedlik.auth.policy.evaluate import IDENTITY, RESOURCE, Decision, Plan
from jedlik.gateway.operation import Payload
from jedlik.kernel.store import Store
from jedlik.services.iam.authorization.denial import denied, denied_at
from jedlik.services.iam.authorization.layers import layers_of
from jedlik.services.iam.authorization.long_decisions import decide
from jedlik.services.iam.authorization.long_policies import prepare_policy
from jedlik.services.iam.authorization.principals import Principal, compiled, is_compiled
from jedlik.services.iam.authorization.requests import CallContext, Sender
from jedlik.services.kms.access.facts import SUBSET, AliasesWanted, KeyConditionKeys, KeyFacts
from jedlik.services.kms.access.grants import retirement_of, use_of
from jedlik.services.kms.access.permissions import (
    CONSTRAINTS,
    CONTEXT,
    PERMISSIONS,
    KeyPermission,
    TargetKind,
)
from jedlik.services.kms.access.targets import Target, find_target
from jedlik.services.kms.errors import LOCKED_OUT, MalformedPolicyDocumentException
from jedlik.services.kms.model import EncryptionKey
from jedlik.services.kms.records import table_context
from jedlik.services.kms.store import find_key, list_aliases

_PUT_POLICY: Final = KeyPermission("kms:PutKeyPolicy", TargetKind.KEY)
_DECRYPT: Final = "kms:Decrypt"
_BY_CIPHERTEXT: Final = "on the resource associated with this ciphertext "
"""How a key is shown that the request does not name, to callers whose own policies do not allow its
use (AWS IAM Identity Center user guide, "Troubleshooting customer managed keys"). If another policy
denies it, its ARN is shown (answers of the service)."""
_REPAIRS: Final = ("kms:GetKeyPolicy", _PUT_POLICY.action)
"""Actions that a key's policy cannot deny to the account's root."""
_SETS_POLICY: Final = ("CreateKey", "PutKeyPolicy")

TABLE_USES: Final = (
    "DescribeKey", "CreateGrant", "Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo",
    "GenerateDataKey", "GenerateDataKeyWithoutPlaintext",
)  # fmt: skip
"""The actions that a caller needs on a key to encrypt a table with it (DynamoDB developer guide,
"DynamoDB encryption at rest: How it works", on customer managed keys)."""
_CONTEXTS: Final = {"CreateGrant": CONSTRAINTS, "DescribeKey": None}
"""Where DynamoDB's encryption context is, if it is not the request's own."""
_GRANTED_TO_TABLES: Final = (
    "Decrypt", "Encrypt", "GenerateDataKey", "ReEncryptFrom", "ReEncryptTo", "RetireGrant",
    "DescribeKey",
)  # fmt: skip
"""The operations in DynamoDB's grant for a table (KMS developer guide, "Using grant
constraints")."""


class Principals(Protocol):
    """Finds the caller."""

    def principal(self, identity: Identity) -> Principal:
        """An identity's principal. Raises UnrecognizedClientException if it has none."""
        ...


class KeyAccess:
    """Decides on requests of the key service, and on keys of tables."""

    def __init__(self, principals: Principals, store: Store) -> None:
        self._principals = principals
        self._database = store

    async def authorize(
        self, request: CallContext, identity: Identity, operation: str, payload: Payload
    ) -> Payload:
        """The request, with its aliases replaced by the ids of their keys: the operation uses the
        same keys as the decision.

        The identities must be current and the payload validated. Raises AccessDeniedException,
        MalformedPolicyDocumentException if the caller would lock themselves out, and the errors of
        finding keys.
        """
        if operation not in PERMISSIONS:
            principal = self._principals.principal(identity)
            raise denied(principal, f"kms:{operation}", "*", f"because {operation} is not known")
        found: list[tuple[KeyPermission, Target]] = []
        for permission in PERMISSIONS[operation]:
            if permission.given is None or payload.get(permission.given):
                target = await find_target(self._database, permission, payload)
                if target is not None:
                    found.append((permission, target))
        keys = {target.key.id for _, target in found if target.key is not None}
        for permission, target in found:
            await _prepare(target)
            facts = KeyFacts(request, self._database.arns.region, permission, target, payload)
            facts.same_key = len(keys) == 1
            await self._check(identity, facts)
        if operation in _SETS_POLICY:
            of = TargetKind.NEW_KEY if operation == "CreateKey" else TargetKind.KEY
            permission = _PUT_POLICY._replace(of=of)
            await self._check_lockout(Sender(request, identity), permission, payload)
        return _pinned(payload, found)

    async def authorize_table(
        self,
        sender: Sender,
        key: str,
        table: str,
        operations: Sequence[str] = TABLE_USES,
    ) -> EncryptionKey:
        """The key that a KeyId parameter names, if the identity may use it through DynamoDB for a
        table with that name and all of these operations (`Encrypt`, ...).

        Policies see `kms:ViaService` and DynamoDB's encryption context. The identities must be
        current. Raises AccessDeniedException, NotFoundException and InvalidArnException.
        """
        arns = self._database.arns
        service = f"dynamodb.{arns.region}.amazonaws.com"
        context = table_context(arns.account, table)
        payload = {
            "KeyId": key,
            CONTEXT: context,
            CONSTRAINTS: {SUBSET: context},
            "GranteePrincipal": service,
            "RetiringPrincipal": service,
            "Operations": _GRANTED_TO_TABLES,
        }
        target = await find_target(
            self._database, KeyPermission("", TargetKind.KEY, named="KeyId"), payload
        )
        assert target is not None
        await _prepare(target)
        for operation in operations:
            permission = KeyPermission(
                f"kms:{operation}", TargetKind.KEY, context=_CONTEXTS.get(operation, CONTEXT)
            )
            facts = KeyFacts(sender.context, arns.region, permission, target, payload, service)
            await self._check(sender.identity, facts)
        return target.key or await find_key(self._database, key)

    async def _check_lockout(
        self, sender: Sender, permission: KeyPermission, payload: Payload
    ) -> None:
        """Raise MalformedPolicyDocumentException if the new policy would not allow the sender to
        replace it again, which needs `permission` (API reference, "PutKeyPolicy")."""
        text = payload.get("Policy")
        await prepare_policy(text)
        if text is None or payload.get("BypassPolicyLockoutSafetyCheck"):
            return
        try:
            policy = compile_policy(text, names_principals=True)
        except MalformedPolicy:
            return  # the operation raises the error
        target = await find_target(self._database, permission, payload)
        assert target is not None
        facts = KeyFacts(sender.context, self._database.arns.region, permission, target, payload)
        if not (await self._decide(sender.identity, facts, policy)).allowed:
            raise MalformedPolicyDocumentException(LOCKED_OUT)

    async def _check(self, identity: Identity, facts: KeyFacts) -> None:
        principal = self._principals.principal(identity)
        decision = await self._decide(identity, facts, _grounds(principal, facts))
        if not decision.allowed:
            action = facts.permission.action
            reason = decision.reason(action)
            named = facts.payload.get("KeyId") or action != _DECRYPT
            if named or decision.explicit or decision.kind != IDENTITY:
                raise denied(principal, action, facts.target.arn, reason)
            raise denied_at(principal, action, _BY_CIPHERTEXT, reason)

    async def _decide(
        self, identity: Identity, facts: KeyFacts, grounds: Policy | None
    ) -> Decision:
        principal = self._principals.principal(identity)
        consent = "" if grounds is None else RESOURCE
        layers = layers_of(principal, facts.connection.point, grounds, consent)
        source = KeyConditionKeys(principal, facts, self._database.clock.now)
        plan = Plan(layers, facts.permission.action, facts.target.arn, principal.caller, source)
        try:
            return await decide(plan, facts, identity)
        except AliasesWanted:
            facts.aliases = await self._aliases_of(facts.target)
            return await decide(plan, facts, identity)

    async def _aliases_of(self, target: Target) -> tuple[str, ...]:
        aliases = await list_aliases(self._database)
        return tuple(
            name
            for name, alias in aliases
            if target.key is not None and alias.target == target.key.id
        )


async def _prepare(target: Target) -> None:
    """Have the policy of a target's key compiled before it decides."""
    key = target.key
    if key is not None and not is_compiled(key.policy):
        await prepare_policy(key.policy)


def _grounds(principal: Principal, facts: KeyFacts) -> Policy | None:
    """The policy that has to consent; None if identities' policies decide alone."""
    key, grant, permission = facts.target.key, facts.target.grant, facts.permission
    if key is None or (principal.caller.is_root and permission.action in _REPAIRS):
        return None
    if permission.of is TargetKind.GRANT:
        return None if grant is None else retirement_of(grant)
    names = principal.caller.names()
    own = [each for each in key.grants if ("AWS", each["GranteePrincipal"]) in names]
    return (*compiled(key.policy, resource=True), *use_of(own))


def _pinned(payload: Payload, found: Sequence[tuple[KeyPermission, Target]]) -> dict[str, Any]:
    pinned: Mapping[str, str] = {
        permission.member: target.key.id
        for permission, target in found
        if permission.of is TargetKind.KEY and target.key is not None and target.alias is not None
    }
    return {**payload, **pinned}
