"""The condition keys of IAM's and STS's actions, and their values.

Service Authorization Reference, "Actions, resources, and condition keys for AWS Identity and Access
Management (IAM)" and "... for AWS Security Token Service"; for the meaning of keys, IAM user guide,
"IAM and AWS STS condition context keys". `DECLARED` is the reference's table for the implemented
actions; the tags of a request and of the caller, which are global condition keys, come from
`authorization.condition_keys`.

| Resource | Has |
|---|---|
| user, role | aws:ResourceTag/..., iam:ResourceTag/... |
| policy | aws:ResourceTag/... |
| group | nothing |

iam:PermissionsBoundary is the boundary of a user or role; for actions that set one it is the new
boundary.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from jedlik.auth.policy.facts import Values, by_lower_key
from jedlik.services.iam.authorization.principals import (
    find_policy,
    find_role,
    group_arn,
    user_arn,
)
from jedlik.services.iam.model import Group, ManagedPolicy, Role, User
from jedlik.services.iam.operations.call import IdentityCall

POLICY_ARN: Final = "iam:policyarn"
BOUNDARY: Final = "iam:permissionsboundary"
REQUEST_TAGS: Final = "aws:requesttag/"
TAG_KEYS: Final = "aws:tagkeys"
EXTERNAL_ID: Final = "sts:externalid"
SESSION_NAME: Final = "sts:rolesessionname"

_NEW_TAG_KEYS: Final = frozenset((REQUEST_TAGS, TAG_KEYS))
_ATTACHMENT_KEYS: Final = frozenset((POLICY_ARN, BOUNDARY))
_BOUNDARY_KEYS: Final = frozenset((BOUNDARY,))

DECLARED: Final[Mapping[str, frozenset[str]]] = {
    "AssumeRole": frozenset((*_NEW_TAG_KEYS, EXTERNAL_ID, SESSION_NAME)),
    "AttachGroupPolicy": frozenset((POLICY_ARN,)),
    "AttachRolePolicy": _ATTACHMENT_KEYS,
    "AttachUserPolicy": _ATTACHMENT_KEYS,
    "CreatePolicy": _NEW_TAG_KEYS,
    "CreateRole": _NEW_TAG_KEYS | _BOUNDARY_KEYS,
    "CreateUser": _NEW_TAG_KEYS | _BOUNDARY_KEYS,
    "DeleteRolePermissionsBoundary": _BOUNDARY_KEYS,
    "DeleteRolePolicy": _BOUNDARY_KEYS,
    "DeleteUserPermissionsBoundary": _BOUNDARY_KEYS,
    "DeleteUserPolicy": _BOUNDARY_KEYS,
    "DetachGroupPolicy": frozenset((POLICY_ARN,)),
    "DetachRolePolicy": _ATTACHMENT_KEYS,
    "DetachUserPolicy": _ATTACHMENT_KEYS,
    "GetFederationToken": _NEW_TAG_KEYS,
    "PutRolePermissionsBoundary": _BOUNDARY_KEYS,
    "PutRolePolicy": _BOUNDARY_KEYS,
    "PutUserPermissionsBoundary": _BOUNDARY_KEYS,
    "PutUserPolicy": _BOUNDARY_KEYS,
    "TagPolicy": _NEW_TAG_KEYS,
    "TagRole": _NEW_TAG_KEYS,
    "TagUser": _NEW_TAG_KEYS,
    "UntagPolicy": frozenset((TAG_KEYS,)),
    "UntagRole": frozenset((TAG_KEYS,)),
    "UntagUser": frozenset((TAG_KEYS,)),
}
"""The condition keys of each action besides its resource's, in lower case; other actions have none.

sts:TransitiveTagKeys and sts:SourceIdentity are not among them, since AssumeRole refuses these
parameters.
"""

Subject = User | Role | Group | ManagedPolicy
OF_CALLER: Final = frozenset(
    ("CreateAccessKey", "DeleteAccessKey", "GetUser", "ListAccessKeys", "UpdateAccessKey")
)
"""Actions that are about their caller unless they name a user."""


def subject_of(call: IdentityCall) -> Subject | None:
    """The resource of an action, if it exists."""
    parameters, identities = call.parameters, call.identities
    if call.action == "AssumeRole":
        return find_role(identities, call.optional("RoleArn"))
    if parameters.get("GroupName"):  # also of AddUserToGroup and RemoveUserFromGroup
        return identities.groups.get(call.optional("GroupName").lower())
    if parameters.get("RoleName"):
        return identities.roles.get(call.optional("RoleName").lower())
    name = call.optional("UserName")
    if not name and call.action in OF_CALLER and call.principal is not None:
        name = call.principal.user_name or ""
    if name:
        return identities.users.get(name.lower())
    if parameters.get("PolicySourceArn"):
        return _of_arn(call, call.optional("PolicySourceArn"))
    if parameters.get("PolicyArn"):
        return find_policy(identities, call.optional("PolicyArn"), call.account)
    return None


def keys_of(call: IdentityCall) -> dict[str, Values]:
    """The condition keys, in lower case, of the action: those of its table and those of its
    resource."""
    subject = subject_of(call)
    keys = _tags(subject)
    declared = DECLARED.get(call.action, frozenset())
    if POLICY_ARN in declared:
        keys[POLICY_ARN] = (call.optional("PolicyArn"),)
    if BOUNDARY in declared:
        boundary = call.optional("PermissionsBoundary") or getattr(subject, "boundary", None)
        if boundary:
            keys[BOUNDARY] = (boundary,)
    return keys


def _tags(subject: Subject | None) -> dict[str, Values]:
    if subject is None or isinstance(subject, Group):
        return {}
    services = ("aws",) if isinstance(subject, ManagedPolicy) else ("aws", "iam")
    tags = by_lower_key(subject.tags)
    return {f"{name}:resourcetag/{key}": tags[key] for name in services for key in tags}


def _of_arn(call: IdentityCall, arn: str) -> Subject | None:
    role = find_role(call.identities, arn)
    if role is not None:
        return role
    account, name = call.account, arn.rpartition("/")[2].lower()
    user, group = call.identities.users.get(name), call.identities.groups.get(name)
    if user is not None and user_arn(user, account) == arn:
        return user
    return group if group is not None and group_arn(group, account) == arn else None
