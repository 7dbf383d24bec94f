"""Grants as they are made and listed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from jedlik.base.errors import ValidationException
from jedlik.base.ids import RandomIds
from jedlik.services.dynamodb.tables.database import Database
from jedlik.services.kms.errors import (
    InvalidArnException,
    InvalidMarkerException,
    UnsupportedOperationException,
)
from jedlik.services.kms.operations.registry import OPERATIONS
from jedlik.storage.memory import MemoryEngine
from tests.simulated_clock import SimulatedClock

Call = Callable[..., Any]

ROLE = "arn:aws:iam::000000000000:role/r"
EVA, MAX = (f"arn:aws:iam::000000000000:user/{name}" for name in ("eva", "max"))
DECRYPTS = {"GranteePrincipal": ROLE, "Operations": ["Decrypt"]}


@pytest.fixture
def call() -> Call:
    database = Database(MemoryEngine(), SimulatedClock(), RandomIds())

    def run(name: str, **payload: Any) -> Any:
        return asyncio.run(OPERATIONS[name](database, payload))  # type: ignore[arg-type]

    return run


def new_key(call: Call) -> str:
    arn: str = call("CreateKey")["KeyMetadata"]["Arn"]
    return arn


def retirable(call: Call, principal: str, limit: int) -> Iterator[dict[str, Any]]:
    """Page by page."""
    page = call("ListRetirableGrants", RetiringPrincipal=principal, Limit=limit)
    while True:
        assert len(page["Grants"]) <= limit
        yield from page["Grants"]
        if not page["Truncated"]:
            return
        marker = page["NextMarker"]
        page = call("ListRetirableGrants", RetiringPrincipal=principal, Limit=limit, Marker=marker)


def test_a_grant_without_a_name_is_listed_with_an_empty_one(call: Call) -> None:
    key = new_key(call)
    call("CreateGrant", KeyId=key, **DECRYPTS)
    call("CreateGrant", KeyId=key, Name="n", **DECRYPTS)
    assert [grant["Name"] for grant in call("ListGrants", KeyId=key)["Grants"]] == ["", "n"]


def test_a_grant_permits_more_than_making_grants(call: Call) -> None:
    key = new_key(call)
    alone = {"GranteePrincipal": ROLE, "Operations": ["CreateGrant"]}
    text = "^Grants must not contain only the CreateGrant operation.$"
    with pytest.raises(ValidationException, match=text):
        call("CreateGrant", KeyId=key, **alone)
    assert call("ListGrants", KeyId=key)["Grants"] == []
    call("CreateGrant", KeyId=key, **{**alone, "Operations": ["CreateGrant", "Decrypt"]})


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_a_principal_sees_the_grants_of_all_keys_that_it_may_retire(call: Call, limit: int) -> None:
    keys = [new_key(call) for _ in range(5)]
    for key in keys[1:4]:
        call("CreateGrant", KeyId=key, RetiringPrincipal=EVA, **DECRYPTS)
        call("CreateGrant", KeyId=key, RetiringPrincipal=MAX, **DECRYPTS)
        call("CreateGrant", KeyId=key, **DECRYPTS)
    found = [grant["KeyId"] for grant in retirable(call, EVA, limit)]
    assert sorted(found) == sorted(keys[1:4])
    assert list(retirable(call, ROLE, limit)) == []


def test_input_that_lists_no_grants_that_can_be_retired(call: Call) -> None:
    with pytest.raises(ValidationException):
        call("ListRetirableGrants")
    with pytest.raises(UnsupportedOperationException):
        call("ListRetirableGrants", RetiringServicePrincipal="dynamodb.amazonaws.com")
    with pytest.raises(InvalidArnException, match="ARN does not refer to a valid principal: eva"):
        call("ListRetirableGrants", RetiringPrincipal="eva")
    with pytest.raises(InvalidMarkerException):
        call("ListRetirableGrants", RetiringPrincipal=EVA, Marker="zz")
