"""Users."""

from __future__ import annotations

from jedlik.auth.key_material import USER
from jedlik.services.iam import errors
from jedlik.services.iam.model import User, changed
from jedlik.services.iam.operations import shapes
from jedlik.services.iam.operations.call import (
    Answer,
    IdentityCall,
    check_free,
    check_tags,
    conflict,
    renamed,
)
from jedlik.services.iam.operations.quotas import check_room
from jedlik.services.iam.store import resealed


def create_user(call: IdentityCall) -> Answer:
    """CreateUser."""
    name = call.name("UserName")
    if len(name) > 64:
        raise errors.ValidationError("userName must have length less than or equal to 64")
    check_free(call.identities.users, name, "User")
    check_room(call.identities.users, "Users")
    tags = call.tags()
    check_tags(tags)
    boundary = None
    if call.parameters.get("PermissionsBoundary"):
        boundary = call.attachable("PermissionsBoundary")
    user = User(name, call.new_id(USER), call.path(), call.now, tags=tags, boundary=boundary)
    return {"User": shapes.user(call, call.put(user))}


def get_user(call: IdentityCall) -> Answer:
    """GetUser: of the caller if no name is given."""
    principal = call.principal
    if not call.parameters.get("UserName") and (principal is None or principal.caller.is_root):
        arn = f"arn:aws:iam::{call.account}:root"
        root = {"UserId": call.account, "Arn": arn, "CreateDate": shapes.moment(0)}
        return {"User": {"Path": "/", "UserName": "root", **root}}
    return {"User": shapes.user(call, call.user_or_caller())}


def list_users(call: IdentityCall) -> Answer:
    """ListUsers."""
    users = call.under_path(call.identities.users.values())
    return call.page(
        "Users", users, lambda user: shapes.user(call, user, whole=False), lambda user: user.name
    )


def update_user(call: IdentityCall) -> None:
    """UpdateUser: a new name or path. Keys, sessions and memberships follow."""
    user = call.user()
    new = renamed(call, user, call.identities.users, "User")
    call.draft.remove(user)
    call.put(new)
    for group in call.identities.groups_of(user.name):
        members = [new.name if member == user.name else member for member in group.users]
        call.put(changed(group, users=members))
    if new.name != user.name:
        assert call.seal is not None
        for key in call.identities.keys_of(user.name):
            call.put(resealed(key, new.name, call.seal))


def delete_user(call: IdentityCall) -> None:
    """DeleteUser."""
    user = call.user()
    conflict(call.identities.keys_of(user.name), "delete access keys")
    conflict(call.identities.groups_of(user.name), "remove users from group")
    conflict(user.attached, "detach all policies")
    conflict(list(user.inline), "delete policies")
    call.draft.remove(user)


def put_user_permissions_boundary(call: IdentityCall) -> None:
    """PutUserPermissionsBoundary."""
    call.put(changed(call.user(), boundary=call.attachable("PermissionsBoundary")))


def delete_user_permissions_boundary(call: IdentityCall) -> None:
    """DeleteUserPermissionsBoundary."""
    call.put(changed(call.user(), boundary=None))
