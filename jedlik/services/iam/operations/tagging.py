"""Tags of users, roles and managed policies: the same for all three kinds.

A new tag of a user or role replaces one whose key differs only in case (IAM user guide, "Rules for
tagging in IAM and AWS STS"): policies compare keys without case.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from jedlik.services.iam.model import changed
from jedlik.services.iam.operations import shapes
from jedlik.services.iam.operations.call import Action, Answer, IdentityCall, check_tags


class Kind(NamedTuple):
    """One of the three kinds. With `any_case`, keys that differ only in case are different."""

    word: str
    find: Callable[[IdentityCall], Any]
    any_case: bool = False


KINDS: Final = (
    Kind("User", IdentityCall.user),
    Kind("Role", IdentityCall.role),
    Kind("Policy", IdentityCall.managed_policy, any_case=True),
)


def _actions_of(kind: Kind) -> dict[str, Action]:
    word, find, any_case = kind

    def tag(call: IdentityCall) -> None:
        tagged, new = find(call), call.tags(any_case=any_case)
        replaced = new.keys() if any_case else {key.lower() for key in new}
        kept = {
            key: value
            for key, value in tagged.tags.items()
            if (key if any_case else key.lower()) not in replaced
        }
        tags = {**kept, **new}
        check_tags(tags)
        call.put(changed(tagged, tags=tags))

    def untag(call: IdentityCall) -> None:
        tagged, gone = find(call), call.tag_keys()
        kept = {key: value for key, value in tagged.tags.items() if key not in gone}
        call.put(changed(tagged, tags=kept))

    def list_tags(call: IdentityCall) -> Answer:
        tags = shapes.tags(find(call).tags)
        return call.page("Tags", tags, lambda each: each, lambda each: str(each["Key"]))

    return {f"Tag{word}": tag, f"Untag{word}": untag, f"List{word}Tags": list_tags}


ACTIONS: Final[dict[str, Action]] = {
    name: action for kind in KINDS for name, action in _actions_of(kind).items()
}
