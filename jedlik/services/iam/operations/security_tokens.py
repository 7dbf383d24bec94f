"""STS: temporary credentials. API reference of AWS Security Token Service."""

from __future__ import annotations

import math
import re
from typing import Any, Final

from jedlik.auth.key_material import new_session
from jedlik.auth.policy.document import MalformedPolicy
from jedlik.auth.sessions import Session
from jedlik.services.iam import errors
from jedlik.services.iam.authorization.identity_policies import new_identity_policy
from jedlik.services.iam.authorization.principals import ROLE_ARN, find_role, managed_text
from jedlik.services.iam.model import Role
from jedlik.services.iam.operations.call import Answer, IdentityCall
from jedlik.services.iam.operations.shapes import moment

MIN_SECONDS: Final = 900
MAX_CHAINED: Final = 3600
MAX_POLICY: Final = 2048
"""Characters of a session policy."""
MAX_PACKED: Final = 8192
"""Bytes of a session's policies and tags together: they are in its token, which is a header."""
MAX_TOKEN_SECONDS: Final = 129_600
MIN_NAME: Final = 2
MAX_SESSION_NAME: Final = 64
MAX_FEDERATED_NAME: Final = 32

_NAME: Final = re.compile(r"[\w+=,.@-]*", re.ASCII).fullmatch


def role_of(call: IdentityCall) -> Role:
    """The role that RoleArn names. AccessDenied if it is missing, as for one that the caller may
    not assume: such a caller does not learn whether it exists."""
    arn = call.text("RoleArn")
    if ROLE_ARN(arn) is None:
        raise errors.ValidationError(f"{arn} is invalid")
    _check_form(call)
    role = find_role(call.identities, arn)
    if role is None:
        caller = "anonymous" if call.principal is None else call.principal.caller.arn
        raise errors.AccessDenied(
            f"User: {caller} is not authorized to perform: sts:AssumeRole on resource: {arn}"
        )
    return role


def _check_form(call: IdentityCall) -> None:
    """Check a request to assume a role: its errors come before authorization."""
    _check_name(call.text("RoleSessionName"), "roleSessionName", MAX_SESSION_NAME)
    call.number("DurationSeconds", 3600, MIN_SECONDS, 43_200)
    keys = {key.lower() for key, _ in session_tags(call)}
    if any(str(key).lower() not in keys for key in call.listed("TransitiveTagKeys")):
        raise errors.InvalidParameterValue(
            "The specified transitive tag key must be included in the requested tags."
        )


def _check_name(name: str, member: str, longest: int) -> None:
    broken = []
    if len(name) > longest:
        broken.append(f"Member must have length less than or equal to {longest}")
    if len(name) < MIN_NAME:
        broken.append(f"Member must have length greater than or equal to {MIN_NAME}")
    if not _NAME(name):
        broken.append("Member must satisfy regular expression pattern: [\\w+=,.@-]*")
    if broken:
        errors_found = "error" if len(broken) == 1 else "errors"
        texts = "; ".join(
            f"Value '{name}' at '{member}' failed to satisfy constraint: {each}" for each in broken
        )
        raise errors.ValidationError(f"{len(broken)} validation {errors_found} detected: {texts}")


def session_tags(call: IdentityCall) -> tuple[tuple[str, str], ...]:
    """The tags of the new session."""
    return tuple(call.tags(refusal=errors.InvalidParameterValue).items())


_SECOND_FACTOR: Final = ("SerialNumber", "TokenCode")


def assume_role(call: IdentityCall) -> Answer:
    """AssumeRole. The role's trust policy has already been evaluated."""
    call.refuse(*_SECOND_FACTOR, "TransitiveTagKeys", "SourceIdentity", "ProvidedContexts")
    role = role_of(call)
    name = call.text("RoleSessionName")
    seconds = call.number("DurationSeconds", 3600, MIN_SECONDS, 43_200)
    if seconds > role.longest_session:
        raise errors.ValidationError(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        )
    caller = call.principal
    if seconds > MAX_CHAINED and caller is not None and caller.kind == "AssumedRole":
        raise errors.ValidationError(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by "
            "role chaining"
        )
    policies, tags = _policies(call), session_tags(call)
    packed = _packed(policies, tags)
    session = _session(call, seconds, role=(role.name, role.id, name), policies=policies, tags=tags)
    return {
        "Credentials": _credentials(call, session),
        "AssumedRoleUser": {
            "AssumedRoleId": f"{role.id}:{name}",
            "Arn": f"arn:aws:sts::{call.account}:assumed-role/{role.name}/{name}",
        },
        **packed,
    }


