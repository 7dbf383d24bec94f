"""The condition keys of one action that a request of the key service needs.

KMS developer guide, "AWS KMS condition keys": their meaning and operations, and that an omitted
parameter has its default value. Conditions on a key's properties apply to actions on a key, and to
the new key of CreateKey.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from jedlik.auth.policy.facts import Fixed, Get, Values, by_lower_key
from jedlik.gateway.operation import Payload
from jedlik.services.iam.authorization.condition_keys import ConditionKeys
from jedlik.services.iam.authorization.from_service import FromService
from jedlik.services.iam.authorization.principals import Principal
from jedlik.services.iam.authorization.requests import CallContext, RequestTags
from jedlik.services.kms.access.permissions import CONSTRAINTS, KeyPermission, TargetKind
from jedlik.services.kms.access.targets import Target
from jedlik.services.kms.operations.keys import MAX_WAIT
from jedlik.services.kms.operations.rotation import DEFAULT_DAYS

EQUALS: Final = "EncryptionContextEquals"
SUBSET: Final = "EncryptionContextSubset"
_CONTEXT_VALUE: Final = "kms:encryptioncontext:"
_ABSENT: Final = Fixed(None)


class AliasesWanted(Exception):
    """A policy has a condition on a key's aliases, which have not been read yet."""


class KeyFacts:
    """The facts of an action on a target for policies, without the caller.

    `connection` is the request's connection, `region` the region of the action. `via` is the
    service that acts for the principal (`dynamodb.us-east-1.amazonaws.com`), None if there is no
    such service. `aliases` are those of the target's key, None if not read yet; `same_key` is
    whether both keys of a request are the same, `hurried` as in `AuthorizationRequest`.
    """

    __slots__ = (
        "_context",
        "_tags",
        "aliases",
        "connection",
        "hurried",
        "payload",
        "permission",
        "region",
        "same_key",
        "target",
        "via",
    )

    def __init__(
        self,
        connection: CallContext,
        region: str,
        permission: KeyPermission,
        target: Target,
        payload: Payload,
        via: str | None = None,
    ) -> None:
        self.connection: CallContext = connection if via is None else FromService()
        self.region = region
        self.permission = permission
        self.target = target
        self.payload: Mapping[str, Any] = payload if target.grant is None else target.grant
        self.via = via
        self.same_key = False
        self.aliases: tuple[str, ...] | None = None
        self.hurried = True
        self._context: Mapping[str, Values] | None = None
        self._tags: RequestTags | None = None

    @property
    def operation(self) -> str:
        """The action without its service."""
        return self.permission.action.partition(":")[2]

    @property
    def has_key(self) -> bool:
        """Whether the action is on a key or a new key."""
        return self.target.key is not None or self.operation == "CreateKey"

    @property
    def tags(self) -> RequestTags:
        """The request's tags."""
        if self._tags is None:
            tags = self.payload.get("Tags") or ()
            as_elsewhere = [{"Key": tag["TagKey"], "Value": tag["TagValue"]} for tag in tags]
            self._tags = RequestTags({"Tags": as_elsewhere, "TagKeys": self.payload.get("TagKeys")})
        return self._tags

    @property
    def context_values(self) -> Mapping[str, Values]:
        """The encryption context, by its keys in lower case, read once: it may be very long."""
        if self._context is None:
            self._context = by_lower_key(self.context())
        return self._context

    def context(self) -> Mapping[str, str]:
        """The encryption context; for a grant, that of its constraint."""
        if self.permission.context is None:
            return {}
        given = self.payload.get(self.permission.context) or {}
        if self.permission.context == CONSTRAINTS:
            return {**(given.get(SUBSET) or {}), **(given.get(EQUALS) or {})}
        return dict(given)


class KeyConditionKeys:
    """The source (see `auth.policy.facts`) of a plan for an action on a target; its facts are
    `KeyFacts`. `now` returns seconds since the epoch."""

    __slots__ = ("_account", "_of", "_others")

    def __init__(self, principal: Principal, facts: KeyFacts, now: Callable[[], float]) -> None:
        key = facts.target.key
        tags = {} if key is None else by_lower_key(key.tags)
        self._of = facts.permission.of
        self._account = principal.caller.account
        self._others = ConditionKeys(principal, {}, tags, facts.connection.point, now)

    def __call__(self, key: str) -> Get:
        if key == "kms:calleraccount":
            return Fixed((self._account,))
        find = _KEYS.get(key)
        if find is None and key.startswith(_CONTEXT_VALUE):
            find = _context_value(key.removeprefix(_CONTEXT_VALUE))
        if find is None:
            return self._others(key)
        return _ABSENT if self._of is TargetKind.ALIAS else find


Find = Callable[[KeyFacts], Values | None]


