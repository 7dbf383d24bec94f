"""The key that AWS manages for DynamoDB: made when the first table needs it.

AWS KMS developer guide, "AWS managed keys"; DynamoDB developer guide, "Authorizing use of the AWS
managed key": everyone in the account may use it through DynamoDB, and no one may change it.
"""

from __future__ import annotations

import os
from base64 import b64encode
from typing import Final

import orjson

from jedlik.crypto.material import MATERIAL_SIZE
from jedlik.kernel.store import Store
from jedlik.services.kms.model import EncryptionKey, Material
from jedlik.services.kms.store import aws_managed_key

ALIAS: Final = "alias/aws/dynamodb"

_DESCRIPTION: Final = "Default key that protects my DynamoDB data when no other key is defined"
_USES: Final = (
    "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant",
    "kms:DescribeKey",
)  # fmt: skip
_LOOKS: Final = ("kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant")


async def dynamodb_key(store: Store) -> EncryptionKey:
    """The key that `alias/aws/dynamodb` leads to."""
    return await aws_managed_key(store, ALIAS, lambda: _new_key(store))


def _new_key(store: Store) -> EncryptionKey:
    now = round(store.clock.now(), 3)
    material = b64encode(os.urandom(MATERIAL_SIZE)).decode()
    return EncryptionKey(
        id=store.ids.uuid(),
        created=now,
        policy=_policy(store),
        description=_DESCRIPTION,
        materials=(Material(material, now),),
        aws_managed=True,
    )


def _policy(store: Store) -> str:
    arns = store.arns
    through_dynamodb = {
        "StringEquals": {
            "kms:CallerAccount": arns.account,
            "kms:ViaService": f"dynamodb.{arns.region}.amazonaws.com",
        }
    }
    uses = {
        "Sid": "Allow access through Amazon DynamoDB for all principals in the account that are "
        "authorized to use Amazon DynamoDB",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": list(_USES),
        "Resource": "*",
        "Condition": through_dynamodb,
    }
    looks = {
        "Sid": "Allow direct access to key metadata to the account",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{arns.account}:root"},
        "Action": list(_LOOKS),
        "Resource": "*",
    }
    policy = {"Version": "2012-10-17", "Id": "auto-dynamodb-1", "Statement": [uses, looks]}
    return orjson.dumps(policy).decode()
