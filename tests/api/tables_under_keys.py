"""Tables encrypted under KMS keys."""

from __future__ import annotations

from typing import Any

from tests.api.accounts import refusal

THROUGH = {"Condition": {"StringLike": {"kms:ViaService": "dynamodb.*.amazonaws.com"}}}


def is_denied(call: Any, *arguments: Any, **parameters: Any) -> bool:
    """Whether a call is refused because the key may not be used."""
    code, text = refusal(call, *arguments, **parameters)
    said = "KMS key access denied error: com.amazonaws.services.kms.model.AWSKMSException: "
    return code == "AccessDeniedException" and text.startswith(said)


def put_under(dynamodb: Any, name: str, key: str | None) -> Any:
    named = {} if key is None else {"SSEType": "KMS", "KMSMasterKeyId": key}
    return dynamodb.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        SSESpecification={"Enabled": True, **named},
    )["TableDescription"]  # fmt: skip
