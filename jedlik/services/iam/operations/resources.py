"""The resources of an action of IAM or STS: their ARNs, which policies name, and how errors show
them.

Errors show what an action creates or simulates, and the path of a list, by ARNs; any other user,
group or role by its name; and a policy by what the request names it: "role Admin", "policy Audit",
"policy arn:aws:iam::..." (answers of the service in public repositories).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple

from jedlik.services.iam.authorization import principals
from jedlik.services.iam.operations import security_tokens
from jedlik.services.iam.operations.call import IdentityCall
from jedlik.services.iam.operations.condition_keys import OF_CALLER
from jedlik.services.iam.store import Identities


class Resource(NamedTuple):
    """A resource of an action. `shown` is how errors show it."""

    arn: str
    shown: str


class _Kind(NamedTuple):
    """Users, groups or roles: the parameter that names one, and their ARNs."""

    word: str
    parameter: str
    records: Callable[[Identities], Mapping[str, Any]]
    arn_of: Callable[[Any, str], str]


_KINDS: Final = (
    # The resource of AddUserToGroup and RemoveUserFromGroup is the group.
    _Kind("group", "GroupName", lambda now: now.groups, principals.group_arn),
    _Kind("role", "RoleName", lambda now: now.roles, principals.role_arn),
    _Kind("user", "UserName", lambda now: now.users, principals.user_arn),
)
_CREATED: Final = frozenset(("CreateGroup", "CreateRole", "CreateUser"))
_LISTED: Final = {
    "ListGroups": "group",
    "ListInstanceProfiles": "instance-profile",
    "ListRoles": "role",
    "ListUsers": "user",
}
"""Lists below a path, which is their resource."""


def resources_of(call: IdentityCall) -> Iterator[Resource]:
    """What an action has to be allowed on: its resource, and the resource under its new ARN if it
    is renamed or moved (IAM API reference, "UpdateUser", "UpdateGroup")."""
    yield _resource_of(call)
    parameters, identities = call.parameters, call.identities
    path = parameters.get("NewPath")
    if call.action == "UpdateUser":
        name = parameters.get("NewUserName")
        user = identities.users.get(str(parameters.get("UserName")).lower())
        if user is not None and (name or path):
            user = replace(user, name=str(name or user.name), path=str(path or user.path))
            yield _by_arn(principals.user_arn(user, call.account))
    elif call.action == "UpdateGroup":
        name = parameters.get("NewGroupName")
        group = identities.groups.get(str(parameters.get("GroupName")).lower())
        if group is not None and (name or path):
            group = replace(group, name=str(name or group.name), path=str(path or group.path))
            yield _by_arn(principals.group_arn(group, call.account))


def _resource_of(call: IdentityCall) -> Resource:
    """An action's resource; `*` if that is all resources."""
    parameters, identities, account = call.parameters, call.identities, call.account
    if call.action in _LISTED:
        prefix = call.optional("PathPrefix") or "/"
        return _by_arn(f"arn:aws:iam::{account}:{_LISTED[call.action]}{prefix}")
    if call.action == "ListPolicies":
        return Resource("*", f"policy path {call.optional('PathPrefix') or '/'}")
    if parameters.get("PolicyArn") and not any(parameters.get(each.parameter) for each in _KINDS):
        arn = str(parameters["PolicyArn"])
        return Resource(arn, f"policy {arn}")
    if parameters.get("PolicySourceArn"):
        source = str(parameters["PolicySourceArn"])
        return _by_arn(principals.own_role_arn(identities, source, account))
    if call.action == "GetFederationToken":
        return _by_arn(security_tokens.federated_arn(call))
    if call.action == "AssumeRole":
        arn = str(parameters.get("RoleArn") or "*")
        assumed = principals.find_role(identities, arn)
        return _by_arn(arn if assumed is None else principals.role_arn(assumed, account))
    if call.action == "CreatePolicy":
        return Resource(_new(call, "policy", "PolicyName"), f"policy {call.optional('PolicyName')}")
    return _holder(call) or _by_arn("*")


def _holder(call: IdentityCall) -> Resource | None:
    """The user, group or role that a request names, or the caller if it names no user."""
    for kind in _KINDS:
        name = call.parameters.get(kind.parameter)
        if name:
            record = kind.records(call.identities).get(str(name).lower())
            arn = _new(call, kind.word, kind.parameter)
            if record is not None:
                arn = kind.arn_of(record, call.account)
            return _by_arn(arn) if call.action in _CREATED else Resource(arn, f"{kind.word} {name}")
    if call.action not in OF_CALLER or call.principal is None:
        return None
    arn, name = call.principal.caller.arn, call.principal.user_name
    return _by_arn(arn) if name is None else Resource(arn, f"user {name}")


def _new(call: IdentityCall, kind: str, member: str) -> str:
    path = call.optional("Path", "/") or "/"
    return f"arn:aws:iam::{call.account}:{kind}{path}{call.optional(member)}"


def _by_arn(arn: str) -> Resource:
    return Resource(arn, arn)
