"""Who sends a connection's requests, and what they may do on a cluster.

A client signs a string for the host dax.amazonaws.com, with the time, the region and the SHA-256 of
a request without a body. This is valid for five minutes, and clients renew it in time. Permissions
on the cluster are checked for every request, by the present policies; what the cluster's role may
do is decided by DynamoDB (DAX developer guide, "DAX access control").

Parts of a transaction need the permissions that they would need on their own; policies can
recognize them by `dax:EnclosingOperation` ("Using DAX with DynamoDB transactions").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

from jedlik.auth.identity import Identity
from jedlik.auth.policy.logic import always
from jedlik.base.bounded_cache import BoundedCache
from jedlik.base.errors import AccessDeniedException, ServiceError, UnrecognizedClientException
from jedlik.dax.errors import DaxError, NotKnown, dax_error
from jedlik.dax.requests import ServiceCall
from jedlik.gateway.exchange import AccessPoint, Request
from jedlik.gateway.verifier import Verifier
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

SIGNED_AS: Final = "dax"
KNOWN_SECONDS: Final = 300.0
"""How long an authentication is valid at most."""
ACTIONS: Final = (
    "GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan", "BatchGetItem",
    "BatchWriteItem", "ConditionCheckItem",
)  # fmt: skip
PUTTING: Final = ("PutItem", "UpdateItem", "BatchWriteItem")
"""Operations that send items: only callers of these may have attribute lists numbered."""
_PART_ACTIONS: Final = {
    "Get": "GetItem", "Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}  # fmt: skip
_TRANSACTIONS: Final = {
    "TransactGetItems": ("GetItem",),
    "TransactWriteItems": ("PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"),
}
"""Transactions, and the actions that their parts may need."""
_ANYWHERE: Final = (None, *_TRANSACTIONS)
_SIGNED: Final = re.compile(
    rb"AWS4-HMAC-SHA256\n([0-9]{8}T[0-9]{6}Z)\n([!-+\--~]{1,256})\n([0-9a-f]{64})"
).fullmatch
_HOST: Final = b"dax.amazonaws.com"
_HOSTS: Final = (_HOST, b"https://dax.amazonaws.com")
"""What clients sign as the host: those in Go a whole URL."""
_EMPTY_BODY_HASH: Final = sha256().hexdigest().encode()
_KEY: Final = re.compile(r"[!-+\-.0-~]{1,128}").fullmatch
_HEX: Final = re.compile(r"[0-9a-f]{64}").fullmatch


class Proof(NamedTuple):
    """A client's proof of its identity."""

    access_key: str
    signature: str
    string_to_sign: bytes
    token: str | None


@dataclass(slots=True)
class Peer:
    """A connection as policies see it (see `CallContext`)."""

    headers: dict[bytes, bytes]
    client: str
    secure: bool
    point: AccessPoint | None = None


class ClusterCaller(NamedTuple):
    """The sender of a connection's requests, and the ARN of the cluster to which they go."""

    identity: Identity
    peer: Peer
    cluster: str


def signed_request(proof: Proof, peer: Peer) -> Request:
    """The request whose signature a client's string is. Raises `NotKnown`."""
    signed = _SIGNED(proof.string_to_sign)
    if signed is None or not _KEY(proof.access_key) or not _HEX(proof.signature):
        raise NotKnown("IncompleteSignatureException", "The authentication is not readable.")
    credential = f"{proof.access_key}/{signed[2].decode()}"
    headers = {
        b"host": _signed_host(signed[1], signed[3]),
        b"x-amz-date": signed[1],
        b"authorization": (
            f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host;x-amz-date, "
            f"Signature={proof.signature}"
        ).encode(),
    }
    if proof.token is not None:
        headers[b"x-amz-security-token"] = proof.token.encode()
    return Request(b"POST", b"/", headers, b"", b"", b"", peer.client, peer.secure, peer.point)


