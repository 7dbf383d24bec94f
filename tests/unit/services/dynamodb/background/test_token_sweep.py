"""Transaction tokens are remembered for ten minutes, and then leave nothing behind."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.base.errors import IdempotentParameterMismatchException
from jedlik.kernel.keyspaces import TOKEN_TIMES, TOKENS
from jedlik.services.dynamodb.background.token_sweep import TOKENS_A_STEP, TokenSweep
from jedlik.values.keybytes import successor
from tests.control_plane import ControlPlane, on_demand


def transact(plane: ControlPlane, token: str, value: str) -> Any:
    put = {"Put": {"TableName": "music", "Item": {"pk": {"S": "x"}, "v": {"S": value}}}}
    return plane.call("TransactWriteItems", TransactItems=[put], ClientRequestToken=token)


def sweep(plane: ControlPlane) -> None:
    plane.run(_sweep(plane))


async def _sweep(plane: ControlPlane) -> None:
    await TokenSweep(plane.database).run_once()


def rows(plane: ControlPlane, prefix: bytes) -> int:
    return len(plane.run(plane.database.engine.range(prefix, successor(prefix))).rows)


def test_a_token_is_forgotten_after_ten_minutes_and_not_before(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    transact(plane, "a", "1")
    plane.clock.advance(599)
    sweep(plane)
    assert rows(plane, TOKENS) == rows(plane, TOKEN_TIMES) == 1
    with pytest.raises(IdempotentParameterMismatchException):
        transact(plane, "a", "2")
    plane.clock.advance(2)
    sweep(plane)
    assert rows(plane, TOKENS) == rows(plane, TOKEN_TIMES) == 0


def test_after_ten_minutes_to_the_second_a_token_is_new(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    transact(plane, "a", "1")
    plane.clock.advance(600)
    transact(plane, "a", "2")
    assert plane.call("GetItem", TableName="music", Key={"pk": {"S": "x"}})["Item"]["v"] == {
        "S": "2"
    }


def test_a_token_used_again_is_remembered_from_then_on(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    transact(plane, "a", "1")
    plane.clock.advance(601)
    transact(plane, "a", "2")
    assert rows(plane, TOKEN_TIMES) == 2
    sweep(plane)
    assert rows(plane, TOKENS) == rows(plane, TOKEN_TIMES) == 1
    with pytest.raises(IdempotentParameterMismatchException):
        transact(plane, "a", "3")


def test_more_tokens_than_one_step_takes(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    for number in range(TOKENS_A_STEP + 5):
        transact(plane, str(number), "1")
    plane.clock.advance(601)
    sweep(plane)
    assert rows(plane, TOKENS) == rows(plane, TOKEN_TIMES) == 0
