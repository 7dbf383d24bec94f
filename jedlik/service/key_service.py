"""The key service (AWS KMS's API): authenticate, find the operation, validate, operate, answer.

Clients need a key now and then, which is no load (see `tasks`). The operations and the cryptography
beneath them are loaded at the first one.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final

import orjson

from jedlik.base.errors import (
    SerializationException,
    ServiceError,
    UnknownOperationException,
)
from jedlik.base.key_errors import KMSInternalException
from jedlik.database.database import Database
from jedlik.service.exchange import Answer, Request
from jedlik.service.service import Verifier
from jedlik.service.tasks import TaskApi
from jedlik.service.web_pages import refuse_web_pages
from jedlik.validation.keys import PREFIX, key_checker_for

if TYPE_CHECKING:
    from jedlik.operations.operation import Operation
    from jedlik.service.access.authorizer import Authorizer

SCOPE: Final = "kms"
"""The service that signatures must be scoped to."""
_JSON: Final = b"application/x-amz-json-1.1"


class KeyService(TaskApi):
    """Answers requests of the key service out of one database.

    Without an `authorizer` everybody may do anything. With one, policies decide on `kms:` and the
    operation's name, on any resource.
    """

    internal = KMSInternalException

    def __init__(
        self, database: Database, verifier: Verifier, authorizer: Authorizer | None = None
    ) -> None:
        super().__init__()
        self._database = database
        self._verify = verifier.verify
        self._authorizer = authorizer

    async def _operate(self, request: Request) -> Answer:
        name = request.headers[b"x-amz-target"].decode("latin-1").removeprefix(f"{PREFIX}.")
        operation = _operation(name)
        if self._authorizer is not None:
            await self._authorizer.store.refresh()
        else:
            refuse_web_pages(request, "Keys cannot be used from web pages.")
        identity = self._verify(request)
        if self._authorizer is not None:
            self._authorizer.check_other(request, identity, f"kms:{name}", "*", {})
        try:
            parsed = orjson.loads(request.content)
        except orjson.JSONDecodeError:
            raise SerializationException from None
        body = await operation(self._database, key_checker_for(name)(parsed))
        return Answer(200, body if isinstance(body, bytes) else orjson.dumps(body), _JSON)

    def _refuse(self, error: ServiceError, _request: Request) -> Answer:
        return Answer(error.status, orjson.dumps(error.body()), _JSON)


def _operation(name: str) -> Operation:
    operations = importlib.import_module("jedlik.operations.kms.registry").OPERATIONS
    operation: Operation | None = operations.get(name)
    if operation is None:
        raise UnknownOperationException(
            f"{name} is not available in this version of Jedlik; see docs/differences.md"
        )
    return operation
