"""The input of an action of IAM, and checks that many actions share.

An action is a function of an `IdentityCall`: it reads the current identities, puts changes into the
draft and returns the members of its answer. IAM API reference; limits: IAM user guide, "IAM and STS
quotas".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import unquote

from jedlik.auth.key_material import unique_id
from jedlik.auth.policy.document import MalformedPolicy
from jedlik.auth.sessions import Sessions
from jedlik.base.errors import ServiceError
from jedlik.base.ids import Ids
from jedlik.crypto.secret_box import Seal
from jedlik.services.iam import errors
from jedlik.services.iam.authorization.identity_policies import new_identity_policy
from jedlik.services.iam.authorization.principals import Principal, find_policy, managed_text
from jedlik.services.iam.model import Group, KeyUse, ManagedPolicy, Role, User, changed
from jedlik.services.iam.operations.quotas import exceeded, policy_size
from jedlik.services.iam.operations.tag_rules import MAX_TAGS, checked_keys, checked_tags
from jedlik.services.iam.store import Draft, Identities

RecordT = TypeVar("RecordT")
HolderT = TypeVar("HolderT", User, Group)
Answer = dict[str, Any]

_NAME: Final = re.compile(r"[\w+=,.@-]{1,128}", re.ASCII).fullmatch
_POLICY_ARN: Final = re.compile(r"arn:[^:]+:iam::([0-9]{12}|aws):policy/.+").fullmatch
_LINKED_ROLES: Final = "/aws-service-role/"
_PATH: Final = re.compile(r"/|/[!-~]+/").fullmatch
MAX_ITEMS: Final = 100
_MAX_DESCRIPTION: Final = 1000


@dataclass(slots=True)
class IdentityCall:
    """One call of an action. `parameters` are text, lists and dicts from the form, without those
    that the action does not have: an ignored parameter must not choose the resource.

    `principal` is the caller, None on an open server; `now` is in seconds since the epoch;
    `last_use` is that of the key AccessKeyId, for actions that need it (see `registry.Entry`);
    `administrator` is the access key of the account's root.
    """

    action: str
    parameters: Mapping[str, Any]
    identities: Identities
    draft: Draft
    account: str
    now: float
    ids: Ids
    seal: Seal | None
    sessions: Sessions
    principal: Principal | None = None
    last_use: KeyUse | None = None
    administrator: str | None = None

    # --- Parameters ---------------------------------------------------------------------------

    def text(self, name: str) -> str:
        """A required parameter."""
        value = self.parameters.get(name)
        if not isinstance(value, str) or not value:
            lower = name[:1].lower() + name[1:]
            raise errors.ValidationError(
                f"1 validation error detected: Value null at '{lower}' failed to satisfy "
                "constraint: Member must not be null"
            )
        return value

    def name(self, name: str) -> str:
        """A parameter that is a name."""
        value = self.text(name)
        if not _NAME(value):
            raise errors.ValidationError(
                f"The specified value for {name[:1].lower()}{name[1:]} is invalid. It must contain "
                "only alphanumeric characters and/or the following: +=,.@_-"
            )
        return value

    def optional(self, name: str, default: str = "") -> str:
        """An optional parameter."""
        value = self.parameters.get(name)
        return value if isinstance(value, str) else default

    def description(self, default: str = "") -> str:
        """The description of a role or policy."""
        text = self.optional("Description", default)
        if len(text) > _MAX_DESCRIPTION:
            raise errors.ValidationError(
                "1 validation error detected: Value at 'description' failed to satisfy constraint: "
                f"Member must have length less than or equal to {_MAX_DESCRIPTION}"
            )
        return text

    def refuse(self, *names: str) -> None:
        """Refuse parameters that have no implementation here. Raises InvalidInput."""
        for name in names:
            if self.parameters.get(name):
                raise errors.InvalidInput(f"{name} is not available on this server yet")

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number within limits."""
        text = self.optional(name, str(default))
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise errors.ValidationError(f"{name} must be a number")
        value = int(text)
        if not least <= value <= most:
            side = "greater" if value < least else "less"
            lower = name[:1].lower() + name[1:]
            raise errors.ValidationError(
                f"1 validation error detected: Value '{value}' at '{lower}' failed to satisfy "
                f"constraint: Member must have value {side} than or equal to "
                f"{least if value < least else most}"
            )
        return value

    def path(self, name: str = "Path") -> str:
        """A path, `/` unless given."""
        path = self.optional(name, "/") or "/"
        if len(path) > 512 or not _PATH(path):
            raise errors.ValidationError(
                f"The specified value for {name.lower()} is invalid. It must begin and end with / "
                "and contain only alphanumeric characters and/or / characters."
            )
        if path.startswith(_LINKED_ROLES):
            raise errors.InvalidInput(
                "Paths beginning with '/aws-service-role' are reserved for AWS Service Linked Roles"
            )
        return path

    def listed(self, name: str) -> list[Any]:
        """A list, empty unless given."""
        value = self.parameters.get(name)
        return value if isinstance(value, list) else []

    def tags(
        self,
        name: str = "Tags",
        refusal: type[ServiceError] = errors.InvalidInput,
        *,
        any_case: bool = False,
    ) -> dict[str, str]:
        """Tags by key; see `checked_tags`."""
        return checked_tags(self.listed(name), refusal, any_case=any_case)

    def tag_keys(self) -> list[str]:
        """The keys of tags to be removed."""
        return checked_keys(self.listed("TagKeys"))

    def policy(
        self,
        name: str = "PolicyDocument",
        *,
        limit: int,
        used: int = 0,
        whose: str = "",
        trust: bool = False,
        managed: bool = False,
    ) -> str:
        """A policy's text, checked; `limit` is on its size and the `used` one of other policies,
        and `whose` names their user, group or role for the error. A `managed` policy has to have
        the version of 2012."""
        text = self.text(name)
        if "%7B" in text[:9]:
            text = unquote(text)
        too_long = used + policy_size(text) > limit
        if too_long and managed:
            raise exceeded("PolicySize", limit)
        if too_long:
            of = f" for {whose}" if whose else ""
            raise errors.LimitExceeded(f"Maximum policy size of {limit} bytes exceeded{of}")
        try:
            policy = new_identity_policy(text, trust=trust)
            if managed and not policy.has_variables:
                raise MalformedPolicy("Policy document must be version 2012-10-17 or greater.")
        except MalformedPolicy as error:
            raise errors.MalformedPolicyDocument(str(error)) from None
        return text

    # --- Identities ---------------------------------------------------------------------------

    def new_id(self, prefix: str) -> str:
        """A new, unique id."""
        return unique_id(prefix, self.ids)

    def user(self, name: str = "UserName") -> User:
        """The user that a parameter names."""
        return _found(self.identities.users, self.name(name), "user")

    def user_or_caller(self) -> User:
        """The user that UserName names, or else the caller."""
        if self.parameters.get("UserName"):
            return self.user()
        name = None if self.principal is None else self.principal.user_name
        if name is None:
            raise errors.ValidationError(
                "Must specify userName when calling with non-User credentials"
            )
        return _found(self.identities.users, name, "user")

    def group(self) -> Group:
        """The group that GroupName names."""
        return _found(self.identities.groups, self.name("GroupName"), "group")

    def role(self) -> Role:
        """The role that RoleName names."""
        return _found(self.identities.roles, self.name("RoleName"), "role")

    def managed_policy(self) -> ManagedPolicy:
        """The account's own policy that PolicyArn names."""
        arn = self.text("PolicyArn")
        policy = find_policy(self.identities, arn, self.account)
        if policy is None:
            raise errors.NoSuchEntity(f"Policy {arn} was not found.")
        return policy

    def attachable(self, name: str = "PolicyArn") -> str:
        """The ARN of an existing managed policy."""
        arn = self.text(name)
        boundary = name == "PermissionsBoundary"
        if not _POLICY_ARN(arn):
            if boundary:
                raise errors.InvalidInput(f"ARN {arn} is not valid.")
            raise errors.ValidationError("Invalid ARN:  Could not be parsed!")
        if not arn.startswith("arn:aws:"):
            raise errors.ValidationError("Invalid ARN partition")
        if managed_text(self.identities, arn, self.account) is None:
            what = "Scope ARN:" if boundary else "Policy"
            raise errors.NoSuchEntity(f"{what} {arn} does not exist or is not attachable.")
        return arn

    def put(self, record: Any) -> Any:
        """Store an identity; returns it."""
        self.draft.put(record)
        return record

    # --- Lists --------------------------------------------------------------------------------

    def page(
        self,
        member: str,
        records: Iterable[RecordT],
        show: Callable[[RecordT], Any],
        key: Callable[[RecordT], str] = str,
    ) -> Answer:
        """A page of a list, in the order of `key`, as Marker and MaxItems ask."""
        limit = self.number("MaxItems", MAX_ITEMS, 1, 1000)
        after = self.optional("Marker")
        chosen = sorted((each for each in records if key(each) > after), key=key)
        answer: Answer = {
            member: [show(each) for each in chosen[:limit]], "IsTruncated": len(chosen) > limit,
        }  # fmt: skip
        if len(chosen) > limit:
            answer["Marker"] = key(chosen[limit - 1])
        return answer

    def under_path(self, records: Iterable[Any]) -> list[Any]:
        """The records whose path begins with PathPrefix."""
        prefix = self.optional("PathPrefix", "/") or "/"
        return [record for record in records if record.path.startswith(prefix)]


