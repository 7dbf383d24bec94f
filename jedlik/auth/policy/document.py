"""A policy's JSON, parsed and checked against IAM's grammar.

IAM user guide, "Grammar of the IAM JSON policy language". What a policy is attached to decides
whether it names principals: resource and trust policies do, all others do not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

VERSION_2008: Final = "2008-10-17"
VERSION_2012: Final = "2012-10-17"
ALLOW: Final = "Allow"
DENY: Final = "Deny"

_MAX_DEPTH: Final = 16
_SID: Final = re.compile(r"[a-zA-Z0-9]*").fullmatch
# Resource policies accept any text, see the API of the service they belong to.
_LOOSE_SID: Final = re.compile(r"[^\x00-\x1f]*").fullmatch
_ACTION: Final = re.compile(r"\*|[a-zA-Z0-9*?-]+:[a-zA-Z0-9*?]+").fullmatch
_VENDOR: Final = re.compile(r"[a-zA-Z0-9*?-]+").fullmatch
_PARTITION: Final = re.compile(r"aws[a-z-]*|[^*?$\n]*+[*?$].*").fullmatch
_ARN: Final = re.compile(r"arn:[^:]*:[^:]+:[^:]*:[^:]*:.+", re.DOTALL).fullmatch

_IS_OPEN: Final = re.compile(r"[*?$]").search
_IAM_PATHS: Final = (
    "user/", "federated-user/", "role/", "group/", "instance-profile/", "mfa/",
    "server-certificate/", "policy/", "sms-mfa/", "saml-provider/", "oidc-provider/", "report/",
    "access-report/",
)  # fmt: skip
"""The prefixes of IAM's resources, in the order in which the service names them."""

_POLICY_MEMBERS: Final = frozenset(("Version", "Id", "Statement"))
_STATEMENT_MEMBERS: Final = frozenset(
    (
        "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource",
        "NotResource", "Condition",
    )
)  # fmt: skip

Conditions = Mapping[str, Mapping[str, tuple[str, ...]]]
"""Operator to condition key to values, as written."""


class MalformedPolicy(ValueError):
    """The text is not a policy; the message says what is wrong, in IAM's words."""


class InvalidPrincipal(MalformedPolicy):
    """The text names a principal in an unknown form."""

    def __init__(self) -> None:
        super().__init__("Invalid principal in policy")


@dataclass(frozen=True, slots=True)
class StatementText:
    """One statement as written. `negated_...` says that the member was NotAction and so on.

    `principals` is None if the statement names none; otherwise kind (`AWS`, `Service`,
    `Federated`, `CanonicalUser`, or `*` for everyone) and value.
    """

    effect: str
    actions: tuple[str, ...]
    negated_actions: bool
    resources: tuple[str, ...]
    negated_resources: bool
    principals: tuple[tuple[str, str], ...] | None
    negated_principals: bool
    conditions: Conditions
    sid: str | None = None

    @property
    def patterns(self) -> int:
        """How many actions, resources and values it lists."""
        tested = (values for keys in self.conditions.values() for values in keys.values())
        return len(self.actions) + len(self.resources) + sum(map(len, tested))


@dataclass(frozen=True, slots=True)
class PolicyText:
    """A policy as written; `has_variables` if its version has policy variables."""

    statements: tuple[StatementText, ...]
    has_variables: bool


def read_policy(text: str, *, names_principals: bool = False, trust: bool = False) -> PolicyText:
    """The policy in a JSON text. Raises MalformedPolicy; parameters as in `read_document`."""
    return read_document(parse_document(text), names_principals=names_principals, trust=trust)


