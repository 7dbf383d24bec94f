"""DAX's control API: authenticate, find the operation, validate, authorize, operate, answer.

This module and the operations are loaded at the first request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jedlik.gateway.json_pipeline import JsonPipeline
from jedlik.gateway.operation import Payload
from jedlik.gateway.pipeline import Call
from jedlik.gateway.verifier import Verifier
from jedlik.kernel.arns import Arns
from jedlik.services.dax_control.errors import ControlFault
from jedlik.services.dax_control.host import ClusterHost
from jedlik.services.dax_control.inputs import checker_for
from jedlik.services.dax_control.operations.control import Control, cluster_arn
from jedlik.services.dax_control.operations.registry import OPERATIONS
from jedlik.services.dax_control.operations.tags import named_cluster
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.iam.authorization.authorizer import Authorizer
from jedlik.services.iam.authorization.principals import own_role_arn
from jedlik.services.iam.authorization.requests import AuthorizationRequest

if TYPE_CHECKING:
    from jedlik.gateway.audit.trail import Trail


SERVICE: Final = "dax.amazonaws.com"
"""DAX's name as a principal in policies."""


class ControlService(JsonPipeline[Control, Authorizer]):
    """Answers requests of the control API. Without an `authorizer` everything is allowed."""

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
        """Check the action on each named cluster, or on `*`, and the permission to pass a role to a
        cluster."""
        authorizer, payload = self._authorizer, call.payload
        if authorizer is not None:
            action = f"dax:{call.operation}"
            facts = AuthorizationRequest.of_call(payload, call.request, authorizer.arns.region)
            for resource in _resources(authorizer.arns, payload):
                shown = "" if resource == "*" else None  # not shown by the service (answers)
                authorizer.check_action(call.identity, action, resource, facts, shown=shown)
                if payload.get("IamRoleArn") is not None:
                    _check_role(authorizer, call, resource)
        return payload


def _resources(arns: Arns, payload: Payload) -> list[str]:
    """The ARNs of a request's resources; the wildcard ARN if it names no cluster."""
    resource = payload.get("ResourceName")
    if resource is not None:
        name = named_cluster(resource)
        return [resource if name is None else cluster_arn(arns, name)]
    own = payload.get("ClusterName")
    named = payload.get("ClusterNames") if own is None else [own]
    return [cluster_arn(arns, name) for name in named or ()] or ["*"]


def _check_role(authorizer: Authorizer, call: Call[str], cluster: str) -> None:
    """Raise AccessDeniedException unless the caller may pass the role to the cluster with that ARN,
    whatever the account of the role's ARN."""
    account = authorizer.arns.account
    arn = own_role_arn(authorizer.store.now, call.payload["IamRoleArn"], account)
    keys = {"iam:passedtoservice": (SERVICE,), "iam:associatedresourcearn": (cluster,)}
    region = authorizer.arns.region
    facts = AuthorizationRequest.of_call(call.payload, call.request, region, keys=keys)
    authorizer.check_action(call.identity, "iam:PassRole", arn, facts)
