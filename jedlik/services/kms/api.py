"""The key service (AWS KMS's API): authenticate, find the operation, validate, operate, answer.

This module, the operations and their cryptography are loaded at the first request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jedlik.gateway.json_pipeline import JsonPipeline
from jedlik.gateway.operation import Payload
from jedlik.gateway.pipeline import Call
from jedlik.gateway.verifier import Verifier
from jedlik.kernel.store import Store
from jedlik.services.iam.authorization.authorizer import Authorizer
from jedlik.services.kms.access.access import KeyAccess
from jedlik.services.kms.errors import KMSInternalException
from jedlik.services.kms.inputs import checker_for
from jedlik.services.kms.operations.registry import OPERATIONS

if TYPE_CHECKING:
    from jedlik.gateway.audit.trail import Trail


class KeyService(JsonPipeline[Store, Authorizer]):
    """Answers requests of the key service from one store.

    Without an `authorizer` everything is allowed.
    """

    browser_refusal = "Keys cannot be used from web pages."
    operations = OPERATIONS
    internal = KMSInternalException

    def __init__(
        self,
        store: Store,
        verifier: Verifier,
        authorizer: Authorizer | None = None,
        trail: Trail | None = None,
    ) -> None:
        super().__init__(store, verifier, authorizer, trail)
        self._access = None if authorizer is None else KeyAccess(authorizer, store)

    def check(self, operation: str, parsed: Any) -> Payload:
        return checker_for(operation)(parsed)

    async def authorize(self, call: Call[str]) -> Payload:
        if self._access is None:
            return call.payload
        return await self._access.authorize(
            call.request, call.identity, call.operation, call.payload
        )