def read_document(
    document: object, *, names_principals: bool = False, trust: bool = False
) -> PolicyText:
    """The policy in a parsed document.

    `names_principals`: a resource policy; `trust`: a role's trust policy, which names principals
    and no resource. Raises MalformedPolicy.
    """
    if not isinstance(document, dict) or not document.keys() <= _POLICY_MEMBERS:
        raise MalformedPolicy("Syntax errors in policy.")
    version = document.get("Version", VERSION_2008)
    if not isinstance(version, str):
        raise MalformedPolicy("The policy must contain a valid version string.")
    if version not in (VERSION_2008, VERSION_2012):
        raise MalformedPolicy("Syntax errors in policy.")
    if not isinstance(document.get("Id", ""), str):
        raise MalformedPolicy("Syntax errors in policy.")
    listed = document.get("Statement")
    statements = [listed] if isinstance(listed, dict) else listed
    if not isinstance(statements, list) or not statements:
        raise MalformedPolicy("Syntax errors in policy.")
    reader = _Reader(names_principals or trust, trust)
    read = tuple(reader.statement(statement) for statement in statements)
    sids = [statement.sid for statement in read if statement.sid]
    if len(set(sids)) != len(sids):
        raise MalformedPolicy("Statement IDs (SID) in a single policy must be unique.")
    return PolicyText(read, version == VERSION_2012)


def statements_in(document: object) -> Iterator[dict[str, Any]]:
    """The statements of a parsed policy, as far as they are objects."""
    listed = document.get("Statement") if isinstance(document, dict) else None
    for statement in listed if isinstance(listed, list) else [listed]:
        if isinstance(statement, dict):
            yield statement


def parse_document(text: str) -> object:
    """Parse strict JSON: no constants that JSON does not have, no duplicate names, and nothing that
    cannot be serialized again, such as lone surrogates and integers of more than 64 bits.

    Raises MalformedPolicy.
    """
    try:
        document = json.loads(text, object_pairs_hook=_distinct, parse_constant=_no_constant)
        orjson.dumps(document)
    except (ValueError, RecursionError, orjson.JSONEncodeError):
        raise MalformedPolicy("This policy contains invalid Json") from None
    if _depth(document) > _MAX_DEPTH:
        raise MalformedPolicy("Syntax errors in policy.")
    return document


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedPolicy("Syntax errors in policy.")
    return members


def _no_constant(name: str) -> object:
    raise ValueError(name)


def _depth(value: object, limit: int = _MAX_DEPTH + 1) -> int:
    if limit == 0:
        return 0
    if isinstance(value, dict):
        return 1 + max((_depth(each, limit - 1) for each in value.values()), default=0)
    if isinstance(value, list):
        return 1 + max((_depth(each, limit - 1) for each in value), default=0)
    return 0


class _Reader:
    """Reads statements of one kind of policy."""

    def __init__(self, names_principals: bool, trust: bool) -> None:
        self._names_principals = names_principals
        self._trust = trust

    def statement(self, given: object) -> StatementText:
        if not isinstance(given, dict) or not given.keys() <= _STATEMENT_MEMBERS:
            raise MalformedPolicy("Syntax errors in policy.")
        effect = given.get("Effect")
        if not isinstance(effect, str):
            raise MalformedPolicy("Syntax errors in policy.")
        if effect not in (ALLOW, DENY):
            raise MalformedPolicy("The policy failed legacy parsing")
        sid = given.get("Sid")
        allowed = _LOOSE_SID if self._names_principals else _SID
        if sid is not None and not (isinstance(sid, str) and allowed(sid)):
            raise MalformedPolicy(
                "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the "
                "regular expression [0-9A-Za-z]*"
            )
        actions, negated_actions = self._actions(given)
        resources, negated_resources = self._resources(given)
        principals, negated_principals = self._principals(given)
        return StatementText(
            effect, actions, negated_actions, resources, negated_resources, principals,
            negated_principals, _conditions(given.get("Condition")), sid,
        )  # fmt: skip

    def _actions(self, given: dict[str, Any]) -> tuple[tuple[str, ...], bool]:
        values, negated = _one_of(given, "Action", "NotAction")
        if values is None:
            raise MalformedPolicy("Policy statement must contain actions.")
        for action in values:
            if not _ACTION(action):
                vendor, colon, _ = action.partition(":")
                if not colon:
                    raise MalformedPolicy(
                        "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
                    )
                if not _VENDOR(vendor):
                    raise MalformedPolicy(f"Vendor {vendor} is not valid")
                raise MalformedPolicy("Actions/Condition can contain only one colon.")
            if self._trust and ":" in action and not action.lower().startswith("sts:"):
                raise MalformedPolicy("AssumeRole policy may only specify STS AssumeRole actions.")
        return values, negated

    def _resources(self, given: dict[str, Any]) -> tuple[tuple[str, ...], bool]:
        values, negated = _one_of(given, "Resource", "NotResource")
        if self._trust:
            if values is not None:
                raise MalformedPolicy("Has prohibited field Resource")
            return ("*",), False
        if values is None:
            raise MalformedPolicy("Policy statement must contain resources.")
        for resource in values:
            _check_resource(resource)
        return values, negated

    def _principals(self, given: dict[str, Any]) -> tuple[tuple[tuple[str, str], ...] | None, bool]:
        present = [name for name in ("Principal", "NotPrincipal") if name in given]
        if not self._names_principals:
            if present:
                raise MalformedPolicy("Policy document should not specify a principal.")
            return None, False
        if len(present) != 1:
            raise MalformedPolicy("Missing required field Principal")
        value = given[present[0]]
        if value == "*":
            return (("*", "*"),), present[0] == "NotPrincipal"
        if not isinstance(value, dict) or not value:
            raise InvalidPrincipal
        listed: list[tuple[str, str]] = []
        for kind, each in value.items():
            if kind not in ("AWS", "Service", "Federated", "CanonicalUser"):
                raise InvalidPrincipal
            named = _strings(each)
            if any(not name or ("*" in name and name != "*") for name in named):
                raise InvalidPrincipal
            listed += [("*" if name == "*" and kind == "AWS" else kind, name) for name in named]
        return tuple(listed), present[0] == "NotPrincipal"


