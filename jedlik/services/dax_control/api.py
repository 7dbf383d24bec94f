"""DAX's control API: authenticate, find the operation, validate, authorize, operate, answer.

This module and the operations are loaded at the first request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from jedlik.base.errors import SerializationException, UnknownOperationException
from jedlik.gateway.exchange import Answer, Request
from jedlik.gateway.known_errors import known_error
from jedlik.gateway.operation import Payload
from jedlik.gateway.pipeline import Call, Pipeline
from jedlik.gateway.protocols import AMZ_JSON_1_1
from jedlik.gateway.verifier import Verifier
from jedlik.services.dax_control.errors import ControlFault
from jedlik.services.dax_control.host import ClusterHost
from jedlik.services.dax_control.inputs import PREFIX, checker_for
from jedlik.services.dax_control.operations.control import Control, cluster_arn
from jedlik.services.dax_control.operations.registry import OPERATIONS
from jedlik.services.dynamodb.tables.database import Database

if TYPE_CHECKING:
    from jedlik.gateway.audit.trail import Trail
    from jedlik.services.iam.authorization.authorizer import Authorizer


class ControlService(Pipeline[str]):
    """Answers requests of the control API. Without an `authorizer` everybody may do anything."""

    browser_refusal = "Clusters cannot be managed from web pages."

    def __init__(
        self,
        database: Database,
        host: ClusterHost,
        verifier: Verifier,
        authorizer: Authorizer | None = None,
        trail: Trail | None = None,
    ) -> None:
        super().__init__(None if authorizer is None else authorizer.store.refresh, trail)
        self._control = Control(database, host)
        self._verifier = verifier
        self._authorizer = authorizer

    def verifier(self, _request: Request) -> Verifier:
        return self._verifier

    def find(self, request: Request) -> str:
        name = request.headers[b"x-amz-target"].decode("latin-1").removeprefix(f"{PREFIX}.")
        if name not in OPERATIONS:
            raise UnknownOperationException
        return name

    def read(self, operation: str, request: Request) -> Payload:
        try:
            parsed = orjson.loads(request.content)
        except orjson.JSONDecodeError:
            raise SerializationException from None
        return checker_for(operation)(parsed)

    async def authorize(self, call: Call[str]) -> Payload:
        """Ask for the action on the cluster that is named or on anything, and where a role is
        handed to a cluster, whether that may be done."""
        authorizer, payload = self._authorizer, call.payload
        if authorizer is not None:
            name = payload.get("ClusterName")
            resource = "*" if name is None else cluster_arn(authorizer.names, name)
            if "ResourceName" in payload:
                resource = payload["ResourceName"]
            action = f"dax:{call.operation}"
            authorizer.check_action(call.request, call.identity, action, resource, payload)
            role = payload.get("IamRoleArn")
            if role is not None:
                authorizer.check_action(call.request, call.identity, "iam:PassRole", role, payload)
        return payload

    async def operate(self, call: Call[str]) -> Answer:
        body = await OPERATIONS[call.operation](self._control, call.payload)
        return Answer(200, orjson.dumps(body), AMZ_JSON_1_1)

    def refusal(self, error: Exception, request: Request) -> Answer:
        known = known_error(error, request, ControlFault)
        return Answer(known.status, orjson.dumps(known.body()), AMZ_JSON_1_1)
