"""What IAM refuses in policies of identities and in trust policies, in its own words.

These are policies that could be evaluated: vendors with wildcards, ARNs of other partitions, values
that an operator cannot read, principals of no form, actions that assume no role. So they are
refused before they are stored, but those that are stored already stay valid.

The rules were measured on the service in September 2026: each answer has the text that the service
gave for one mistake in an otherwise valid policy. In which order it reports several is not known.
"""

from __future__ import annotations

import ipaddress
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any, Final

from jedlik.auth.policy.document import (
    MalformedPolicy,
    PolicyText,
    parse_document,
    read_document,
    statements_in,
)
from jedlik.auth.policy.operators import OPERATORS, decoded, read_date, read_number
from jedlik.services.iam.authorization.new_policies import compile_new

_SYNTAX: Final = "Syntax errors in policy."
_LEGACY: Final = "The policy failed legacy parsing"
_NULL: Final = "Null"
_IF_EXISTS: Final = "IfExists"

_WILD: Final = re.compile(r"[*?]").search
_PARTITION: Final = re.compile(r"aws|[^*?$\n]*+[*?$].*").fullmatch
_WITHOUT_REGION: Final = ("s3", "route53")
_ACCESS_POINT: Final = "accesspoint/"
_ARN_FIELDS: Final = 6

_TRUST_ACTIONS: Final = frozenset(
    (
        "sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity",
        "sts:SetContext", "sts:SetSourceIdentity", "sts:TagSession",
    )
)  # fmt: skip
_PRINCIPAL: Final = re.compile(
    r"\*|(\d-*){12}|[A-Z0-9]{16,128}"
    r"|arn:aws[a-z-]*:iam::\d{12}:(root|(user|role)/[^*?\s]+)"
    r"|arn:aws[a-z-]*:sts::\d{12}:(assumed-role/[^*?\s/]+|federated-user)/[^*?\s]+"
).fullmatch
_SERVICE: Final = re.compile(r"[a-z0-9.-]+\.(amazonaws\.com(\.cn)?|aws\.internal)").fullmatch


def new_identity_policy(text: str, *, trust: bool = False) -> PolicyText:
    """The policy in a text, before an identity gets it. `trust`: a role's trust policy.

    Raises MalformedPolicy for one that IAM refuses, and for one that `compile_new` refuses.
    """
    document = parse_document(text)
    check_document(document, trust=trust)
    policy = read_document(document, trust=trust)
    compile_new(policy)
    return policy


def check_document(document: object, *, trust: bool = False) -> None:
    """Raise MalformedPolicy for a parsed policy that IAM refuses. What is not well formed is left
    to `read_document`."""
    for statement in statements_in(document):
        for action in _texts(statement, "Action", "NotAction"):
            _check_action(action, trust=trust)
        if trust:
            _check_principal(statement.get("Principal"))
        for resource in _texts(statement, "Resource", "NotResource"):
            _check_resource(resource)
        _check_conditions(statement.get("Condition"))


def _texts(statement: dict[str, Any], *members: str) -> Iterator[str]:
    for member in members:
        for value in _listed(statement.get(member)):
            if isinstance(value, str):
                yield value


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _check_action(action: str, *, trust: bool) -> None:
    vendor, colon, _ = action.partition(":")
    if colon and _WILD(vendor):
        raise MalformedPolicy("Action vendors (e.g., aws, ec2, etc.) must not contain wildcards.")
    if trust and (colon or action == "*") and action not in _TRUST_ACTIONS:
        raise MalformedPolicy("AssumeRole policy may only specify STS AssumeRole actions.")


# --- Principals -----------------------------------------------------------------------------------


def _check_principal(principal: object) -> None:
    if principal == "*":
        raise MalformedPolicy('AssumeRolepolicy contained an invalid principal: "STAR":"*".')
    for kind, given in principal.items() if isinstance(principal, dict) else ():
        valid = _FORMS.get(kind)
        for name in _listed(given):
            if valid is not None and isinstance(name, str) and not valid(name):
                raise MalformedPolicy(f'Invalid principal in policy: "{kind.upper()}":"{name}"')


_FORMS: Final = {"AWS": _PRINCIPAL, "Service": _SERVICE}


# --- Resources ------------------------------------------------------------------------------------


def _check_resource(resource: str) -> None:
    if not resource.startswith("arn:"):
        return
    fields = resource.split(":", _ARN_FIELDS - 1)
    missing = _ARN_FIELDS - len(fields)
    whole = ":".join([*fields, *["*"] * missing])
    _, partition, vendor, region, account, name = whole.split(":", _ARN_FIELDS - 1)
    if not _PARTITION(partition):
        raise MalformedPolicy(f'Partition "{partition}" is not valid for resource "{whole}".')
    if _WILD(vendor):
        raise MalformedPolicy("Resource vendor must be fully qualified and cannot contain regexes.")
    if vendor in _WITHOUT_REGION and not name.startswith(_ACCESS_POINT):
        if region not in ("", "*"):
            raise MalformedPolicy(f"Resource {whole} can not contain region information.")
        if vendor == "s3" and account not in ("", "*"):
            raise MalformedPolicy(f"Resource {whole} cannot contain an account id.")
    if missing > 0:
        raise MalformedPolicy(_LEGACY)


# --- Conditions -----------------------------------------------------------------------------------


def _check_conditions(block: object) -> None:
    for name, keys in block.items() if isinstance(block, dict) else ():
        operator = name.rpartition(":")[2]
        plain = operator.removesuffix(_IF_EXISTS)
        if plain not in OPERATORS and operator != _NULL:
            raise MalformedPolicy(_SYNTAX)
        values = [each for given in _values_of(keys) for each in _listed(given)]
        if any(isinstance(value, dict | list) for value in values):
            raise MalformedPolicy(_SYNTAX)
        for family, reads, text in _FAMILIES:
            if family in plain and not all(reads(str(value)) for value in values):
                raise MalformedPolicy(text)


def _values_of(keys: object) -> list[object]:
    return list(keys.values()) if isinstance(keys, dict) else []


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _is_arn(text: str) -> bool:
    return text == "*" or (text.startswith("arn:") and text.count(":") >= _ARN_FIELDS - 1)


def _is_base64(text: str) -> bool:
    content = decoded(text)
    return content is not None and b64encode(content).decode() == text  # with the right padding


_FAMILIES: Final[tuple[tuple[str, Callable[[str], bool], str], ...]] = (
    ("Numeric", lambda text: read_number(text) is not None, _LEGACY),
    ("Date", lambda text: read_date(text) is not None, _LEGACY),
    ("IpAddress", _is_address, _LEGACY),
    ("Arn", _is_arn, _LEGACY),
    ("Binary", _is_base64, _SYNTAX),
)
"""By a part of the operator's name: whether a value can be read, and the text if not."""
