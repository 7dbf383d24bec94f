"""Policies embedded in (inline) or attached to users, groups and roles, the same for all three."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from jedlik.services.iam import errors
from jedlik.services.iam.model import changed
from jedlik.services.iam.operations.call import Action, Answer, IdentityCall
from jedlik.services.iam.operations.quotas import exceeded, policy_size


class Kind(NamedTuple):
    """One of the three kinds. `limit` is the maximum size of all inline policies together."""

    word: str
    find: Callable[[IdentityCall], Any]
    limit: int


KINDS: Final = (
    Kind("User", IdentityCall.user, 2048),
    Kind("Group", IdentityCall.group, 5120),
    Kind("Role", IdentityCall.role, 10_240),
)
MAX_ATTACHED: Final = 20


def _actions_of(kind: Kind) -> dict[str, Action]:
    word, find, limit = kind

    def put_policy(call: IdentityCall) -> None:
        holder, name = find(call), call.name("PolicyName")
        used = sum(policy_size(text) for key, text in holder.inline.items() if key != name)
        text = call.policy(limit=limit, used=used, whose=f"{word.lower()} {holder.name}")
        call.put(changed(holder, inline={**holder.inline, name: text}))

    def get_policy(call: IdentityCall) -> Answer:
        holder, name = find(call), call.name("PolicyName")
        return {
            f"{word}Name": holder.name, "PolicyName": name,
            "PolicyDocument": quote(_inline(holder, name, word), safe="~"),
        }  # fmt: skip

    def delete_policy(call: IdentityCall) -> None:
        holder, name = find(call), call.name("PolicyName")
        _inline(holder, name, word)
        kept = {key: text for key, text in holder.inline.items() if key != name}
        call.put(changed(holder, inline=kept))

    def list_policies(call: IdentityCall) -> Answer:
        return call.page("PolicyNames", find(call).inline, str)

    def attach(call: IdentityCall) -> None:
        holder, arn = find(call), call.attachable()
        if arn in holder.attached:
            return
        if len(holder.attached) >= MAX_ATTACHED:
            raise exceeded(f"PoliciesPer{word}", MAX_ATTACHED)
        call.put(changed(holder, attached=[*holder.attached, arn]))

    def detach(call: IdentityCall) -> None:
        holder, arn = find(call), call.text("PolicyArn")
        if arn not in holder.attached:
            raise errors.NoSuchEntity(f"Policy {arn} was not found.")
        call.put(changed(holder, attached=[each for each in holder.attached if each != arn]))

    def list_attached(call: IdentityCall) -> Answer:
        return call.page("AttachedPolicies", find(call).attached, attached_policy)

    return {
        f"Put{word}Policy": put_policy,
        f"Get{word}Policy": get_policy,
        f"Delete{word}Policy": delete_policy,
        f"List{word}Policies": list_policies,
        f"Attach{word}Policy": attach,
        f"Detach{word}Policy": detach,
        f"ListAttached{word}Policies": list_attached,
    }


def _inline(holder: Any, name: str, word: str) -> str:
    text = holder.inline.get(name)
    if text is None:
        raise errors.NoSuchEntity(f"The {word.lower()} policy with name {name} cannot be found.")
    return str(text)


def attached_policy(arn: str) -> Answer:
    """An attached policy as in lists."""
    return {"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn}


ACTIONS: Final[dict[str, Action]] = {
    name: action for kind in KINDS for name, action in _actions_of(kind).items()
}
