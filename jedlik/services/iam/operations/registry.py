"""All actions of the IAM and STS APIs, and the permissions of each.

Service Authorization Reference, "Actions, resources, and condition keys for AWS Identity and Access
Management".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

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

IAM: Final = "iam"
STS: Final = "sts"
VERSIONS: Final = {"2010-05-08": IAM, "2011-06-15": STS}
NAMESPACES: Final = {
    IAM: "https://iam.amazonaws.com/doc/2010-05-08/",
    STS: "https://sts.amazonaws.com/doc/2011-06-15/",
}


class Entry(NamedTuple):
    """One action. `free`: it needs no permission; `seals`: it needs the seal; `uses`: it needs the
    last use of the key AccessKeyId; `long`: it only reads, and may take so long that it is carried
    out in a thread."""

    action: Action
    service: str
    free: bool = False
    seals: bool = False
    uses: bool = False
    long: bool = False


_PLAIN: Final[tuple[Action, ...]] = (
    access_keys.delete_access_key, access_keys.list_access_keys, access_keys.update_access_key,
    account.get_account_summary,
    groups.add_user_to_group, groups.create_group, groups.delete_group, groups.get_group,
    groups.list_groups, groups.list_groups_for_user, groups.remove_user_from_group,
    groups.update_group, policies.create_policy, policies.create_policy_version,
    policies.delete_policy, policies.delete_policy_version, policies.get_policy,
    policies.get_policy_version, policies.list_entities_for_policy, policies.list_policies,
    policies.list_policy_versions, policies.set_default_policy_version, roles.create_role,
    roles.delete_role, roles.delete_role_permissions_boundary, roles.get_role,
    roles.list_instance_profiles_for_role, roles.list_roles, roles.put_role_permissions_boundary,
    roles.update_assume_role_policy, roles.update_role, roles.update_role_description,
    users.create_user, users.delete_user, users.delete_user_permissions_boundary, users.get_user,
    users.list_users, users.put_user_permissions_boundary,
)  # fmt: skip
_LONG: Final[tuple[Action, ...]] = (
    account.get_account_authorization_details,
    simulation.get_context_keys_for_custom_policy, simulation.get_context_keys_for_principal_policy,
    simulation.simulate_custom_policy, simulation.simulate_principal_policy,
)  # fmt: skip


def _name(action: Action) -> str:
    return "".join(word.capitalize() for word in action.__name__.split("_"))


ENTRIES: Final[dict[str, Entry]] = {
    **{_name(action): Entry(action, IAM) for action in _PLAIN},
    **{_name(action): Entry(action, IAM, long=True) for action in _LONG},
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