def _found(records: Mapping[str, RecordT], name: str, kind: str) -> RecordT:
    record = records.get(name.lower())
    if record is None:
        raise errors.NoSuchEntity(f"The {kind} with name {name} cannot be found.")
    return record


def check_free(records: Mapping[str, Any], name: str, kind: str) -> None:
    """Raise EntityAlreadyExists if the name is taken."""
    if name.lower() in records:
        raise errors.EntityAlreadyExists(f"{kind} with name {name} already exists.")


def renamed(
    call: IdentityCall, holder: HolderT, taken: Mapping[str, HolderT], kind: str
) -> HolderT:
    """A user or group after UpdateUser or UpdateGroup: with a new name or path."""
    given = call.parameters.get(f"New{kind}Name")
    name = call.name(f"New{kind}Name") if given else holder.name
    if name.lower() != holder.name.lower():
        check_free(taken, name, kind)
    path = call.path("NewPath") if call.parameters.get("NewPath") else holder.path
    new: HolderT = changed(holder, name=name, path=path)
    return new


def check_tags(tags: Mapping[str, str]) -> None:
    """Raise LimitExceeded if there are too many."""
    if len(tags) > MAX_TAGS:
        raise errors.LimitExceeded(f"Cannot exceed quota for TagsPerResource: {MAX_TAGS}")


def conflict(found: Sequence[Any], text: str) -> None:
    """Raise DeleteConflict if anything was found."""
    if found:
        raise errors.DeleteConflict(f"Cannot delete entity, must {text} first.")


Action = Callable[[IdentityCall], Answer | None]
