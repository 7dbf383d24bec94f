"""Roles."""

from __future__ import annotations

from typing import Final

from jedlik.auth.key_material import ROLE
from jedlik.services.iam.model import Role, changed
from jedlik.services.iam.operations import shapes
from jedlik.services.iam.operations.call import (
    Answer,
    IdentityCall,
    check_free,
    check_tags,
    conflict,
)
from jedlik.services.iam.operations.quotas import check_room

MAX_TRUST: Final = 4096
MAX_SESSION_SECONDS: Final = 43_200


def create_role(call: IdentityCall) -> Answer:
    """CreateRole."""
    name = call.name("RoleName")
    check_free(call.identities.roles, name, "Role")
    check_room(call.identities.roles, "Roles")
    tags = call.tags()
    check_tags(tags)
    boundary = None
    if call.parameters.get("PermissionsBoundary"):
        boundary = call.attachable("PermissionsBoundary")
    role = Role(
        name,
        call.new_id(ROLE),
        call.path(),
        call.now,
        trust=call.policy("AssumeRolePolicyDocument", limit=MAX_TRUST, trust=True),
        description=call.description(),
        longest_session=call.number("MaxSessionDuration", 3600, 3600, MAX_SESSION_SECONDS),
        tags=tags,
        boundary=boundary,
    )
    return {"Role": shapes.new_role(call, call.put(role))}


def get_role(call: IdentityCall) -> Answer:
    """GetRole."""
    return {"Role": shapes.role(call, call.role())}


def list_roles(call: IdentityCall) -> Answer:
    """ListRoles."""
    roles = call.under_path(call.identities.roles.values())
    return call.page(
        "Roles", roles, lambda role: shapes.role(call, role, whole=False), lambda role: role.name
    )


def update_role(call: IdentityCall) -> Answer:
    """UpdateRole: description and longest session."""
    role = call.role()
    call.put(
        changed(
            role,
            description=call.description(role.description),
            longest_session=call.number(
                "MaxSessionDuration", role.longest_session, 3600, MAX_SESSION_SECONDS
            ),
        )
    )
    return {}


def update_role_description(call: IdentityCall) -> Answer:
    """UpdateRoleDescription."""
    role = changed(call.role(), description=call.description())
    return {"Role": shapes.changed_role(call, call.put(role))}


def update_assume_role_policy(call: IdentityCall) -> None:
    """UpdateAssumeRolePolicy."""
    role = call.role()
    call.put(changed(role, trust=call.policy(limit=MAX_TRUST, trust=True)))


def delete_role(call: IdentityCall) -> None:
    """DeleteRole."""
    role = call.role()
    conflict(role.attached, "detach all policies")
    conflict(list(role.inline), "delete policies")
    call.draft.remove(role)


def list_instance_profiles_for_role(call: IdentityCall) -> Answer:
    """ListInstanceProfilesForRole: empty, as there are no instances; Terraform calls it."""
    call.role()
    return {"InstanceProfiles": [], "IsTruncated": False}


def put_role_permissions_boundary(call: IdentityCall) -> None:
    """PutRolePermissionsBoundary."""
    call.put(changed(call.role(), boundary=call.attachable("PermissionsBoundary")))


def delete_role_permissions_boundary(call: IdentityCall) -> None:
    """DeleteRolePermissionsBoundary."""
    call.put(changed(call.role(), boundary=None))
