"""The layers of policies that apply to a request of a principal."""

from __future__ import annotations

from jedlik.auth.policy.compile import Policy
from jedlik.auth.policy.evaluate import Layers
from jedlik.gateway.exchange import AccessPoint
from jedlik.services.iam.authorization.principals import Principal


def layers_of(
    principal: Principal, point: AccessPoint | None, resource: Policy | None, consent: str = ""
) -> Layers:
    """The layers for a request through an access point or none; `resource` is the policy of its
    resource, `consent` as in `Layers`."""
    return Layers(
        principal.policies,
        resource,
        principal.boundary,
        principal.session_policies,
        None if point is None else point.policies,
        consent,
    )
