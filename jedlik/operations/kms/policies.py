"""GetKeyPolicy, PutKeyPolicy, ListKeyPolicies: kept and given back; nothing is decided by them."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import orjson

from jedlik.base.key_errors import MalformedPolicyDocumentException, NotFoundException
from jedlik.database.database import Database
from jedlik.database.encryption_keys import change_key, check_not_pending, find_key
from jedlik.model.encryption_key import EncryptionKey
from jedlik.operations.operation import Body, Payload

NAME: Final = "default"
"""The only name that a key's policy can have."""
MOST: Final = 32 * 1024


def default_policy(database: Database) -> str:
    """The policy of a key that was made without one: the account may do everything."""
    principal = {"AWS": f"arn:aws:iam::{database.names.account}:root"}
    statement = {
        "Sid": "Enable IAM User Permissions",
        "Effect": "Allow",
        "Principal": principal,
        "Action": "kms:*",
        "Resource": "*",
    }
    policy = {"Version": "2012-10-17", "Id": "key-default-1", "Statement": [statement]}
    return orjson.dumps(policy).decode()


def checked_policy(text: str) -> str:
    """The policy, if it is JSON with statements. Raises MalformedPolicyDocumentException."""
    try:
        policy = orjson.loads(text)
    except orjson.JSONDecodeError:
        policy = None
    if not isinstance(policy, dict) or not policy.get("Statement") or len(text) > MOST:
        raise MalformedPolicyDocumentException("The new key policy is not a valid policy document.")
    return text


async def get_key_policy(database: Database, payload: Payload) -> Body:
    """A key's policy."""
    _check_name(payload)
    key = await find_key(database, payload["KeyId"])
    return {"Policy": key.policy, "PolicyName": NAME}


async def put_key_policy(database: Database, payload: Payload) -> Body:
    """Replace a key's policy."""
    _check_name(payload)
    policy = checked_policy(payload["Policy"])

    def decide(key: EncryptionKey) -> EncryptionKey:
        check_not_pending(database, key)
        return replace(key, policy=policy)

    await change_key(database, payload["KeyId"], decide)
    return b""


async def list_key_policies(database: Database, payload: Payload) -> Body:
    """The names of a key's policies: one."""
    await find_key(database, payload["KeyId"])
    return {"PolicyNames": [NAME], "Truncated": False}


def _check_name(payload: Payload) -> None:
    if (payload.get("PolicyName") or NAME) != NAME:
        raise NotFoundException("No such policy exists")