def _context_value(name: str) -> Find:
    return lambda facts: facts.context_values.get(name)


def _context_keys(facts: KeyFacts) -> Values | None:
    return tuple(facts.context()) or None


def _constraint_type(facts: KeyFacts) -> Values | None:
    constraints = facts.payload.get(CONSTRAINTS) or {}
    return tuple(kind for kind in (EQUALS, SUBSET) if constraints.get(kind)) or None


def _operations(facts: KeyFacts) -> Values | None:
    return tuple(facts.payload.get("Operations") or ()) or None


def _aliases(facts: KeyFacts) -> Values | None:
    if facts.target.key is None:
        return None
    if facts.aliases is None:
        raise AliasesWanted
    return facts.aliases or None


def _bypasses(facts: KeyFacts) -> Values | None:
    given = facts.payload.get("BypassPolicyLockoutSafetyCheck")
    return None if given is None else _truth(given)


def _request_alias(facts: KeyFacts) -> Values | None:
    return None if facts.target.alias is None else (facts.target.alias,)


def _of(operations: Collection[str], find: Find) -> Find:
    return lambda facts: find(facts) if facts.operation in operations else None


def _parameter(member: str, default: object = None) -> Find:
    def find(facts: KeyFacts) -> Values | None:
        given = facts.payload.get(member)
        value = default if given is None else given
        return None if value is None else (str(value),)

    return find


def _property(member: str, value: str) -> Find:
    """A property that is the same for all keys, and that a request for a new key may name."""
    of_request = _parameter(member, value)

    def find(facts: KeyFacts) -> Values | None:
        if not facts.has_key:
            return None
        return of_request(facts) if facts.target.key is None else (value,)

    return find


def _truth(value: object) -> Values:
    return ("true" if value else "false",)


def _multi_region(facts: KeyFacts) -> Values | None:
    if not facts.has_key:
        return None
    return _truth(facts.target.key is None and facts.payload.get("MultiRegion"))


def _called_via(facts: KeyFacts) -> Values | None:
    """The service's name without its region: dynamodb.amazonaws.com."""
    if facts.via is None:
        return None
    name, _, rest = facts.via.partition(".")
    return (f"{name}.{rest.partition('.')[2]}",)


_CRYPTOGRAPHY: Final = (
    "Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom",
    "ReEncryptTo",
)  # fmt: skip
_KEY_SPEC: Final = _property("KeySpec", "SYMMETRIC_DEFAULT")
_KEY_USAGE: Final = _property("KeyUsage", "ENCRYPT_DECRYPT")

_KEYS: Final[Mapping[str, Find]] = {
    "aws:calledvia": _called_via,
    "aws:calledviafirst": _called_via,
    "aws:calledvialast": _called_via,
    "aws:viaawsservice": lambda facts: _truth(facts.via),
    "kms:bypasspolicylockoutsafetycheck": _of(("CreateKey", "PutKeyPolicy"), _bypasses),
    "kms:customermasterkeyspec": _KEY_SPEC,
    "kms:customermasterkeyusage": _KEY_USAGE,
    "kms:encryptionalgorithm": _of(_CRYPTOGRAPHY, lambda _facts: ("SYMMETRIC_DEFAULT",)),
    "kms:encryptioncontextkeys": _context_keys,
    "kms:grantconstrainttype": _of(("CreateGrant", "RetireGrant"), _constraint_type),
    "kms:granteeprincipal": _of(("CreateGrant",), _parameter("GranteePrincipal")),
    "kms:grantisforawsresource": _of(
        ("CreateGrant", "ListGrants", "RevokeGrant"), lambda facts: _truth(facts.via)
    ),
    "kms:grantoperations": _of(("CreateGrant",), _operations),
    "kms:keyorigin": _property("Origin", "AWS_KMS"),
    "kms:keyspec": _KEY_SPEC,
    "kms:keyusage": _KEY_USAGE,
    "kms:multiregion": _multi_region,
    "kms:reencryptonsamekey": _of(
        ("ReEncryptFrom", "ReEncryptTo"), lambda facts: _truth(facts.same_key)
    ),
    "kms:requestalias": _of((*_CRYPTOGRAPHY, "DescribeKey"), _request_alias),
    "kms:resourcealiases": _aliases,
    "kms:retiringprincipal": _of(("CreateGrant",), _parameter("RetiringPrincipal")),
    "kms:rotationperiodindays": _of(
        ("EnableKeyRotation",), _parameter("RotationPeriodInDays", DEFAULT_DAYS)
    ),
    "kms:schedulekeydeletionpendingwindowindays": _of(
        ("ScheduleKeyDeletion",), _parameter("PendingWindowInDays", MAX_WAIT)
    ),
    "kms:viaservice": lambda facts: None if facts.via is None else (facts.via,),
}
"""By condition key in lower case."""
