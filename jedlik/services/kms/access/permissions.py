"""The permissions that each operation of the key service needs, declared as data.

KMS developer guide, "AWS KMS permissions"; "Controlling access to aliases" for the permissions of
alias operations on keys. An operation that is missing here is always denied.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from typing import Final, NamedTuple


class TargetKind(Enum):
    """The target of an action."""

    EVERYTHING = auto()
    """`*`: identities' policies decide alone."""
    NEW_KEY = auto()
    """A key to be created: identities' policies decide alone."""
    ALIAS = auto()
    """The alias that a member names: identities' policies decide alone."""
    KEY = auto()
    """The key that a member names."""
    ALIASED_KEY = auto()
    """The key of the alias that a member names."""
    MESSAGE_KEY = auto()
    """The key under which a message is encrypted."""
    GRANT = auto()
    """The key of a grant; the grant decides who may retire it."""


class KeyPermission(NamedTuple):
    """One action on one target. `member` names the target, `named` the key as written in the
    request, `context` the encryption context. With `given`, the permission is needed only if that
    member is present."""

    action: str
    of: TargetKind
    member: str = "KeyId"
    named: str | None = None
    context: str | None = None
    given: str | None = None


CONTEXT: Final = "EncryptionContext"
CONSTRAINTS: Final = "Constraints"

_KEY_OPERATIONS: Final = (
    "CancelKeyDeletion", "DescribeKey", "DisableKey", "DisableKeyRotation", "EnableKey",
    "EnableKeyRotation", "GetKeyPolicy", "GetKeyRotationStatus", "ListGrants", "ListKeyPolicies",
    "ListKeyRotations", "ListResourceTags", "PutKeyPolicy", "RevokeGrant", "RotateKeyOnDemand",
    "ScheduleKeyDeletion", "TagResource", "UntagResource", "UpdateKeyDescription",
)  # fmt: skip
_USES: Final = ("Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext")
_EVERYTHING: Final = (
    "CreateKey", "GenerateRandom", "ListAliases", "ListKeys", "ListRetirableGrants",
)  # fmt: skip


def _on_key(operation: str, context: str | None = None) -> tuple[KeyPermission, ...]:
    return (KeyPermission(f"kms:{operation}", TargetKind.KEY, named="KeyId", context=context),)


def _on_alias(operation: str, *keys: KeyPermission) -> tuple[KeyPermission, ...]:
    action = f"kms:{operation}"
    return (
        KeyPermission(action, TargetKind.ALIAS, "AliasName"),
        *(permission._replace(action=action) for permission in keys),
    )


_NEW: Final = KeyPermission("", TargetKind.KEY, "TargetKeyId")
_OLD: Final = KeyPermission("", TargetKind.ALIASED_KEY, "AliasName")

PERMISSIONS: Final[Mapping[str, tuple[KeyPermission, ...]]] = {
    **{name: _on_key(name) for name in _KEY_OPERATIONS},
    **{name: _on_key(name, CONTEXT) for name in _USES},
    **{name: (KeyPermission(f"kms:{name}", TargetKind.EVERYTHING),) for name in _EVERYTHING},
    "CreateAlias": _on_alias("CreateAlias", _NEW),
    "CreateGrant": _on_key("CreateGrant", CONSTRAINTS),
    "CreateKey": (
        KeyPermission("kms:CreateKey", TargetKind.EVERYTHING),
        KeyPermission("kms:TagResource", TargetKind.NEW_KEY, given="Tags"),
    ),
    "Decrypt": (
        KeyPermission(
            "kms:Decrypt",
            TargetKind.MESSAGE_KEY,
            "CiphertextBlob",
            named="KeyId",
            context=CONTEXT,
        ),
    ),
    "DeleteAlias": _on_alias("DeleteAlias", _OLD),
    "ReEncrypt": (
        KeyPermission(
            "kms:ReEncryptFrom", TargetKind.MESSAGE_KEY, "CiphertextBlob", named="SourceKeyId",
            context="SourceEncryptionContext",
        ),
        KeyPermission(
            "kms:ReEncryptTo", TargetKind.KEY, "DestinationKeyId", named="DestinationKeyId",
            context="DestinationEncryptionContext",
        ),
    ),
    "RetireGrant": (KeyPermission("kms:RetireGrant", TargetKind.GRANT, context=CONSTRAINTS),),
    "UpdateAlias": _on_alias("UpdateAlias", _OLD, _NEW),
}  # fmt: skip
"""By operation."""
