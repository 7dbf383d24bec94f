"""Groups of users."""

from __future__ import annotations

from jedlik.auth.key_material import GROUP
from jedlik.services.iam.model import Group, changed
from jedlik.services.iam.operations import shapes
from jedlik.services.iam.operations.call import Answer, IdentityCall, check_free, conflict, renamed
from jedlik.services.iam.operations.quotas import GROUPS_OF_A_USER, check_room, exceeded


def create_group(call: IdentityCall) -> Answer:
    """CreateGroup."""
    name = call.name("GroupName")
    check_free(call.identities.groups, name, "Group")
    check_room(call.identities.groups, "Groups")
    group = Group(name, call.new_id(GROUP), call.path(), call.now)
    return {"Group": shapes.group(call, call.put(group))}


def get_group(call: IdentityCall) -> Answer:
    """GetGroup: the group and its members."""
    group = call.group()
    users = [call.identities.users[name.lower()] for name in group.users]
    page = call.page(
        "Users", users, lambda user: shapes.user(call, user, whole=False), lambda user: user.name
    )
    return {"Group": shapes.group(call, group), **page}


def list_groups(call: IdentityCall) -> Answer:
    """ListGroups."""
    groups = call.under_path(call.identities.groups.values())
    return call.page(
        "Groups", groups, lambda group: shapes.group(call, group), lambda group: group.name
    )


def list_groups_for_user(call: IdentityCall) -> Answer:
    """ListGroupsForUser."""
    groups = call.identities.groups_of(call.user().name)
    return call.page(
        "Groups", groups, lambda group: shapes.group(call, group), lambda group: group.name
    )


def update_group(call: IdentityCall) -> None:
    """UpdateGroup: a new name or path."""
    group = call.group()
    new = renamed(call, group, call.identities.groups, "Group")
    call.draft.remove(group)
    call.put(new)


def delete_group(call: IdentityCall) -> None:
    """DeleteGroup."""
    group = call.group()
    conflict(group.users, "remove users from group")
    conflict(group.attached, "detach all policies")
    conflict(list(group.inline), "delete policies")
    call.draft.remove(group)


def add_user_to_group(call: IdentityCall) -> None:
    """AddUserToGroup."""
    user, group = call.user(), call.group()
    if user.name not in group.users:
        if len(call.identities.groups_of(user.name)) >= GROUPS_OF_A_USER:
            raise exceeded("GroupsPerUser", GROUPS_OF_A_USER)
        call.put(changed(group, users=[*group.users, user.name]))


def remove_user_from_group(call: IdentityCall) -> None:
    """RemoveUserFromGroup."""
    user, group = call.user(), call.group()
    call.put(changed(group, users=[name for name in group.users if name != user.name]))
