"""Of every parameter of the APIs that carry secrets it is decided whether a record shows it."""

from __future__ import annotations

import pytest

from jedlik.database.names import Names
from jedlik.service.audit import function_events, identity_events, key_events, table_events
from jedlik.service.exchange import Answer, Request
from jedlik.validation import function_shapes, key_shapes


def test_of_the_key_service() -> None:
    members = {
        member
        for shape in key_shapes.OPERATIONS.values()
        for member, _, _ in key_shapes.SHAPES[shape][1]
    }
    assert members == key_events.SHOWN | key_events.HIDDEN
    assert not key_events.SHOWN & key_events.HIDDEN
    assert {"Plaintext", "CiphertextBlob"} <= key_events.HIDDEN


def test_of_lambda() -> None:
    members = {
        member
        for operation in function_shapes.OPERATIONS
        for member, _, _ in function_shapes.SHAPES[operation[4]][1]
    }
    assert members == function_events.SHOWN | function_events.HIDDEN
    assert not function_events.SHOWN & function_events.HIDDEN
    assert {"Code", "ZipFile", "Environment", "Payload"} <= function_events.HIDDEN


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        (b"Action=CreateLoginProfile&UserName=ada&Password=secret", {}),
        (b"Action=Nothing&UserName=ada", {}),
        (b"Action=GetUser&Password=secret&UserName=ada", {"UserName": "ada"}),
        (b"Action=GetSessionToken&TokenCode=123456&SerialNumber=s", {"SerialNumber": "s"}),
        (b"Action=TagUser&Tags.member.1.Key=a", {"Tags.member.1.Key": "a"}),
    ],
)
def test_of_iam_and_sts(form: bytes, shown: dict[str, str]) -> None:
    request = Request(b"POST", b"/", {}, b"", form, b"ID")
    event = identity_events.EVENTS.describe(request, Answer(400, b""), Names())
    assert event.parameters == shown


def test_of_an_operation_that_there_is_not() -> None:
    def shown(operation: str) -> object:
        headers = {b"x-amz-target": b"DynamoDB_20120810." + operation.encode()}
        request = Request(b"POST", b"/", headers, b"", b'{"TableName":"t","Item":"i"}', b"ID")
        return table_events.EVENTS.describe(request, Answer(400, b"{}"), Names()).parameters

    assert shown("PutItems") == {}
    assert shown("PutItem") == {"TableName": "t"}
    assert shown("CreateTable") == {"TableName": "t", "Item": "i"}


@pytest.mark.parametrize("target", ["/2015-03-31/nothing", "/", "/2015-03-31/functions/%ff/code"])
def test_any_path_of_lambdas(target: str) -> None:
    """What is no call of the API has no event; no path fails."""
    request = Request(b"PUT", target.encode(), {}, b"", b"nonsense", b"ID")
    event = function_events.EVENTS.describe(request, Answer(400, b""), Names())
    assert (event is None) is not target.endswith("/code")
