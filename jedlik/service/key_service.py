"""The key service (AWS KMS's API): authenticate, find the operation, validate, operate, answer.

The operations, and the cryptography beneath them, are loaded at the first request.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final

import orjson

from jedlik.base.errors import (
    AccessDeniedException,
    SerializationException,
    UnknownOperationException,
)
from jedlik.base.key_errors import KMSInternalException
from jedlik.database.database import Database
from jedlik.service.exchange import Answer, Request
from jedlik.service.known_errors import known_error
from jedlik.service.service import Verifier
from jedlik.service.task_per_request import TaskPerRequest, is_from_browser
from jedlik.validation.keys import PREFIX, key_checker_for

if TYPE_CHECKING:
    from jedlik.operations.operation import Operation
    from jedlik.service.access.authorizer import Authorizer
    from jedlik.service.audit.trail import Trail

SCOPE: Final = "kms"
"""The service that signatures must be scoped to."""
_JSON: Final = b"application/x-amz-json-1.1"


class KeyService(TaskPerRequest):
    """Answers requests of the key service out of one database.

    Without an `authorizer` everybody may do anything. With one, policies decide on `kms:` and the
    operation's name, on any resource.
    """

    def __init__(
        self,
        database: Database,
        verifier: Verifier,
        authorizer: Authorizer | None = None,
        trail: Trail | None = None,
    ) -> None:
        super().__init__(trail)
        self._database = database
        self._verify = verifier.verify
        self._authorizer = authorizer

    async def answer(self, request: Request) -> Answer:
        name = request.headers[b"x-amz-target"].decode("latin-1").removeprefix(f"{PREFIX}.")
        operation = _operation(name)
        if self._authorizer is not None:
            await self._authorizer.store.refresh()
        elif is_from_browser(request):
            raise AccessDeniedException("Keys cannot be used from web pages.")
        identity = self._verify(request)
        if self._authorizer is not None:
            self._authorizer.check_other(request, identity, f"kms:{name}", "*", {})
        try:
            parsed = orjson.loads(request.content)
        except orjson.JSONDecodeError:
            raise SerializationException from None
        body = await operation(self._database, key_checker_for(name)(parsed))
        return Answer(200, body if isinstance(body, bytes) else orjson.dumps(body), _JSON)

    def refusal(self, error: Exception, request: Request) -> Answer:
        known = known_error(error, request, KMSInternalException)
        return Answer(known.status, orjson.dumps(known.body()), _JSON)


def _operation(name: str) -> Operation:
    operations = importlib.import_module("jedlik.operations.kms.registry").OPERATIONS
    operation: Operation | None = operations.get(name)
    if operation is None:
        raise UnknownOperationException(
            f"{name} is not available in this version of Jedlik; see docs/differences.md"
        )
    return operation
