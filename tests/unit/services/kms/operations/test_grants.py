"""Grants as they are made and listed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from jedlik.base import turns
from jedlik.base.errors import ValidationException
from jedlik.base.ids import RandomIds
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.kms.errors import (
    InvalidArnException,
    InvalidMarkerException,
    LimitExceededException,
    UnsupportedOperationException,
)
from jedlik.services.kms.operations import grants
from jedlik.services.kms.operations.grants import MAX_CONTEXT_VALUE, MAX_PAIRS
from jedlik.services.kms.operations.registry import OPERATIONS
from jedlik.storage.memory import MemoryEngine
from tests.simulated_clock import SimulatedClock
from tests.turns_of_others import beside_others

ROLE = "arn:aws:iam::000000000000:role/r"
EVA, MAX = (f"arn:aws:iam::000000000000:user/{name}" for name in ("eva", "max"))
DECRYPTS = {"GranteePrincipal": ROLE, "Operations": ["Decrypt"]}


class Call:
    """Calls operations on a database of its own."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def __call__(self, name: str, **payload: Any) -> Any:
        return asyncio.run(OPERATIONS[name](self.database, payload))  # type: ignore[arg-type]


@pytest.fixture
def call() -> Call:
    return Call(Database(MemoryEngine(), SimulatedClock(), RandomIds()))


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


def constrained(member: str, pairs: int, length: int) -> dict[str, Any]:
    context = {f"n{number}": "x" * length for number in range(pairs)}
    return {**DECRYPTS, "Constraints": {f"EncryptionContext{member}": context}}


@pytest.mark.parametrize("member", ["Equals", "Subset"])
def test_a_constraint_has_few_and_short_pairs(call: Call, member: str) -> None:
    key = new_key(call)
    call("CreateGrant", KeyId=key, **constrained(member, MAX_PAIRS, MAX_CONTEXT_VALUE))
    for pairs, length in ((MAX_PAIRS + 1, 1), (1, MAX_CONTEXT_VALUE + 1)):
        with pytest.raises(ValidationException, match="Member must have length less than"):
            call("CreateGrant", KeyId=key, **constrained(member, pairs, length))
    assert len(call("ListGrants", KeyId=key)["Grants"]) == 1


def test_the_grants_of_a_key_have_a_size(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grants, "MAX_GRANTS_SIZE", 10_000)
    key = new_key(call)
    large = constrained("Subset", MAX_PAIRS, MAX_CONTEXT_VALUE)
    call("CreateGrant", KeyId=key, **large)
    call("CreateGrant", KeyId=key, **large)
    with pytest.raises(LimitExceededException, match="bytes"):
        call("CreateGrant", KeyId=key, **large)
    call("CreateGrant", KeyId=new_key(call), **large)


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


@pytest.mark.parametrize(
    ("operation", "payload"),
    [("ListKeys", {}), ("ListRetirableGrants", {"RetiringPrincipal": EVA})],
)
def test_others_have_their_turn_between_keys(
    call: Call, monkeypatch: pytest.MonkeyPatch, operation: str, payload: dict[str, str]
) -> None:
    """Ten keys may have ten megabytes of grants."""
    for _ in range(10):
        new_key(call)
    monkeypatch.setattr(turns.Turns, "over", True)
    _, seen = asyncio.run(beside_others(OPERATIONS[operation](call.database, payload)))
    assert seen >= 10


def test_input_that_lists_no_grants_that_can_be_retired(call: Call) -> None:
    with pytest.raises(ValidationException):
        call("ListRetirableGrants")
    with pytest.raises(UnsupportedOperationException):
        call("ListRetirableGrants", RetiringServicePrincipal="dynamodb.amazonaws.com")
    with pytest.raises(InvalidArnException, match="ARN does not refer to a valid principal: eva"):
        call("ListRetirableGrants", RetiringPrincipal="eva")
    with pytest.raises(InvalidMarkerException):
        call("ListRetirableGrants", RetiringPrincipal=EVA, Marker="zz")