def _check_resource(resource: str) -> None:
    if resource == "*":
        return
    fields = resource.split(":", 5)
    if fields[0] == "arn" and len(fields) > 1 and not _PARTITION(fields[1]):
        whole = ":".join([*fields, *["*"] * (6 - len(fields))])
        raise MalformedPolicy(f'Partition "{fields[1]}" is not valid for resource "{whole}".')
    if not _ARN(resource):
        raise MalformedPolicy(f'Resource {resource} must be in ARN format or "*".')
    _, _, vendor, region, *_, name = fields
    if vendor == "iam" and region not in ("", "*"):
        raise MalformedPolicy(f"IAM resource {resource} cannot contain region information.")
    if vendor == "iam" and not (name == "root" or _IS_OPEN(name) or name.startswith(_IAM_PATHS)):
        raise MalformedPolicy(
            f'IAM resource path must either be "*", root, or start with {", ".join(_IAM_PATHS)}.'
        )
    if vendor == "s3" and region not in ("", "*"):
        raise MalformedPolicy(f"Resource {resource} can not contain region information.")


def _one_of(given: dict[str, Any], plain: str, negated: str) -> tuple[tuple[str, ...] | None, bool]:
    if plain in given and negated in given:
        raise MalformedPolicy("Syntax errors in policy.")
    name = negated if negated in given else plain
    if name not in given:
        return None, False
    value = given[name]
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(each, str) for each in values):
        raise MalformedPolicy("Syntax errors in policy.")
    return tuple(values) or None, name == negated


def _strings(value: object) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    if not values or not all(isinstance(each, str) and each for each in values):
        raise MalformedPolicy("Syntax errors in policy.")
    return tuple(values)


def _conditions(block: object) -> Conditions:
    if block is None:
        return {}
    if not isinstance(block, dict):
        raise MalformedPolicy("Syntax errors in policy.")
    conditions: dict[str, dict[str, tuple[str, ...]]] = {}
    for operator, keys in block.items():
        if not isinstance(keys, dict):
            raise MalformedPolicy("Syntax errors in policy.")
        conditions[operator] = {key: _values(key, each) for key, each in keys.items()}
    return conditions


def _values(key: str, value: object) -> tuple[str, ...]:
    if not key or ":" not in key:
        raise MalformedPolicy(
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
        )
    values = value if isinstance(value, list) else [value]
    return tuple(_value(each) for each in values)


def _value(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    raise MalformedPolicy("Syntax errors in policy.")
