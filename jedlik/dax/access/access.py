"""Authenticates the callers of all clusters, and checks their requests.

Parts of a transaction need the permissions that they would need on their own; policies can
recognize them by `dax:EnclosingOperation` ("Using DAX with DynamoDB transactions").
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from jedlik.auth.identity import Identity
from jedlik.base.errors import ServiceError, UnrecognizedClientException
from jedlik.dax.access.authorizer import OPEN, ClusterAuthorizer, Grant
from jedlik.dax.access.callers import ClusterCaller, Peer
from jedlik.dax.access.signatures import Proof, signed_request
from jedlik.dax.calls import ServiceCall
from jedlik.dax.errors import NotAuthenticated
from jedlik.gateway.verifier import Verifier

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


class Access:
    """Decides for all clusters of a server. Without an `authorizer` everything is allowed."""

    def __init__(self, verifier: Verifier, authorizer: ClusterAuthorizer | None) -> None:
        self._verifier = verifier
        self.authorizer = authorizer

    async def identify(self, proof: Proof, peer: Peer) -> Identity:
        """The identity that has signed. Raises `NotAuthenticated`."""
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
            raise NotAuthenticated(error.code(), error.message, error.status) from None

    def owner(self, identity: Identity) -> str:
        """The name under which an identity owns something: a user's or a role's, whatever sessions
        they have, and without policies, where each caller can have any access key, an account's.
        Raises `NotAuthenticated`."""
        if self.authorizer is None:
            return identity.account
        try:
            return self.authorizer.owner(identity)
        except ServiceError as error:
            raise NotAuthenticated(error.code(), error.message, error.status) from None

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
