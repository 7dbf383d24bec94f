"""The implemented key operations, by name."""

from __future__ import annotations

from jedlik.gateway.operation import OperationOn
from jedlik.kernel.store import Store
from jedlik.services.kms.operations import (
    aliases,
    cryptography,
    grants,
    keys,
    policies,
    rotation,
    tags,
)
from jedlik.services.kms.operations.grant_tokens import takes_grant_tokens

OPERATIONS: dict[str, OperationOn[Store]] = {
    "CancelKeyDeletion": keys.cancel_key_deletion,
    "CreateAlias": aliases.create_alias,
    "CreateGrant": takes_grant_tokens(grants.create_grant),
    "CreateKey": keys.create_key,
    "Decrypt": takes_grant_tokens(cryptography.decrypt),
    "DeleteAlias": aliases.delete_alias,
    "DescribeKey": takes_grant_tokens(keys.describe_key),
    "DisableKey": keys.disable_key,
    "DisableKeyRotation": rotation.disable_key_rotation,
    "EnableKey": keys.enable_key,
    "EnableKeyRotation": rotation.enable_key_rotation,
    "Encrypt": takes_grant_tokens(cryptography.encrypt),
    "GenerateDataKey": takes_grant_tokens(cryptography.generate_data_key),
    "GenerateDataKeyWithoutPlaintext": takes_grant_tokens(
        cryptography.generate_data_key_without_plaintext
    ),
    "GenerateRandom": cryptography.generate_random,
    "GetKeyPolicy": policies.get_key_policy,
    "GetKeyRotationStatus": rotation.get_key_rotation_status,
    "ListAliases": aliases.list_aliases,
    "ListGrants": grants.list_grants,
    "ListKeyPolicies": policies.list_key_policies,
    "ListKeyRotations": rotation.list_key_rotations,
    "ListKeys": keys.list_all_keys,
    "ListResourceTags": tags.list_resource_tags,
    "ListRetirableGrants": grants.list_retirable_grants,
    "PutKeyPolicy": policies.put_key_policy,
    "ReEncrypt": takes_grant_tokens(cryptography.re_encrypt),
    "RetireGrant": grants.retire_grant,
    "RevokeGrant": grants.revoke_grant,
    "RotateKeyOnDemand": rotation.rotate_key_on_demand,
    "ScheduleKeyDeletion": keys.schedule_key_deletion,
    "TagResource": tags.tag_resource,
    "UntagResource": tags.untag_resource,
    "UpdateAlias": aliases.update_alias,
    "UpdateKeyDescription": keys.update_key_description,
}
