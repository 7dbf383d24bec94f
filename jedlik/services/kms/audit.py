"""Audit records of calls of the key service.

All calls are management events, including encryption and decryption. Only parameters named here are
shown, without those for plaintext, ciphertext or a grant's token. An encryption context is not
secret (KMS developer guide, "Encryption context").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from jedlik.gateway.audit.trail import Event, Resource, given_members, json_members
from jedlik.gateway.exchange import Answer, Request
from jedlik.kernel.arns import Arns

SHOWN: Final = frozenset(
    (
        "AliasName", "BypassPolicyLockoutSafetyCheck", "Constraints", "CustomKeyStoreId",
        "CustomerMasterKeySpec", "Description", "DestinationEncryptionAlgorithm",
        "DestinationEncryptionContext", "DestinationKeyId", "DryRun", "DryRunModifiers",
        "EncryptionAlgorithm", "EncryptionContext", "GrantId", "GranteePrincipal",
        "GranteeServicePrincipal", "IncludeKeyMaterial", "KeyId", "KeySpec", "KeyUsage", "Limit",
        "Marker", "MultiRegion", "Name", "NumberOfBytes", "Operations", "Origin",
        "PendingWindowInDays", "Policy", "PolicyName", "ResourceOwners", "RetiringPrincipal",
        "RetiringServicePrincipal", "RotationPeriodInDays", "SourceEncryptionAlgorithm",
        "SourceEncryptionContext", "SourceKeyId", "TagKeys", "Tags", "TargetKeyId", "XksKeyId",
    )
)  # fmt: skip
HIDDEN: Final = frozenset(("CiphertextBlob", "GrantToken", "GrantTokens", "Plaintext", "Recipient"))
"""Parameters that are never shown; every parameter of the API is here or in SHOWN."""

_READ_ONLY: Final = ("Decrypt", "Describe", "Encrypt", "Generate", "Get", "List", "ReEncrypt")
_KEY: Final = "AWS::KMS::Key"
_ALIAS: Final = "AWS::KMS::Alias"
_KEY_ARN: Final = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]*:[0-9]{12}:key/[0-9a-f-]{36}").fullmatch
_KEY_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch


class KeyEvents:
    """KMS developer guide, "Logging AWS KMS API calls with AWS CloudTrail"."""

    def is_data(self, _request: Request) -> bool:
        """Always False."""
        return False

    def describe(self, request: Request, answer: Answer, arns: Arns) -> Event:
        """The event; its resources are the keys in the answer or else in the request, and the
        alias."""
        name = request.headers[b"x-amz-target"].decode("latin-1").partition(".")[2]
        given = given_members(request)
        answered = json_members(answer.body) if answer.status < 400 else {}
        resources = dict.fromkeys((*_keys(answered, given, arns), *_alias(given, arns)))
        shown = {member: value for member, value in given.items() if member in SHOWN}
        return Event("kms", name, name.startswith(_READ_ONLY), shown, tuple(resources))


EVENTS: Final = KeyEvents()


def _keys(answered: Mapping[str, Any], given: dict[str, Any], arns: Arns) -> Iterator[Resource]:
    metadata = answered.get("KeyMetadata")
    candidates = (
        answered.get("SourceKeyId"), answered.get("KeyId"),
        metadata.get("Arn") if isinstance(metadata, dict) else None,
        given.get("SourceKeyId"), given.get("KeyId"), given.get("TargetKeyId"),
        given.get("DestinationKeyId"),
    )  # fmt: skip
    for each in candidates:
        if isinstance(each, str) and _KEY_ARN(each):
            yield Resource(_KEY, each)
        elif isinstance(each, str) and _KEY_ID(each):
            yield Resource(_KEY, f"arn:aws:kms:{arns.region}:{arns.account}:key/{each}")


def _alias(given: dict[str, Any], arns: Arns) -> Iterator[Resource]:
    alias = given.get("AliasName")
    if isinstance(alias, str):
        yield Resource(_ALIAS, f"arn:aws:kms:{arns.region}:{arns.account}:{alias}")
