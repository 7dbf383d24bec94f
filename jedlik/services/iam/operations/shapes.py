"""The form of identities in answers. Members as in IAM's API reference."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from jedlik.services.iam import model
from jedlik.services.iam.authorization import principals
from jedlik.services.iam.operations.call import IdentityCall

Shown = dict[str, Any]


def moment(seconds: float) -> datetime:
    """A time, from seconds since the epoch."""
    return datetime.fromtimestamp(seconds, UTC)


def tags(of: dict[str, str]) -> list[Shown]:
    """Tags as a list."""
    return [{"Key": key, "Value": value} for key, value in of.items()]


def _boundary(arn: str | None) -> Shown:
    if arn is None:
        return {}
    return {
        "PermissionsBoundary": {
            "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn,
        }
    }  # fmt: skip


def _tags(of: dict[str, str]) -> Shown:
    return {"Tags": tags(of)} if of else {}


def user(call: IdentityCall, of: model.User, *, whole: bool = True) -> Shown:
    """A user; lists omit tags and boundary."""
    shown: Shown = {
        "Path": of.path, "UserName": of.name, "UserId": of.id,
        "Arn": principals.user_arn(of, call.account), "CreateDate": moment(of.created),
    }  # fmt: skip
    return {**shown, **_boundary(of.boundary), **_tags(of.tags)} if whole else shown


def group(call: IdentityCall, of: model.Group) -> Shown:
    """A group."""
    return {
        "Path": of.path, "GroupName": of.name, "GroupId": of.id,
        "Arn": principals.group_arn(of, call.account), "CreateDate": moment(of.created),
    }  # fmt: skip


def new_role(call: IdentityCall, of: model.Role) -> Shown:
    """A role as CreateRole shows it: without description and longest session (answers of the
    service)."""
    return _without(role(call, of), "Description", "MaxSessionDuration", "RoleLastUsed")


def changed_role(call: IdentityCall, of: model.Role) -> Shown:
    """A role as UpdateRoleDescription shows it."""
    return _without(role(call, of), "MaxSessionDuration", "RoleLastUsed")


def new_policy(call: IdentityCall, of: model.ManagedPolicy) -> Shown:
    """A managed policy as CreatePolicy shows it: without description, and without tags if it has
    none (answers of the service)."""
    shown = _without(policy(call, of), "Description")
    return shown if of.tags else _without(shown, "Tags")


def _without(shown: Shown, *members: str) -> Shown:
    return {name: value for name, value in shown.items() if name not in members}


def role(call: IdentityCall, of: model.Role, *, whole: bool = True) -> Shown:
    """A role; lists omit tags, boundary and last use. A role's last use is not recorded."""
    shown: Shown = {
        "Path": of.path, "RoleName": of.name, "RoleId": of.id,
        "Arn": principals.role_arn(of, call.account), "CreateDate": moment(of.created),
        "AssumeRolePolicyDocument": quote(of.trust, safe="~"),
        "MaxSessionDuration": of.longest_session,
    }  # fmt: skip
    if of.description:
        shown["Description"] = of.description
    if not whole:
        return shown
    return {**shown, "RoleLastUsed": {}, **_boundary(of.boundary), **_tags(of.tags)}


def attachments(call: IdentityCall, arn: str) -> int:
    """How many identities a policy is attached to."""
    identities = call.identities
    holders: list[model.Holder] = [
        *identities.users.values(), *identities.groups.values(), *identities.roles.values(),
    ]  # fmt: skip
    return sum(arn in holder.attached for holder in holders)


def bounded(call: IdentityCall, arn: str) -> int:
    """How many identities a policy is the boundary of."""
    identities = call.identities
    limited: list[model.User | model.Role] = [
        *identities.users.values(), *identities.roles.values(),
    ]  # fmt: skip
    return sum(each.boundary == arn for each in limited)


def policy(call: IdentityCall, of: model.ManagedPolicy, *, whole: bool = True) -> Shown:
    """A managed policy."""
    arn = principals.policy_arn(of, call.account)
    shown: Shown = {
        "PolicyName": of.name, "PolicyId": of.id, "Arn": arn, "Path": of.path,
        "DefaultVersionId": of.default, "AttachmentCount": attachments(call, arn),
        "PermissionsBoundaryUsageCount": bounded(call, arn), "IsAttachable": True,
        "CreateDate": moment(of.created), "UpdateDate": moment(of.updated),
    }  # fmt: skip
    if of.description and whole:
        shown["Description"] = of.description
    return {**shown, "Tags": tags(of.tags)} if whole else shown


def last_use(of: model.KeyUse | None) -> Shown:
    """AccessKeyLastUsed; one that was never used has no date (API reference)."""
    if of is None:
        return {"ServiceName": "N/A", "Region": "N/A"}
    return {"LastUsedDate": moment(of.when), "ServiceName": of.service, "Region": of.region}


def access_key(of: model.AccessKey) -> Shown:
    """An access key without its secret."""
    return {
        "UserName": of.user, "AccessKeyId": of.id, "Status": of.status,
        "CreateDate": moment(of.created),
    }  # fmt: skip
