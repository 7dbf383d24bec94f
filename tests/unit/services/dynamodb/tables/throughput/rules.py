"""What the tests of throughput settings begin with."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.base.errors import ServiceError
from jedlik.services.dynamodb.tables.quotas import Quotas

QUOTAS = Quotas("us-east-1")
MOST = QUOTAS.table
PROVISIONED, ON_DEMAND = "PROVISIONED", "PAY_PER_REQUEST"


def refusal(kind: type[ServiceError], call: Any, *arguments: Any, **more: Any) -> str:
    with pytest.raises(kind) as raised:
        call(*arguments, **more)
    return raised.value.message.removeprefix("One or more parameter values were invalid: ")
