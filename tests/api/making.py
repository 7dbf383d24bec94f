"""Tables and items for tests that call a running server, and the errors in its answers."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.control_plane import attributes, keys
from tests.waiting import wait_until

Payload = dict[str, Any]

COUNTED = "1 validation error detected: "
"""Before what single-item writes find wrong with a request whatever its table is."""

INVALID = "One or more parameter values were invalid: "


def make(dynamodb: Any, *key_names: str, **members: Any) -> str:
    """Make an on-demand table under a new name; keys as in `control_plane.attributes`.

    `make(dynamodb, "pk", "/sk:N")` has a sort key that is a number. Key attributes of indexes alone
    are given as `also=("kind", "year:N")`.
    """
    also = members.pop("also", ())
    name = f"t-{uuid.uuid4().hex[:16]}"
    given = key_names or ("pk",)
    dynamodb.create_table(
        TableName=name,
        KeySchema=keys(*(key.partition(":")[0] for key in given)),
        AttributeDefinitions=attributes(*(key.lstrip("/") for key in given), *also),
        BillingMode="PAY_PER_REQUEST",
        **members,
    )
    return name


def put_all(dynamodb: Any, table: str, items: list[Payload]) -> None:
    """Put items, in batches."""
    for start in range(0, len(items), 25):
        puts = [{"PutRequest": {"Item": item}} for item in items[start : start + 25]]
        dynamodb.batch_write_item(RequestItems={table: puts})


def refusal(call: Callable[..., Any], **parameters: Any) -> tuple[str, str]:
    """Code and text of the error with which a call is refused."""
    with pytest.raises(ClientError) as raised:
        call(**parameters)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


def invalid(call: Callable[..., Any], **parameters: Any) -> str:
    """The text of the ValidationException with which a call is refused."""
    code, message = refusal(call, **parameters)
    assert code == "ValidationException", message
    return message


def pages(call: Callable[..., Any], **parameters: Any) -> Iterator[Payload]:
    """All pages of a Query or Scan, each from the LastEvaluatedKey of the one before."""
    while True:
        page = call(**parameters)
        yield page
        if "LastEvaluatedKey" not in page:
            return
        parameters["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def wait_for_index(client: Any, table: str) -> dict[str, Any]:
    """The description of a table's only vector index, once it is filled."""

    def filled() -> dict[str, Any]:
        (index,) = client.describe_table(TableName=table)["Table"]["VectorIndexes"]
        return dict(index) if index["IndexStatus"] == "ACTIVE" else {}

    return wait_until(filled, "a filled index")
