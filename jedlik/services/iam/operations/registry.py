"""All actions of the IAM and STS APIs, and the permissions of each.

Service Authorization Reference, "Actions, resources, and condition keys for AWS Identity and Access
Management". `resource` is the parameter that names an action's resource, and its kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from jedlik.services.iam.authorization import principals
from jedlik.services.iam.operations import (
    absent,
    access_keys,
    account,
    groups,
    holders,
    policies,
    roles,
    security_tokens,
    simulation,
    tagging,
    users,
)
from jedlik.services.iam.operations.call import Action, IdentityCall
from jedlik.services.iam.operations.condition_keys import OF_CALLER

IAM: Final = "iam"
STS: Final = "sts"
VERSIONS: Final = {"2010-05-08": IAM, "2011-06-15": STS}
NAMESPACES: Final = {
    IAM: "https://iam.amazonaws.com/doc/2010-05-08/",
    STS: "https://sts.amazonaws.com/doc/2011-06-15/",
}


class Entry(NamedTuple):
    """One action. `free`: it needs no permission; `seals`: it needs the seal; `uses`: it needs the
    last use of the key AccessKeyId."""

    action: Action
    service: str
    free: bool = False
    seals: bool = False
    uses: bool = False


_PLAIN: Final[tuple[Action, ...]] = (
    access_keys.delete_access_key, access_keys.list_access_keys, access_keys.update_access_key,
    account.get_account_authorization_details, account.get_account_summary,
    groups.add_user_to_group, groups.create_group, groups.delete_group, groups.get_group,
    groups.list_groups, groups.list_groups_for_user, groups.remove_user_from_group,
    groups.update_group, policies.create_policy, policies.create_policy_version,
    policies.delete_policy, policies.delete_policy_version, policies.get_policy,
    policies.get_policy_version, policies.list_entities_for_policy, policies.list_policies,
    policies.list_policy_versions, policies.set_default_policy_version, roles.create_role,
    roles.delete_role, roles.delete_role_permissions_boundary, roles.get_role,
    roles.list_instance_profiles_for_role, roles.list_roles, roles.put_role_permissions_boundary,
    roles.update_assume_role_policy, roles.update_role, roles.update_role_description,
    simulation.get_context_keys_for_custom_policy, simulation.get_context_keys_for_principal_policy,
    simulation.simulate_custom_policy, simulation.simulate_principal_policy, users.create_user,
    users.delete_user, users.delete_user_permissions_boundary, users.get_user, users.list_users,
    users.put_user_permissions_boundary,
)  # fmt: skip


def _name(action: Action) -> str:
    return "".join(word.capitalize() for word in action.__name__.split("_"))


ENTRIES: Final[dict[str, Entry]] = {
    **{_name(action): Entry(action, IAM) for action in _PLAIN},
    **{name: Entry(action, IAM) for name, action in holders.ACTIONS.items()},
    **{name: Entry(action, IAM) for name, action in tagging.ACTIONS.items()},
    **{name: Entry(action, IAM) for name, action in absent.ACTIONS.items()},
    "CreateAccessKey": Entry(access_keys.create_access_key, IAM, seals=True),
    "GetAccessKeyLastUsed": Entry(access_keys.get_access_key_last_used, IAM, uses=True),
    "UpdateUser": Entry(users.update_user, IAM, seals=True),
    "AssumeRole": Entry(security_tokens.assume_role, STS, seals=True),
    "GetSessionToken": Entry(security_tokens.get_session_token, STS, free=True, seals=True),
    "GetFederationToken": Entry(security_tokens.get_federation_token, STS, seals=True),
    "GetCallerIdentity": Entry(security_tokens.get_caller_identity, STS, free=True),
}


_TAGGED_AS_MADE: Final = {
    "CreatePolicy": "iam:TagPolicy", "CreateRole": "iam:TagRole", "CreateUser": "iam:TagUser",
}  # fmt: skip


def actions_of(call: IdentityCall, service: str) -> Iterator[str]:
    """The actions that have to be allowed: passing session tags, or tags of a new user or role,
    needs another permission, since policies can depend on these tags (IAM user guide, "Permissions
    required to add session tags", "Tags for IAM resources")."""
    yield f"{service}:{call.action}"
    if call.parameters.get("Tags"):
        if service == STS:
            yield "sts:TagSession"
        elif call.action in _TAGGED_AS_MADE:
            yield _TAGGED_AS_MADE[call.action]


def resources_of(call: IdentityCall) -> Iterator[str]:
    """The ARNs that an action has to be allowed on: its resource, and the resource's new ARN if it
    is renamed or moved (IAM API reference, "UpdateUser", "UpdateGroup")."""
    yield resource_of(call)
    parameters, identities = call.parameters, call.identities
    path = parameters.get("NewPath")
    if call.action == "UpdateUser":
        name = parameters.get("NewUserName")
        user = identities.users.get(str(parameters.get("UserName")).lower())
        if user is not None and (name or path):
            user = replace(user, name=str(name or user.name), path=str(path or user.path))
            yield principals.user_arn(user, call.account)
    elif call.action == "UpdateGroup":
        name = parameters.get("NewGroupName")
        group = identities.groups.get(str(parameters.get("GroupName")).lower())
        if group is not None and (name or path):
            group = replace(group, name=str(name or group.name), path=str(path or group.path))
            yield principals.group_arn(group, call.account)


def resource_of(call: IdentityCall) -> str:
    """The ARN of an action's resource; `*` if that is all resources."""
    parameters, identities, account = call.parameters, call.identities, call.account
    if parameters.get("PolicyArn") and not any(
        parameters.get(f"{kind}Name") for kind in ("User", "Group", "Role")
    ):
        return str(parameters["PolicyArn"])
    if parameters.get("PolicySourceArn"):
        return principals.own_role_arn(identities, str(parameters["PolicySourceArn"]), account)
    if call.action == "GetFederationToken":
        return security_tokens.federated_arn(call)
    if call.action == "AssumeRole":
        arn = str(parameters.get("RoleArn") or "*")
        assumed = principals.find_role(identities, arn)
        return arn if assumed is None else principals.role_arn(assumed, account)
    if call.action == "CreatePolicy":
        return _new(call, "policy", "PolicyName")
    # The resource of AddUserToGroup and RemoveUserFromGroup is the group.
    if parameters.get("GroupName"):
        group = identities.groups.get(str(parameters["GroupName"]).lower())
        return (
            _new(call, "group", "GroupName")
            if group is None
            else principals.group_arn(group, account)
        )
    if parameters.get("RoleName"):
        role = identities.roles.get(str(parameters["RoleName"]).lower())
        return (
            _new(call, "role", "RoleName") if role is None else principals.role_arn(role, account)
        )
    name = parameters.get("UserName")
    if not name and call.action in OF_CALLER and call.principal is not None:
        return call.principal.caller.arn
    if name:
        user = identities.users.get(str(name).lower())
        return (
            _new(call, "user", "UserName") if user is None else principals.user_arn(user, account)
        )
    return "*"


def _new(call: IdentityCall, kind: str, member: str) -> str:
    path = call.optional("Path", "/") or "/"
    return f"arn:aws:iam::{call.account}:{kind}{path}{call.optional(member)}"
