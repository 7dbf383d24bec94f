"""Managed policies and their versions: up to five versions each, one of them the default."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

from jedlik.auth.key_material import POLICY
from jedlik.services.iam import errors
from jedlik.services.iam.authorization import principals
from jedlik.services.iam.managed_policies import PREFIX, TEXTS
from jedlik.services.iam.model import ManagedPolicy, changed
from jedlik.services.iam.operations import shapes
from jedlik.services.iam.operations.call import Answer, IdentityCall, check_tags, conflict
from jedlik.services.iam.operations.quotas import check_room

MAX_SIZE: Final = 6144
MAX_VERSIONS: Final = 5
_AWS_VERSION: Final = "v1"
_VERSION_PATTERN: Final = r"v[1-9][0-9]*(\.[A-Za-z0-9-]*)?"
_VERSION_ID: Final = re.compile(_VERSION_PATTERN, re.ASCII).fullmatch


def create_policy(call: IdentityCall) -> Answer:
    """CreatePolicy."""
    name = call.name("PolicyName")
    if name.lower() in call.identities.policies:
        raise errors.EntityAlreadyExists(
            f"A policy called {name} already exists. Duplicate names are not allowed."
        )
    check_room(call.identities.policies, "Policies")
    tags = call.tags(any_case=True)
    check_tags(tags)
    policy = ManagedPolicy(
        name,
        call.new_id(POLICY),
        call.path(),
        call.now,
        call.now,
        "v1",
        {"v1": (call.policy(limit=MAX_SIZE, managed=True), call.now)},
        description=call.description(),
        tags=tags,
    )
    return {"Policy": shapes.new_policy(call, call.put(policy))}


def get_policy(call: IdentityCall) -> Answer:
    """GetPolicy."""
    arn = call.text("PolicyArn")
    if arn in TEXTS:
        return {"Policy": _of_aws(call, arn)}
    return {"Policy": shapes.policy(call, call.managed_policy())}


def list_policies(call: IdentityCall) -> Answer:
    """ListPolicies."""
    scope = call.optional("Scope", "All")
    attached_only = call.optional("OnlyAttached") == "true"
    shown = []
    if scope in ("All", "Local"):
        policies = call.under_path(call.identities.policies.values())
        shown += [shapes.policy(call, policy, whole=False) for policy in policies]
    if scope in ("All", "AWS"):
        shown += [_of_aws(call, arn) for arn in TEXTS]
    if attached_only:
        shown = [each for each in shown if each["AttachmentCount"]]
    return call.page("Policies", shown, lambda each: each, lambda each: str(each["Arn"]))


def delete_policy(call: IdentityCall) -> None:
    """DeletePolicy."""
    policy = call.managed_policy()
    arn = principals.policy_arn(policy, call.account)
    if shapes.attachments(call, arn) or shapes.bounded(call, arn):
        raise errors.DeleteConflict("Cannot delete a policy attached to entities.")
    conflict(list(policy.versions)[1:], "delete non-default policy versions")
    call.draft.remove(policy)


def create_policy_version(call: IdentityCall) -> Answer:
    """CreatePolicyVersion."""
    policy = call.managed_policy()
    if len(policy.versions) >= MAX_VERSIONS:
        raise errors.LimitExceeded(
            f"A managed policy can have up to {MAX_VERSIONS} versions. Before you create a new "
            "version, you must delete an existing version."
        )
    number = policy.last_version + 1
    version = f"v{number}"
    is_default = call.optional("SetAsDefault") == "true"
    policy = changed(
        policy,
        versions={
            **policy.versions,
            version: (call.policy(limit=MAX_SIZE, managed=True), call.now),
        },
        last_version=number,
        default=version if is_default else policy.default,
        updated=call.now,
    )
    call.put(policy)
    return {"PolicyVersion": _version(policy, version, text=False)}


def get_policy_version(call: IdentityCall) -> Answer:
    """GetPolicyVersion."""
    arn, version = call.text("PolicyArn"), _version_id(call)
    if arn in TEXTS:
        if version != _AWS_VERSION:
            raise _no_version(arn, version)
        return {"PolicyVersion": _aws_version(arn)}
    return {"PolicyVersion": _version(_having_version(call, version), version)}


def list_policy_versions(call: IdentityCall) -> Answer:
    """ListPolicyVersions, the newest first."""
    arn = call.text("PolicyArn")
    if arn in TEXTS:
        shown = _aws_version(arn)
        del shown["Document"]
        return {"Versions": [shown], "IsTruncated": False}
    policy = call.managed_policy()
    versions = [_version(policy, version, text=False) for version in reversed(policy.versions)]
    return {"Versions": versions, "IsTruncated": False}


def set_default_policy_version(call: IdentityCall) -> None:
    """SetDefaultPolicyVersion."""
    version = _version_id(call)
    call.put(changed(_having_version(call, version), default=version, updated=call.now))


def delete_policy_version(call: IdentityCall) -> None:
    """DeletePolicyVersion."""
    version = _version_id(call)
    policy = _having_version(call, version)
    if version == policy.default:
        raise errors.DeleteConflict("Cannot delete the default version of a policy.")
    kept = {key: value for key, value in policy.versions.items() if key != version}
    call.put(changed(policy, versions=kept))


def list_entities_for_policy(call: IdentityCall) -> Answer:
    """ListEntitiesForPolicy."""
    arn, identities = call.attachable(), call.identities
    users = [user for user in identities.users.values() if arn in user.attached]
    groups = [group for group in identities.groups.values() if arn in group.attached]
    roles = [role for role in identities.roles.values() if arn in role.attached]
    return {
        "PolicyGroups": [{"GroupName": each.name, "GroupId": each.id} for each in groups],
        "PolicyUsers": [{"UserName": each.name, "UserId": each.id} for each in users],
        "PolicyRoles": [{"RoleName": each.name, "RoleId": each.id} for each in roles],
        "IsTruncated": False,
    }


def _version_id(call: IdentityCall) -> str:
    version = call.text("VersionId")
    if not _VERSION_ID(version):
        raise errors.ValidationError(
            "1 validation error detected: Value at 'versionId' failed to satisfy constraint: "
            f"Member must satisfy regular expression pattern: {_VERSION_PATTERN}"
        )
    return version


def _having_version(call: IdentityCall, version: str) -> ManagedPolicy:
    """The policy that PolicyArn names; the same error if it or its version is missing."""
    arn = call.text("PolicyArn")
    policy = principals.find_policy(call.identities, arn, call.account)
    if policy is None or version not in policy.versions:
        raise _no_version(arn, version)
    return policy


def _no_version(arn: str, version: str) -> errors.NoSuchEntity:
    return errors.NoSuchEntity(
        f"Policy {arn} version {version} does not exist or is not attachable."
    )


def _version(policy: ManagedPolicy, version: str, *, text: bool = True) -> Answer:
    document, created = policy.versions[version]
    shown: Answer = {"Document": quote(document, safe="~")} if text else {}
    return {
        **shown, "VersionId": version, "IsDefaultVersion": version == policy.default,
        "CreateDate": shapes.moment(created),
    }  # fmt: skip


def details(call: IdentityCall, policy: ManagedPolicy) -> Answer:
    """A managed policy with all of its versions."""
    versions = [_version(policy, version) for version in policy.versions]
    return {**shapes.policy(call, policy, whole=False), "PolicyVersionList": versions}


def aws_details(call: IdentityCall, arn: str) -> Answer:
    """The same for one of AWS's."""
    return {**_of_aws(call, arn), "PolicyVersionList": [_aws_version(arn)]}


def _aws_version(arn: str) -> Answer:
    shown = {"VersionId": _AWS_VERSION, "IsDefaultVersion": True, "CreateDate": shapes.moment(0)}
    return {**shown, "Document": quote(TEXTS[arn], safe="~")}


def _of_aws(call: IdentityCall, arn: str) -> Answer:
    path, _, name = arn.removeprefix(PREFIX).rpartition("/")
    return {
        "PolicyName": name, "PolicyId": "ANPAAWS", "Arn": arn, "Path": f"/{path}/" if path else "/",
        "DefaultVersionId": _AWS_VERSION, "AttachmentCount": shapes.attachments(call, arn),
        "PermissionsBoundaryUsageCount": shapes.bounded(call, arn),
        "IsAttachable": True, "CreateDate": shapes.moment(0), "UpdateDate": shapes.moment(0),
    }  # fmt: skip
