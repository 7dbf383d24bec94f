"""The error for a caller without permission."""

from __future__ import annotations

from jedlik.base.errors import AccessDeniedException
from jedlik.services.iam.authorization.principals import Principal


def denied(principal: Principal, action: str, resource: str, reason: str) -> AccessDeniedException:
    """The error, in the service's words (IAM user guide, "Troubleshoot access denied error
    messages"). `resource` is empty if it is not shown."""
    return denied_at(principal, action, f"on resource: {resource} " if resource else "", reason)


def denied_at(principal: Principal, action: str, place: str, reason: str) -> AccessDeniedException:
    """The error if the resource is shown in other words, `place`, which end with a space."""
    return AccessDeniedException(
        f"User: {principal.caller.arn} is not authorized to perform: {action} {place}{reason}"
    )
