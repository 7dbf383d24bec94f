"""What a transaction may hold, as the service says it."""

from __future__ import annotations

import pytest

from jedlik.base.errors import ValidationException
from jedlik.base.limits import MAX_TRANSACTION_SIZE
from jedlik.services.dynamodb.items.transactions import check_transaction_size
from tests.control_plane import ControlPlane, on_demand

TOO_LARGE = "Transaction aggregate item size cannot exceed 4 MB"


def test_four_megabytes_to_the_byte() -> None:
    check_transaction_size([MAX_TRANSACTION_SIZE - 7, 7])
    with pytest.raises(ValidationException, match=TOO_LARGE):
        check_transaction_size([MAX_TRANSACTION_SIZE - 7, 8])


def test_the_service_s_text(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    puts = [
        {"Put": {"TableName": "music", "Item": {"pk": {"S": str(at)}, "v": {"S": "x" * 390_000}}}}
        for at in range(11)
    ]
    assert plane.invalid("TransactWriteItems", TransactItems=puts) == TOO_LARGE
    plane.call("TransactWriteItems", TransactItems=puts[:10])
    gets = [{"Get": {"TableName": "music", "Key": {"pk": {"S": str(at)}}}} for at in range(10)]
    assert len(plane.call("TransactGetItems", TransactItems=gets)["Responses"]) == 10
