"""The account as a whole: how many identities it has, and who has which policies."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final
from urllib.parse import quote

from jedlik.gateway.query_protocol import Entries
from jedlik.services.iam import errors
from jedlik.services.iam.managed_policies import TEXTS
from jedlik.services.iam.model import Group, Holder, Role, User
from jedlik.services.iam.operations import access_keys, holders, policies, quotas, roles, shapes
from jedlik.services.iam.operations.call import Answer, IdentityCall

_LIMITS: Final = {kind.word: kind.limit for kind in holders.KINDS}


def get_account_summary(call: IdentityCall) -> Answer:
    """GetAccountSummary: the numbers of identities, and quotas."""
    now = call.identities
    summary = {
        "Users": len(now.users),
        "Groups": len(now.groups),
        "Roles": len(now.roles),
        "Policies": len(now.policies),
        "PolicyVersionsInUse": sum(len(each.versions) for each in now.policies.values()),
        **{f"{of}Quota": most for of, most in quotas.IN_ACCOUNT.items()},
        "GroupsPerUserQuota": quotas.GROUPS_OF_A_USER,
        "AccessKeysPerUserQuota": access_keys.MAX_KEYS,
        "AssumeRolePolicySizeQuota": roles.MAX_TRUST,
        "PolicySizeQuota": policies.MAX_SIZE,
        "VersionsPerPolicyQuota": policies.MAX_VERSIONS,
        **{f"{word}PolicySizeQuota": limit for word, limit in _LIMITS.items()},
        **{f"AttachedPoliciesPer{word}Quota": holders.MAX_ATTACHED for word in _LIMITS},
        **dict.fromkeys(_NONE, 0),
        **_UNUSED,
    }
    return {"SummaryMap": Entries(summary)}


_NONE: Final = (
    "AccountAccessKeysPresent", "AccountMFAEnabled", "AccountPasswordPresent",
    "AccountSigningCertificatesPresent", "InstanceProfiles", "MFADevices", "MFADevicesInUse",
    "Providers", "ServerCertificates",
)  # fmt: skip
"""What accounts here cannot have (see `absent`)."""

_UNUSED: Final = {
    "GlobalEndpointTokenVersion": 2,
    "InstanceProfilesQuota": 1000,
    "PolicyVersionsInUseQuota": 10_000,
    "ServerCertificatesQuota": 20,
    "SigningCertificatesPerUserQuota": 2,
}
"""The service's defaults for what has no effect here: audit tools expect every member. Tokens of
version 2 are valid in all regions."""


def get_account_authorization_details(call: IdentityCall) -> Answer:
    """GetAccountAuthorizationDetails: all identities with their policies, a page over all kinds."""
    wanted = call.listed("Filter") or list(_DETAILS)
    for each in wanted:
        if each not in _DETAILS:
            raise errors.ValidationError(
                f"1 validation error detected: Value '[{each}]' at 'filter' failed to satisfy "
                "constraint: Member must satisfy enum value set: "
                "[User, Role, Group, LocalManagedPolicy, AWSManagedPolicy]"
            )
    rows = [
        (f"{kind}/{name}", _DETAILS[kind][0], show)
        for kind in dict.fromkeys(wanted)
        for name, show in _DETAILS[kind][1](call)
    ]
    page = call.page("Rows", rows, lambda row: (row[1], row[2]()), lambda row: row[0])
    found: Answer = {member: [] for member, _ in _DETAILS.values()}
    for member, detail in page.pop("Rows"):
        found[member].append(detail)
    return {**found, **page}


_Rows = Iterable[tuple[str, Callable[[], Answer]]]
"""Names, which order the pages, and functions that return each entity's details."""


def _users(call: IdentityCall) -> _Rows:
    return [(each.name, partial(_user, call, each)) for each in call.identities.users.values()]


def _groups(call: IdentityCall) -> _Rows:
    return [(each.name, partial(_group, call, each)) for each in call.identities.groups.values()]


def _roles(call: IdentityCall) -> _Rows:
    return [(each.name, partial(_role, call, each)) for each in call.identities.roles.values()]


def _local_policies(call: IdentityCall) -> _Rows:
    local = call.identities.policies.values()
    return [(each.name, partial(policies.details, call, each)) for each in local]


def _aws_policies(call: IdentityCall) -> _Rows:
    return [(arn, partial(policies.aws_details, call, arn)) for arn in TEXTS]


_DETAILS: Final[dict[str, tuple[str, Callable[[IdentityCall], _Rows]]]] = {
    "User": ("UserDetailList", _users),
    "Group": ("GroupDetailList", _groups),
    "Role": ("RoleDetailList", _roles),
    "LocalManagedPolicy": ("Policies", _local_policies),
    "AWSManagedPolicy": ("Policies", _aws_policies),
}
"""The member of the answer, and its contents, by the values of Filter."""


def _policies_of(holder: Holder, word: str) -> dict[str, Any]:
    inline = [
        {"PolicyName": name, "PolicyDocument": quote(text, safe="~")}
        for name, text in holder.inline.items()
    ]
    attached = list(map(holders.attached_policy, holder.attached))
    return {f"{word}PolicyList": inline, "AttachedManagedPolicies": attached}


def _user(call: IdentityCall, user: User) -> Answer:
    groups = [group.name for group in call.identities.groups_of(user.name)]
    return {**shapes.user(call, user), "GroupList": groups, **_policies_of(user, "User")}


def _group(call: IdentityCall, group: Group) -> Answer:
    return {**shapes.group(call, group), **_policies_of(group, "Group")}


def _role(call: IdentityCall, role: Role) -> Answer:
    shown = shapes.role(call, role)
    for not_here in ("Description", "MaxSessionDuration"):
        shown.pop(not_here, None)
    return {**shown, "InstanceProfileList": [], **_policies_of(role, "Role")}
