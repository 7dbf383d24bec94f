"""Roles that services assume for their resources: functions, clusters.

The role's trust policy has to allow the service to assume it; the resource's ARN is `aws:SourceArn`
(IAM user guide, "AWS service principals").
"""

from __future__ import annotations

from jedlik.auth.policy.evaluate import TRUST, Layers, Plan
from jedlik.auth.policy.principals import Caller
from jedlik.kernel.arns import Arns
from jedlik.services.iam.authorization.condition_keys import date_text
from jedlik.services.iam.authorization.principals import compiled, find_role, role_arn
from jedlik.services.iam.model import Role
from jedlik.services.iam.store import Identities


def assumable_role(
    identities: Identities, arns: Arns, now: float, arn: str, service: str, resource: str
) -> Role | None:
    """The role with that ARN, if it exists and `service`, such as lambda.amazonaws.com, may assume
    it for the resource with that ARN. Sessions are named after the end of the resource's ARN."""
    role = find_role(identities, arn)
    if role is None:
        return None
    facts = {
        "aws:currenttime": (date_text(now),),
        "aws:epochtime": (str(int(now)),),
        "aws:principalisawsservice": ("true",),
        "aws:principalservicename": (service,),
        "aws:requestedregion": (arns.region,),
        "aws:securetransport": ("true",),
        "aws:sourceaccount": (arns.account,),
        "aws:sourcearn": (resource,),
        "sts:rolesessionname": (session_name(resource),),
    }
    layers = Layers(resource=compiled(role.trust, trust=True), consent=TRUST)
    caller = Caller(service, "", service=service)
    plan = Plan(layers, "sts:AssumeRole", role_arn(role, arns.account), caller)
    return role if plan.decide(facts.get).allowed else None


def session_name(resource: str) -> str:
    """The name of a session for a resource: the last part of its ARN."""
    return resource.rpartition(":")[2].rpartition("/")[2]
