"""Policies that are to be kept: read, compiled, and of conditions that this server can judge.

A condition on a key that is never set decides by what counts for absent keys. In an Allow that is
mostly "no", which is safe. In a Deny it means that the statement never bites, and negated
operators, `...IfExists`, `ForAllValues:` and `Null` turn it about. So a policy is refused, with a
text, where the key's absence would let more through than the key could: every such key in a Deny,
and in an Allow where the test holds without the key.

The same goes for values that an operator cannot read, such as `10.0.0.0/33` as a range of
addresses: they match nothing. So they are refused where a match is what denies, or what a negated
operator lets an Allow not hold for.

`KEYS` has, by service, the keys that are set here; a test compares it with those that the services
do set. Of keys of `aws:` some have no value in an account that is in no organization, has no second
factors and no federation, and so none here (`WITHOUT_VALUE`): their absence is right, and they may
be named. Keys of services that are not here say nothing about requests that are.

IAM user guide, "AWS global condition context keys"; Service Authorization Reference for the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from jedlik.auth.policy.compile import Policy, compile_policy
from jedlik.auth.policy.conditions import unreadable
from jedlik.auth.policy.document import DENY, MalformedPolicy, StatementText, read_policy

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
"""In lower case and without the service; one that ends with `/` or `:` is a beginning."""

WITHOUT_VALUE: Final = frozenset((
    "aws:assumedroot", "aws:ec2instancesourceprivateipv4", "aws:ec2instancesourcevpc",
    "aws:federatedprovider", "aws:multifactorauthage", "aws:principalorgid",
    "aws:principalorgpaths", "aws:principalservicename", "aws:principalservicenameslist",
    "aws:resourceorgid", "aws:resourceorgpaths", "aws:sourceaccount", "aws:sourcearn",
    "aws:sourceidentity", "aws:sourceorgid", "aws:sourceorgpaths", "ec2:sourceinstancearn",
    "iam:awsservicename", "sts:sourceidentity", "sts:transitivetagkeys",
))  # fmt: skip
"""Keys that are rightly absent: of organizations, second factors, federation, source identities
(AssumeRole refuses to set one), services that call for themselves, and actions that are not
built."""

_NEGATED: Final = "Not"
_TURNED: Final = ("IfExists", "ForAllValues:", "Null", _NEGATED)
"""What is in the names of operators that may hold without the key."""
_SHOWN: Final = 64
"""Characters of a value in an error."""


def compiled_new(text: str, *, names_principals: bool = False, trust: bool = False) -> Policy:
    """The compiled policy of a text that is to be kept. Raises MalformedPolicy."""
    read = read_policy(text, names_principals=names_principals, trust=trust)
    policy = compile_policy(text, names_principals=names_principals, trust=trust)
    for statement in read.statements:
        if _is_of_here(statement):
            _check_keys(statement)
            _check_values(statement, variables=read.has_variables)
    return policy


def _check_keys(statement: StatementText) -> None:
    for operator, keys in statement.conditions.items():
        if statement.effect != DENY and not any(turned in operator for turned in _TURNED):
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
            continue  # what matches nothing lets nothing through
        for key, values in keys.items():
            value = unreadable(operator, values, variables=variables)
            if value is not None:
                raise MalformedPolicy(
                    f"{operator} cannot read the value {value[:_SHOWN]!r} of {key}, so that this "
                    f"{statement.effect} would let through what it should not."
                )


def is_set(key: str) -> bool:
    """Whether requests have the key as they would have it in the service."""
    key = key.lower()
    service, _, name = key.partition(":")
    names = KEYS.get(service)
    if names is None or key in WITHOUT_VALUE or name in names:
        return True
    return any(name.startswith(each) for each in names if each.endswith(("/", ":")))


def _is_of_here(statement: StatementText) -> bool:
    """Whether the statement is about an action of a service that is here."""
    if statement.negated_actions:
        return True
    services = {action.partition(":")[0].lower() for action in statement.actions}
    return any("*" in each or "?" in each or each in KEYS for each in services)