def get_session_token(call: IdentityCall) -> Answer:
    """GetSessionToken: temporary credentials of the caller's own."""
    call.refuse(*_SECOND_FACTOR)
    principal = call.principal
    seconds = call.number("DurationSeconds", 43_200, MIN_SECONDS, MAX_TOKEN_SECONDS)
    if principal is not None and principal.session is not None:
        raise errors.AccessDenied("Cannot call GetSessionToken with session credentials")
    if principal is None or principal.user_name is None:
        session = _session(call, min(seconds, 3600), administrator=call.administrator)
    else:
        session = _session(call, seconds, user=(principal.user_name, principal.user_id))
    return {"Credentials": _credentials(call, session)}


def federated_arn(call: IdentityCall) -> str:
    """The ARN of the federated user that Name names."""
    name = call.text("Name")
    _check_name(name, "name", MAX_FEDERATED_NAME)
    return f"arn:aws:sts::{call.account}:federated-user/{name}"


def get_federation_token(call: IdentityCall) -> Answer:
    """GetFederationToken: temporary credentials for someone else, in the caller's responsibility.
    They allow what both the caller's policies and those of the request allow."""
    principal, arn, name = call.principal, federated_arn(call), call.text("Name")
    seconds = call.number("DurationSeconds", 43_200, MIN_SECONDS, MAX_TOKEN_SECONDS)
    policies, tags = _policies(call), session_tags(call)
    packed = _packed(policies, tags)
    limits: dict[str, Any] = {"federated": name, "policies": policies, "tags": tags}
    if principal is not None and principal.session is not None:
        raise errors.AccessDenied("Cannot call GetFederationToken with session credentials")
    if principal is None or principal.user_name is None:
        session = _session(call, min(seconds, 3600), administrator=call.administrator, **limits)
    else:
        user = (principal.user_name, principal.user_id)
        session = _session(call, seconds, user=user, **limits)
    federated = {"FederatedUserId": f"{call.account}:{name}", "Arn": arn}
    return {"Credentials": _credentials(call, session), "FederatedUser": federated, **packed}


def get_caller_identity(call: IdentityCall) -> Answer:
    """GetCallerIdentity. On an open server everyone is the account's root."""
    principal = call.principal
    if principal is None:
        arn = f"arn:aws:iam::{call.account}:root"
        return {"UserId": call.account, "Account": call.account, "Arn": arn}
    return {
        "UserId": principal.user_id, "Account": call.account, "Arn": principal.caller.arn,
    }  # fmt: skip


def _session(call: IdentityCall, seconds: int, **members: Any) -> Session:
    return new_session(call.ids, call.account, call.now, seconds, **members)


def _credentials(call: IdentityCall, session: Session) -> Answer:
    return {
        "AccessKeyId": session.access_key,
        "SecretAccessKey": session.secret,
        "SessionToken": call.sessions.token(session),
        "Expiration": moment(session.ends),
    }


def _policies(call: IdentityCall) -> tuple[str, ...] | None:
    texts = []
    given = call.optional("Policy")
    if len(given) > MAX_POLICY:
        raise errors.ValidationError(
            "1 validation error detected: Value at 'policy' failed to satisfy constraint: Member "
            f"must have length less than or equal to {MAX_POLICY}"
        )
    if given:
        try:
            new_identity_policy(given)
        except MalformedPolicy as error:
            raise errors.MalformedPolicyDocument(str(error)) from None
        texts.append(given)
    for each in call.listed("PolicyArns"):
        arn = each.get("arn") if isinstance(each, dict) else None
        text = managed_text(call.identities, str(arn), call.account)
        if text is None:
            raise errors.NoSuchEntity(f"Policy {arn} was not found.")
        texts.append(text)
    return tuple(texts) or None


def _packed(policies: tuple[str, ...] | None, tags: tuple[tuple[str, str], ...]) -> dict[str, int]:
    """The share of the allowed size that a session's policies and tags take: PackedPolicySize,
    absent if there are neither. Raises PackedPolicyTooLarge."""
    texts = [*(policies or ()), *(part for tag in tags for part in tag)]
    percent = math.ceil(sum(len(text.encode()) for text in texts) / MAX_PACKED * 100)
    if percent > 100:
        raise errors.PackedPolicyTooLarge(
            f"Packed policy consumes {percent}% of allotted space, please use smaller policy."
        )
    return {"PackedPolicySize": percent} if percent else {}
