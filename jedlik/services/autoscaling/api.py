"""The Application Auto Scaling API: authenticate, find the operation, check, authorize, operate.

This module and the operations are loaded at the first request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from jedlik.base.errors import (
    SerializationException,
    UnknownOperationException,
    ValidationException,
)
from jedlik.gateway.exchange import Answer, Request
from jedlik.gateway.known_errors import known_error
from jedlik.gateway.operation import Payload
from jedlik.gateway.pipeline import Call, Pipeline
from jedlik.gateway.protocols import AMZ_JSON_1_1
from jedlik.gateway.verifier import Verifier
from jedlik.services.autoscaling.errors import InternalServiceException, ScalingValidationException
from jedlik.services.autoscaling.inputs import PREFIX, checker_for
from jedlik.services.autoscaling.operations.registry import OPERATIONS
from jedlik.services.autoscaling.permissions import required_permission
from jedlik.services.dynamodb.tables.database import Database

if TYPE_CHECKING:
    from jedlik.gateway.audit.trail import Trail
    from jedlik.services.dynamodb.api.authorizer import TableAuthorizer


class ScalingService(Pipeline[str]):
    """Answers requests of auto scaling out of one database.

    Without an `authorizer` everybody may do anything.
    """

    browser_refusal = "Capacity cannot be scaled from web pages."

    def __init__(
        self,
        database: Database,
        verifier: Verifier,
        authorizer: TableAuthorizer | None = None,
        trail: Trail | None = None,
    ) -> None:
        super().__init__(None if authorizer is None else authorizer.store.refresh, trail)
        self._database = database
        self._verifier = verifier
        self._authorizer = authorizer

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
        try:
            return checker_for(operation)(parsed)
        except ValidationException as error:
            raise ScalingValidationException(error.message) from None

    async def authorize(self, call: Call[str]) -> Payload:
        if self._authorizer is not None:
            permission = await required_permission(self._database, call.operation, call.payload)
            await self._authorizer.check(call.request, call.identity, [permission], call.payload)
        return call.payload

    async def operate(self, call: Call[str]) -> Answer:
        answer = await OPERATIONS[call.operation](self._database, call.payload)
        return Answer(200, orjson.dumps(answer), AMZ_JSON_1_1)

    def refusal(self, error: Exception, request: Request) -> Answer:
        known = known_error(error, request, InternalServiceException)
        return Answer(known.status, orjson.dumps(known.body()), AMZ_JSON_1_1)
