"""The key service (AWS KMS's API): authenticate, find the operation, validate, operate, answer.

These are requests of tools and of clients that need a key now and then, and no load, so each gets a
task of its own. The operations, and the cryptography beneath them, are loaded at the first one.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
from typing import TYPE_CHECKING, Final

import orjson

from jedlik.base.errors import (
    SerializationException,
    ServiceError,
    UnknownOperationException,
)
from jedlik.base.key_errors import KMSInternalException
from jedlik.database.database import Database
from jedlik.service.exchange import Answer, Reply, Request
from jedlik.service.service import Verifier
from jedlik.storage.failures import StorageFailure
from jedlik.validation.keys import PREFIX, key_checker_for

if TYPE_CHECKING:
    from jedlik.operations.operation import Operation
    from jedlik.service.access.authorizer import Authorizer

log = logging.getLogger(__name__)

SCOPE: Final = "kms"
"""The service that signatures must be scoped to."""
_JSON: Final = b"application/x-amz-json-1.1"


class KeyService:
    """Answers requests of the key service out of one database.

    Without an `authorizer` everybody may do anything. With one, policies decide on `kms:` and the
    operation's name, on any resource.
    """

    def __init__(
        self, database: Database, verifier: Verifier, authorizer: Authorizer | None = None
    ) -> None:
        self._database = database
        self._verify = verifier.verify
        self._authorizer = authorizer
        self._tasks: set[asyncio.Task[None]] = set()

    def submit(self, request: Request, reply: Reply) -> None:
        """Answer `request` by calling `reply` once, later."""
        task = asyncio.get_running_loop().create_task(self._answer(request, reply))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, request: Request, reply: Reply) -> None:
        try:
            answer = await self._operate(request)
        except Exception as error:
            answer = _failure(error, request)
        reply(answer)

    async def _operate(self, request: Request) -> Answer:
        name = request.headers[b"x-amz-target"].decode("latin-1").removeprefix(f"{PREFIX}.")
        operation = _operation(name)
        if self._authorizer is not None:
            await self._authorizer.store.refresh()
        identity = self._verify(request)
        if self._authorizer is not None:
            self._authorizer.check_other(request, identity, f"kms:{name}", "*", {})
        try:
            parsed = orjson.loads(request.content)
        except orjson.JSONDecodeError:
            raise SerializationException from None
        body = await operation(self._database, key_checker_for(name)(parsed))
        return Answer(200, body if isinstance(body, bytes) else orjson.dumps(body), _JSON)


def _operation(name: str) -> Operation:
    operations = importlib.import_module("jedlik.operations.kms.registry").OPERATIONS
    operation: Operation | None = operations.get(name)
    if operation is None:
        raise UnknownOperationException(
            f"{name} is not available in this version of Jedlik; see docs/differences.md"
        )
    return operation


def _failure(error: Exception, request: Request) -> Answer:
    if isinstance(error, StorageFailure):
        log.error("request %s: storage failed: %s", request.request_id.decode(), error)
        error = KMSInternalException()
    elif not isinstance(error, ServiceError):
        log.error("request %s failed", request.request_id.decode(), exc_info=error)
        error = KMSInternalException()
    return Answer(error.status, orjson.dumps(error.body()), _JSON)
