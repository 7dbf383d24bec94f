"""The key service (AWS KMS's API): authenticate, find the operation, validate, operate, answer.

This module, the operations and the cryptography beneath them are loaded at the first request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from jedlik.base.errors import (
    SerializationException,
    UnknownOperationException,
)
from jedlik.gateway.exchange import Answer, Request
from jedlik.gateway.known_errors import known_error
from jedlik.gateway.operation import Payload
from jedlik.gateway.pipeline import Call, Pipeline
from jedlik.gateway.protocols import AMZ_JSON_1_1
from jedlik.gateway.verifier import Verifier
from jedlik.kernel.store import Store
from jedlik.services.kms.access.access import KeyAccess
from jedlik.services.kms.errors import KMSInternalException
from jedlik.services.kms.inputs import PREFIX, key_checker_for
from jedlik.services.kms.operations.registry import OPERATIONS

if TYPE_CHECKING:
    from jedlik.gateway.audit.trail import Trail
    from jedlik.services.iam.authorization.authorizer import Authorizer


class KeyService(Pipeline[str]):
    """Answers requests of the key service out of one store.

    Without an `authorizer` everybody may do anything.
    """

    browser_refusal = "Keys cannot be used from web pages."

    def __init__(
        self,
        store: Store,
        verifier: Verifier,
        authorizer: Authorizer | None = None,
        trail: Trail | None = None,
    ) -> None:
        super().__init__(None if authorizer is None else authorizer.store.refresh, trail)
        self._store = store
        self._verifier = verifier
        self._access = None if authorizer is None else KeyAccess(authorizer, store)

    def verifier(self, _request: Request) -> Verifier:
        return self._verifier

    def find(self, request: Request) -> str:
        name = request.headers[b"x-amz-target"].decode("latin-1").removeprefix(f"{PREFIX}.")
        if name not in OPERATIONS:
            raise UnknownOperationException(
                f"{name} is not available in this version of Jedlik; "
                "see `jedlik manual differences`"
            )
        return name

    def read(self, operation: str, request: Request) -> Payload:
        try:
            parsed = orjson.loads(request.content)
        except orjson.JSONDecodeError:
            raise SerializationException from None
        return key_checker_for(operation)(parsed)

    async def authorize(self, call: Call[str]) -> Payload:
        if self._access is None:
            return call.payload
        return await self._access.authorize(
            call.request, call.identity, call.operation, call.payload
        )

    async def operate(self, call: Call[str]) -> Answer:
        body = await OPERATIONS[call.operation](self._store, call.payload)
        content = body if isinstance(body, bytes) else orjson.dumps(body)
        return Answer(200, content, AMZ_JSON_1_1)

    def refusal(self, error: Exception, request: Request) -> Answer:
        known = known_error(error, request, KMSInternalException)
        return Answer(known.status, orjson.dumps(known.body()), AMZ_JSON_1_1)
