"""The condition keys of one action that a request of the key service asks for.

KMS developer guide, "AWS KMS condition keys": what they say, of which operations, and that a
parameter that is left out counts with its default. Conditions on a key's properties hold for what
asks for a key, and for CreateKey those of the key that it would make.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from jedlik.database.principals import Principal
from jedlik.operations.kms.keys import LONGEST_WAIT
from jedlik.operations.kms.rotation import DEFAULT_DAYS
from jedlik.operations.operation import Payload
from jedlik.service.access.global_facts import Asking, GlobalFacts, Values, tag_values
from jedlik.service.access.keys.asks import CONSTRAINTS, Ask, Of
from jedlik.service.access.keys.targets import Target

EQUALS: Final = "EncryptionContextEquals"
SUBSET: Final = "EncryptionContextSubset"
CONTEXT_KEYS: Final = "kms:encryptioncontextkeys"
CONTEXT_VALUE: Final = "kms:encryptioncontext:"
CONSTRAINT_TYPE: Final = "kms:grantconstrainttype"
GRANT_OPERATIONS: Final = "kms:grantoperations"
_RESOURCE_TAG: Final = "aws:resourcetag/"


class AliasesWanted(Exception):
    """A policy asks for the aliases of a key that have not been read."""


class KeyFacts(GlobalFacts):
    """The condition keys of an action on a target. `aliases` are those of the target's key, None
    where they have not been read; `same_key` is whether both keys of a request are one."""

    __slots__ = ("aliases", "ask", "payload", "same_key", "target")

    def __init__(
        self,
        request: Asking,
        principal: Principal,
        region: str,
        now: float,
        ask: Ask,
        target: Target,
        payload: Payload,
        via: str | None = None,
    ) -> None:
        super().__init__(request, principal, region, now, via)
        self.ask = ask
        self.target = target
        self.payload: Mapping[str, Any] = payload if target.grant is None else target.grant
        self.same_key = False
        self.aliases: tuple[str, ...] | None = None

    @property
    def operation(self) -> str:
        """The action without its service."""
        return self.ask.action.partition(":")[2]

    @property
    def has_key(self) -> bool:
        """Whether the action is one on a key, or on one that is to be made."""
        return self.target.key is not None or self.operation == "CreateKey"

    def own(self, key: str) -> Values | None:
        if self.ask.of is Of.ALIAS:
            return None
        find = _KEYS.get(key)
        if find is not None:
            return find(self)
        if key.startswith(CONTEXT_VALUE):
            return tag_values(self.context(), key.removeprefix(CONTEXT_VALUE))
        if key.startswith(_RESOURCE_TAG) and self.target.key is not None:
            return tag_values(self.target.key.tags, key.removeprefix(_RESOURCE_TAG))
        return None

    def context(self) -> Mapping[str, str]:
        """The encryption context: of a grant, that of its constraint."""
        if self.ask.context is None:
            return {}
        given = self.payload.get(self.ask.context) or {}
        if self.ask.context == CONSTRAINTS:
            return {**(given.get(SUBSET) or {}), **(given.get(EQUALS) or {})}
        return dict(given)

    def request_tags(self) -> Mapping[str, str]:
        return {tag["TagKey"]: tag["TagValue"] for tag in self.payload.get("Tags") or ()}

    def removed_tags(self) -> Collection[str]:
        return self.payload.get("TagKeys") or ()


Find = Callable[[KeyFacts], Values | None]


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
    """A property that all keys share, and that a request for a new key may ask for."""
    asked = _parameter(member, value)

    def find(facts: KeyFacts) -> Values | None:
        if not facts.has_key:
            return None
        return asked(facts) if facts.target.key is None else (value,)

    return find


def _truth(value: object) -> Values:
    return ("true" if value else "false",)


def _multi_region(facts: KeyFacts) -> Values | None:
    if not facts.has_key:
        return None
    return _truth(facts.target.key is None and facts.payload.get("MultiRegion"))


_CRYPTOGRAPHY: Final = (
    "Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom",
    "ReEncryptTo",
)  # fmt: skip
_KEY_SPEC: Final = _property("KeySpec", "SYMMETRIC_DEFAULT")
_KEY_USAGE: Final = _property("KeyUsage", "ENCRYPT_DECRYPT")

_KEYS: Final[Mapping[str, Find]] = {
    "aws:calledvia": lambda facts: None if facts.via is None else (_service(facts.via),),
    "aws:calledviafirst": lambda facts: None if facts.via is None else (_service(facts.via),),
    "aws:calledvialast": lambda facts: None if facts.via is None else (_service(facts.via),),
    "kms:bypasspolicylockoutsafetycheck": _of(("CreateKey", "PutKeyPolicy"), _bypasses),
    "kms:calleraccount": lambda facts: (facts.principal.caller.account,),
    "kms:customermasterkeyspec": _KEY_SPEC,
    "kms:customermasterkeyusage": _KEY_USAGE,
    "kms:encryptionalgorithm": _of(_CRYPTOGRAPHY, lambda _facts: ("SYMMETRIC_DEFAULT",)),
    CONTEXT_KEYS: _context_keys,
    CONSTRAINT_TYPE: _of(("CreateGrant", "RetireGrant"), _constraint_type),
    "kms:granteeprincipal": _of(("CreateGrant",), _parameter("GranteePrincipal")),
    "kms:grantisforawsresource": _of(
        ("CreateGrant", "ListGrants", "RevokeGrant"), lambda facts: _truth(facts.via)
    ),
    GRANT_OPERATIONS: _of(("CreateGrant",), _operations),
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
        ("ScheduleKeyDeletion",), _parameter("PendingWindowInDays", LONGEST_WAIT)
    ),
    "kms:viaservice": lambda facts: None if facts.via is None else (facts.via,),
}
"""By condition key in lower case."""


def _service(via: str) -> str:
    """dynamodb.us-east-1.amazonaws.com without its region, as aws:CalledVia has it."""
    name, _, rest = via.partition(".")
    return f"{name}.{rest.partition('.')[2]}"
