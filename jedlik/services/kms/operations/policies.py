"""GetKeyPolicy, PutKeyPolicy, ListKeyPolicies. What policies allow is decided in
`kms.access`."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import orjson

from jedlik.auth.policy.compile import compiled_form
from jedlik.auth.policy.document import (
    ALLOW,
    MalformedPolicy,
    StatementText,
    parse_document,
    read_document,
    statements_in,
)
from jedlik.auth.policy.wildcards import Wild, like
from jedlik.gateway.operation import Body, Payload
from jedlik.kernel.store import Store
from jedlik.services.iam.authorization.new_policies import check_conditions
from jedlik.services.kms.errors import (
    LOCKED_OUT,
    MalformedPolicyDocumentException,
    NotFoundException,
)
from jedlik.services.kms.model import EncryptionKey
from jedlik.services.kms.operations.principals import names_principals
from jedlik.services.kms.store import change_key, check_not_pending, find_key

NAME: Final = "default"
"""The only name that a key's policy can have."""
MAX_POLICY_LENGTH: Final = 32 * 1024

_PUT_POLICY: Final = "kms:PutKeyPolicy"
_CALLERS: Final = ("AWS", "*")
"""Kinds of principals that may be callers of the key service's API."""
_INVALID: Final = "The new key policy is not a valid policy document."
_INVALID_PRINCIPALS: Final = "Policy contains a statement with one or more invalid principals."
_LACKING: Final = {
    "Principal": "Policy contains a statement with no principal.",
    "Action": "Missing required field Action",
    "Resource": "Missing required field Resource",
}
_FOR_ALL: Final = "ForAllValues:"
_OVERLY_PERMISSIVE: Final = (
    "OverlyPermissiveCondition: Using the ForAllValues set operator with a single-valued condition "
    "key matches requests without the specified [encryption context or tag] or with an unspecified "
    "[encryption context or tag]. To fix, remove ForAllValues."
)
"""KMS developer guide, "Using set operators with condition keys"."""


def default_policy(store: Store) -> str:
    """The policy of a key that was made without one: the account has all permissions."""
    principal = {"AWS": f"arn:aws:iam::{store.arns.account}:root"}
    statement = {
        "Sid": "Enable IAM User Permissions",
        "Effect": "Allow",
        "Principal": principal,
        "Action": "kms:*",
        "Resource": "*",
    }
    policy = {"Version": "2012-10-17", "Id": "key-default-1", "Statement": [statement]}
    return orjson.dumps(policy).decode()


def checked_policy(payload: Payload) -> str:
    """The policy in a request, if it is a valid key policy, and lets anyone replace it again or the
    request bypasses that check. Raises MalformedPolicyDocumentException."""
    text: str = payload["Policy"]
    try:
        document = parse_document(text)
        _check_members(document)
        policy = read_document(document, names_principals=True)
        compiled_form(policy)
    except MalformedPolicy:
        raise MalformedPolicyDocumentException(_INVALID) from None
    try:
        check_conditions(policy)
    except MalformedPolicy as error:
        raise MalformedPolicyDocumentException(str(error)) from None
    if len(text) > MAX_POLICY_LENGTH:
        raise MalformedPolicyDocumentException(_INVALID)
    if not names_principals(policy):
        raise MalformedPolicyDocumentException(_INVALID_PRINCIPALS)
    for statement in policy.statements:
        for operator, keys in statement.conditions.items():
            if operator.startswith(_FOR_ALL) and any(_single_valued(key) for key in keys):
                raise MalformedPolicyDocumentException(_OVERLY_PERMISSIVE)
    if not payload.get("BypassPolicyLockoutSafetyCheck") and not any(
        map(_may_allow_changes, policy.statements)
    ):
        raise MalformedPolicyDocumentException(LOCKED_OUT)
    return text


def _may_allow_changes(statement: StatementText) -> bool:
    """Whether a statement allows any user, role or account to replace the policy. If none does, a
    policy locks out every caller. Whether it locks out this one is only known of a caller who has
    credentials (see `kms.access`)."""
    kinds = {kind for kind, _ in statement.principals or ()}
    named = any(like([Wild(each)], ignore_case=True)(_PUT_POLICY) for each in statement.actions)
    return (
        statement.effect == ALLOW
        and (statement.negated_principals or not kinds.isdisjoint(_CALLERS))
        and named is not statement.negated_actions
    )


def _check_members(document: object) -> None:
    """Refuse statements that lack a member, in the service's words (measured in September 2026)."""
    for statement in statements_in(document):
        for member, text in _LACKING.items():
            if member not in statement and f"Not{member}" not in statement:
                raise MalformedPolicyDocumentException(text)


def _single_valued(key: str) -> bool:
    return key.lower().startswith(("kms:encryptioncontext:", "aws:requesttag/"))


async def get_key_policy(store: Store, payload: Payload) -> Body:
    """A key's policy."""
    _check_name(payload)
    key = await find_key(store, payload["KeyId"])
    return {"Policy": key.policy, "PolicyName": NAME}


async def put_key_policy(store: Store, payload: Payload) -> Body:
    """Replace a key's policy."""
    _check_name(payload)
    policy = checked_policy(payload)

    def decide(key: EncryptionKey) -> EncryptionKey:
        check_not_pending(store, key)
        return replace(key, policy=policy)

    await change_key(store, payload["KeyId"], decide)
    return b""


async def list_key_policies(store: Store, payload: Payload) -> Body:
    """The names of a key's policies: one."""
    await find_key(store, payload["KeyId"])
    return {"PolicyNames": [NAME], "Truncated": False}


def _check_name(payload: Payload) -> None:
    if (payload.get("PolicyName") or NAME) != NAME:
        raise NotFoundException("No such policy exists")
