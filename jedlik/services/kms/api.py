"""The key service (AWS KMS's API): authenticate, find the operation, validate, operate, answer.

This module, the operations and the cryptography beneath them are loaded at the first request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import orjson

from jedlik.base.errors import (
    AccessDeniedException,
    SerializationException,
    UnknownOperationException,
)
from jedlik.gateway.exchange import Answer, Request
from jedlik.gateway.known_errors import known_error
from jedlik.gateway.task_per_request import TaskPerRequest, is_from_browser
from jedlik.gateway.verifier import Verifier
from jedlik.kernel.store import Store
from jedlik.services.kms.access.access import KeyAccess
from jedlik.services.kms.errors import KMSInternalException
from jedlik.services.kms.inputs import PREFIX, key_checker_for
from jedlik.services.kms.operations.registry import OPERATIONS

if TYPE_CHECKING:
    from jedlik.gateway.audit.trail import Trail
    from jedlik.services.iam.authorization.authorizer import Authorizer

SCOPE: Final = "kms"
"""The service that signatures must be scoped to."""
_JSON: Final = b"application/x-amz-json-1.1"


class KeyService(TaskPerRequest):
    """Answers requests of the key service out of one store.

    Without an `authorizer` everybody may do anything.
    """

    def __init__(
        self,
        store: Store,
        verifier: Verifier,
        authorizer: Authorizer | None = None,
        trail: Trail | None = None,
    ) -> None:
        super().__init__(trail)
        self._database = store
        self._verify = verifier.verify
        self._authorizer = authorizer
        self._access = None if authorizer is None else KeyAccess(authorizer, store)

    async def answer(self, request: Request) -> Answer:
        name = request.headers[b"x-amz-target"].decode("latin-1").removeprefix(f"{PREFIX}.")
        operation = OPERATIONS.get(name)
        if operation is None:
            raise UnknownOperationException(
                f"{name} is not available in this version of Jedlik; see docs/differences.md"
            )
        if self._authorizer is not None:
            await self._authorizer.store.refresh()
        elif is_from_browser(request):
            raise AccessDeniedException("Keys cannot be used from web pages.")
        identity = self._verify(request)
        try:
            parsed = orjson.loads(request.content)
        except orjson.JSONDecodeError:
            raise SerializationException from None
        payload = key_checker_for(name)(parsed)
        if self._access is not None:
            payload = await self._access.authorize(request, identity, name, payload)
        body = await operation(self._database, payload)
        return Answer(200, body if isinstance(body, bytes) else orjson.dumps(body), _JSON)

    def refusal(self, error: Exception, request: Request) -> Answer:
        known = known_error(error, request, KMSInternalException)
        return Answer(known.status, orjson.dumps(known.body()), _JSON)
