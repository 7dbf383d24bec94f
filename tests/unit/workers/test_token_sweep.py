"""Transaction tokens are remembered for ten minutes, and then leave nothing behind."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.base.errors import IdempotentParameterMismatchException
from jedlik.database.keyspaces import TOKEN_TIMES, TOKENS
from jedlik.database.leases import Lease, acquire
from jedlik.values.keybytes import successor
from jedlik.workers.token_sweep import token_step, tokens_are_due
from tests.control_plane import ControlPlane, on_demand


def transact(plane: ControlPlane, token: str, value: str) -> Any:
    put = {"Put": {"TableName": "music", "Item": {"pk": {"S": "x"}, "v": {"S": value}}}}
    return plane.call("TransactWriteItems", TransactItems=[put], ClientRequestToken=token)


def held(plane: ControlPlane) -> Lease:
    engine, now = plane.database.engine, plane.clock.now()
    lease = plane.run(acquire(engine, "test", "me", now, 1e6))
    assert lease is not None
    return lease


def rows(plane: ControlPlane, prefix: bytes) -> int:
    return len(plane.run(plane.database.engine.range(prefix, successor(prefix))).rows)


def test_a_token_is_forgotten_after_ten_minutes_and_not_before(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    transact(plane, "a", "1")
    lease = held(plane)
    plane.clock.advance(599)
    assert not plane.run(tokens_are_due(plane.database))
    plane.run(token_step(plane.database, lease))
    assert rows(plane, TOKENS) == rows(plane, TOKEN_TIMES) == 1
    with pytest.raises(IdempotentParameterMismatchException):
        transact(plane, "a", "2")
    plane.clock.advance(2)
    assert plane.run(tokens_are_due(plane.database))
    plane.run(token_step(plane.database, lease))
    assert rows(plane, TOKENS) == rows(plane, TOKEN_TIMES) == 0


def test_a_token_used_again_is_remembered_from_then_on(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    transact(plane, "a", "1")
    plane.clock.advance(601)
    transact(plane, "a", "2")
    assert rows(plane, TOKEN_TIMES) == 2
    plane.run(token_step(plane.database, held(plane)))
    assert rows(plane, TOKENS) == rows(plane, TOKEN_TIMES) == 1
    with pytest.raises(IdempotentParameterMismatchException):
        transact(plane, "a", "3")
