"""For every parameter that may contain a secret, the test decides whether records show it."""

from __future__ import annotations

from jedlik.auth.identity import Identity
from jedlik.gateway.exchange import Answer, Request
from jedlik.kernel.arns import Arns
from jedlik.services.dynamodb.api import audit

KNOWN = Identity("AKID", "000000000000", "us-east-1", "dynamodb")


def test_of_an_operation_that_there_is_not() -> None:
    def shown(operation: str, identity: Identity | None = KNOWN) -> object:
        headers = {b"x-amz-target": b"DynamoDB_20120810." + operation.encode()}
        request = Request(b"POST", b"/", headers, b"", b'{"TableName":"t","Item":"i"}', b"ID")
        request.identity = identity
        return audit.EVENTS.describe(request, Answer(400, b"{}"), Arns()).parameters

    assert shown("PutItems") == {}
    assert shown("CreateTable", None) == {}
    assert shown("PutItem") == {"TableName": "t"}
    assert shown("CreateTable") == {"TableName": "t", "Item": "i"}