def _signed_host(date: bytes, digest: bytes) -> bytes:
    """The host in the canonical request of that digest."""
    for host in _HOSTS:
        canonical = b"POST\n/\n\nhost:%b\nx-amz-date:%b\n\nhost;x-amz-date\n%b" % (
            host, date, _EMPTY_BODY_HASH,
        )  # fmt: skip
        if sha256(canonical).hexdigest().encode() == digest:
            return host
    return _HOST


def known_seconds(identity: Identity, now: float) -> float:
    """How long an authentication is valid from `now`: not beyond the end of its session."""
    session = identity.session
    return KNOWN_SECONDS if session is None else min(KNOWN_SECONDS, session.ends - now)


class Access:
    """Decides for all clusters of a server. Without an `authorizer` everything is allowed."""

    def __init__(self, verifier: Verifier, authorizer: ClusterAuthorizer | None) -> None:
        self._verifier = verifier
        self.authorizer = authorizer

    async def identify(self, proof: Proof, peer: Peer) -> Identity:
        """The identity that has signed. Raises `NotKnown`."""
        request = signed_request(proof, peer)
        try:
            try:
                return self._verifier.verify(request)
            except UnrecognizedClientException:
                if self.authorizer is None:
                    raise
                # The key may have been made a moment ago, by another worker.
                await self.authorizer.refresh()
                return self._verifier.verify(request)
        except ServiceError as error:
            raise NotKnown(error.code(), error.message, error.status) from None

    def owner(self, identity: Identity) -> str:
        """The name under which an identity owns something: a user's or a role's, whatever sessions
        they have, and without policies, where each caller can have any access key, an account's.
        Raises `NotKnown`."""
        if self.authorizer is None:
            return identity.account
        try:
            return self.authorizer.owner(identity)
        except ServiceError as error:
            raise NotKnown(error.code(), error.message, error.status) from None

    async def check(self, caller: ClusterCaller, operation: str) -> None:
        """Raise `DaxError` unless the caller may use this operation, as far as that does not depend
        on the request's arguments. Those are read only afterwards, since reading takes time and
        shows which tables exist."""
        if self.authorizer is None:
            return
        if operation in _TRANSACTIONS:
            await self.check_any(caller, _TRANSACTIONS[operation], (operation,))
        else:
            await self.authorizer.check(caller, operation)

    async def check_parts(self, caller: ClusterCaller, call: ServiceCall) -> None:
        """The same for each part of a transaction."""
        if self.authorizer is None or call.name not in _TRANSACTIONS:
            return
        kinds = dict.fromkeys(kind for part in call.payload["TransactItems"] for kind in part)
        for kind in kinds:
            await self.authorizer.check(caller, _PART_ACTIONS[kind], enclosing=call.name)

    async def check_any(
        self,
        caller: ClusterCaller,
        actions: Sequence[str] = ACTIONS,
        enclosing: Sequence[str | None] = _ANYWHERE,
    ) -> None:
        """Raise `DaxError` unless the caller may do any of these actions, within any of the
        `enclosing` operations (None: by itself)."""
        if self.authorizer is None:
            return
        await self.authorizer.refresh()
        if not any(
            self.authorizer.permits(caller, action, within)
            for action in actions
            for within in enclosing
        ):
            await self.authorizer.check(caller, actions[0], enclosing[0])

    def grant(self, caller: ClusterCaller, action: str) -> Grant | None:
        """Permission for all requests of the caller with this action; None if that depends on the
        request."""
        return OPEN if self.authorizer is None else self.authorizer.grant(caller, action)


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
            raise NotKnown(error.code(), error.message, error.status) from None
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
            plan = self.plan(principal, f"dax:{action}", cluster, point, own=_CONDITION_KEYS)
            kept = self._plans.put(key, (principal, plan), plan.weight)
        return kept


_CONDITION_KEYS: Final = {
    "dax:enclosingoperation": lambda part: None if part.enclosing is None else (part.enclosing,)
}
