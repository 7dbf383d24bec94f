"""DAX's control API: authenticate, find the operation, validate, authorize, operate, answer.

This module and the operations are loaded at the first request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jedlik.gateway.json_pipeline import JsonPipeline
from jedlik.gateway.operation import Payload
from jedlik.gateway.pipeline import Call
from jedlik.gateway.verifier import Verifier
from jedlik.services.dax_control.errors import ControlFault
from jedlik.services.dax_control.host import ClusterHost
from jedlik.services.dax_control.inputs import checker_for
from jedlik.services.dax_control.operations.control import Control, cluster_arn
from jedlik.services.dax_control.operations.registry import OPERATIONS
from jedlik.services.dynamodb.tables.database import Database
from jedlik.services.iam.authorization.authorizer import Authorizer

if TYPE_CHECKING:
    from jedlik.gateway.audit.trail import Trail


class ControlService(JsonPipeline[Control, Authorizer]):
    """Answers requests of the control API. Without an `authorizer` everybody may do anything."""

    browser_refusal = "Clusters cannot be managed from web pages."
    operations = OPERATIONS
    internal = ControlFault

    def __init__(
        self,
        database: Database,
        host: ClusterHost,
        verifier: Verifier,
        authorizer: Authorizer | None = None,
        trail: Trail | None = None,
    ) -> None:
        super().__init__(Control(database, host), verifier, authorizer, trail)

    def check(self, operation: str, parsed: Any) -> Payload:
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
