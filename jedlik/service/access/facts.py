"""The condition keys of one request of DynamoDB, IAM, STS or Lambda."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from jedlik.database.principals import Principal
from jedlik.service.access import parts, statements
from jedlik.service.access.global_facts import Asking, GlobalFacts, Values
from jedlik.service.access.parts import Part

_OF_STS: Final = {"sts:externalid": "ExternalId", "sts:rolesessionname": "RoleSessionName"}


class Facts(GlobalFacts):
    """The condition keys of a request or a part of one."""

    __slots__ = ("part",)

    def __init__(
        self, request: Asking, principal: Principal, region: str, now: float, part: Part
    ) -> None:
        super().__init__(request, principal, region, now)
        self.part = part

    def own(self, key: str) -> Values | None:
        if key.startswith("dynamodb:"):
            of_statement = self.part.kind.startswith("PartiQL")
            known = statements.CONDITION_KEYS if of_statement else parts.CONDITION_KEYS
            find = known.get(key)
            return None if find is None else find(self.part)
        if key in _OF_STS:
            value = self.part.whole.get(_OF_STS[key])
            return (str(value),) if value else None
        return None

    def request_tags(self) -> Mapping[str, str]:
        tags = self.part.whole.get("Tags")
        if not isinstance(tags, list):
            return {}
        return {
            str(tag.get("Key")): str(tag.get("Value")) for tag in tags if isinstance(tag, Mapping)
        }

    def removed_tags(self) -> Collection[str]:
        return self.part.whole.get("TagKeys") or ()
