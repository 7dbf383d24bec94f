"""The Application Auto Scaling API: authenticate, find the operation, check, authorize, operate.

This module and the operations are loaded at the first request.
"""

from __future__ import annotations

from typing import Any

from jedlik.base.errors import ValidationException
from jedlik.gateway.json_pipeline import JsonPipeline
from jedlik.gateway.operation import Payload
from jedlik.gateway.pipeline import Call
from jedlik.services.autoscaling.errors import InternalServiceException, ScalingValidationException
from jedlik.services.autoscaling.inputs import checker_for
from jedlik.services.autoscaling.operations.registry import OPERATIONS
from jedlik.services.autoscaling.permissions import required_permissions
from jedlik.services.dynamodb.api.authorizer import TableAuthorizer
from jedlik.services.dynamodb.database.database import Database


class ScalingService(JsonPipeline[Database, TableAuthorizer]):
    """Answers requests of auto scaling from one database.

    Without an `authorizer` everything is allowed.
    """

    browser_refusal = "Capacity cannot be scaled from web pages."
    operations = OPERATIONS
    internal = InternalServiceException

    def check(self, operation: str, parsed: Any) -> Payload:
        try:
            return checker_for(operation)(parsed)
        except ValidationException as error:
            raise ScalingValidationException(error.message) from None

    async def authorize(self, call: Call[str]) -> Payload:
        if self._authorizer is not None:
            permissions = await required_permissions(self._subject, call.operation, call.payload)
            await self._authorizer.check(call.request, call.identity, permissions, call.payload)
        return call.payload
