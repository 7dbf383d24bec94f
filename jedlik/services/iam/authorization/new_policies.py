"""Policies before they are stored: parsed, compiled, and checked for conditions that this server
cannot evaluate.

A condition on a key that is never set is evaluated as for absent keys. In an Allow it mostly fails,
which is safe. In a Deny this means that the statement never applies, and negated operators,
`...IfExists`, `ForAllValues:` and `Null` reverse it. So a policy is refused, with a text, if the
key's absence would allow more than the key could: every such key in a Deny, and in an Allow if the
test holds without the key.

The same applies to values that an operator cannot parse, such as `10.0.0.0/33` as a range of
addresses: they match nothing. So they are refused where a match would deny, or would prevent an
Allow by a negated operator.

`KEYS` has, by service, the keys that are set here; a test compares it with those that the services
set. Some keys of `aws:` have no value in an account without an organization, second factors and
federation, and so none here (`WITHOUT_VALUE`): their absence is correct, and they are allowed. Keys
of services that do not exist here do not matter for requests to others.

IAM user guide, "AWS global condition context keys"; Service Authorization Reference for the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from jedlik.auth.policy.compile import Policy, compiled_form
from jedlik.auth.policy.conditions import unreadable
from jedlik.auth.policy.document import DENY, MalformedPolicy, PolicyText, StatementText

KEYS: Final[Mapping[str, frozenset[str]]] = {
    "aws": frozenset((
        "calledvia", "calledviafirst", "calledvialast", "currenttime", "epochtime",
        "multifactorauthpresent", "principalaccount", "principalarn", "principalisawsservice",
        "principaltag/", "principaltype", "referer", "requestedregion", "requesttag/",
        "resourceaccount", "resourcetag/", "securetransport", "sourceip", "sourcevpc",
        "sourcevpce", "tagkeys", "tokenissuetime", "useragent", "userid", "username",
        "viaawsservice", "vpcsourceip",
    )),
    "application-autoscaling": frozenset(("scalable-dimension", "service-namespace")),
    "cloudwatch": frozenset(("alarmactions", "namespace")),
    "dax": frozenset(("enclosingoperation",)),
    "dynamodb": frozenset((
        "attributes", "enclosingoperation", "firstpartitionkeyvalues", "fourthpartitionkeyvalues",
        "fulltablescan", "leadingkeys", "returnconsumedcapacity", "returnvalues",
        "secondpartitionkeyvalues", "select", "thirdpartitionkeyvalues",
    )),
    "iam": frozenset((
        "associatedresourcearn", "passedtoservice", "permissionsboundary", "policyarn",
        "resourcetag/",
    )),
    "kms": frozenset((
        "bypasspolicylockoutsafetycheck", "calleraccount", "customermasterkeyspec",
        "customermasterkeyusage", "encryptionalgorithm", "encryptioncontext:",
        "encryptioncontextkeys", "grantconstrainttype", "granteeprincipal",
        "grantisforawsresource", "grantoperations", "keyorigin", "keyspec", "keyusage",
        "multiregion", "reencryptonsamekey", "requestalias", "resourcealiases",
        "retiringprincipal", "rotationperiodindays", "schedulekeydeletionpendingwindowindays",
        "viaservice",
    )),
    "lambda": frozenset(("functionarn", "sourcefunctionarn")),
    "sts": frozenset(("externalid", "rolesessionname")),
}  # fmt: skip
"""In lower case and without the service; one that ends with `/` or `:` is a prefix."""

WITHOUT_VALUE: Final = frozenset((
    "aws:assumedroot", "aws:ec2instancesourceprivateipv4", "aws:ec2instancesourcevpc",
    "aws:federatedprovider", "aws:multifactorauthage", "aws:principalorgid",
    "aws:principalorgpaths", "aws:principalservicename", "aws:principalservicenameslist",
    "aws:resourceorgid", "aws:resourceorgpaths", "aws:sourceaccount", "aws:sourcearn",
    "aws:sourceidentity", "aws:sourceorgid", "aws:sourceorgpaths", "ec2:sourceinstancearn",
    "iam:awsservicename", "sts:sourceidentity", "sts:transitivetagkeys",
))  # fmt: skip
"""Keys that are correctly absent: of organizations, second factors, federation, source identities
(AssumeRole refuses to set one), services' own calls, and actions that are not implemented."""

_NEGATED: Final = "Not"
_HOLD_WITHOUT_KEY: Final = ("IfExists", "ForAllValues:", "Null", _NEGATED)
"""Parts of the names of operators that may hold without the key."""
_SHOWN: Final = 64
"""Characters of a value in an error."""


def compile_new(policy: PolicyText) -> Policy:
    """The compiled form of a policy before it is stored. Raises MalformedPolicy if it has none, or
    a condition that `check_conditions` refuses."""
    compiled = compiled_form(policy)
    check_conditions(policy)
    return compiled


def check_conditions(policy: PolicyText) -> None:
    """Raise MalformedPolicy for a condition that would let through what it should not."""
    for statement in policy.statements:
        if _concerns_this_server(statement):
            _check_keys(statement)
            _check_values(statement, variables=policy.has_variables)


def _check_keys(statement: StatementText) -> None:
    for operator, keys in statement.conditions.items():
        if statement.effect != DENY and not any(each in operator for each in _HOLD_WITHOUT_KEY):
            continue
        for key in keys:
            if not is_set(key):
                raise MalformedPolicy(
                    f"Condition key {key} is never set on this server, so that this "
                    f"{statement.effect} would let through what it should not; "
                    "see `jedlik manual security`."
                )


def _check_values(statement: StatementText, *, variables: bool) -> None:
    for operator, keys in statement.conditions.items():
        if (statement.effect == DENY) is (_NEGATED in operator):
            continue  # a value that matches nothing allows nothing
        for key, values in keys.items():
            value = unreadable(operator, values, variables=variables)
            if value is not None:
                raise MalformedPolicy(
                    f"{operator} cannot read the value {value[:_SHOWN]!r} of {key}, so that this "
                    f"{statement.effect} would let through what it should not."
                )


def is_set(key: str) -> bool:
    """Whether requests have the key as in the service."""
    key = key.lower()
    service, _, name = key.partition(":")
    names = KEYS.get(service)
    if names is None or key in WITHOUT_VALUE or name in names:
        return True
    return any(name.startswith(each) for each in names if each.endswith(("/", ":")))


def _concerns_this_server(statement: StatementText) -> bool:
    """Whether the statement is about an action of a service that exists here."""
    if statement.negated_actions:
        return True
    services = {action.partition(":")[0].lower() for action in statement.actions}
    return any("*" in each or "?" in each or each in KEYS for each in services)
