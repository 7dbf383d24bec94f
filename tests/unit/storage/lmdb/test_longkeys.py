from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jedlik.storage.lmdb.environment import Environment
from jedlik.storage.lmdb.longkeys import MAX_SHORT

LONG = b"k" * 600
DEEP = b"k" * 2000


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[Environment]:
    opened = Environment(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def txn(environment: Environment) -> Iterator[Any]:
    with environment.env.begin(write=True) as transaction:
        yield transaction


def dump(environment: Environment, txn: Any) -> tuple[list[Any], list[Any]]:
    return list(txn.cursor(environment.rows)), list(txn.cursor(environment.longs))


def test_the_layout_is_the_one_that_is_drawn(environment: Environment, txn: Any) -> None:
    keys = environment.long_keys
    keys.put(txn, b"short", b"1")
    keys.put(txn, b"k" * MAX_SHORT, b"2")
    keys.put(txn, b"k" * (MAX_SHORT + 1), b"3")
    keys.put(txn, b"k" * (MAX_SHORT + 502), b"4")
    keys.put(txn, b"k" * (MAX_SHORT + 502) + b"!", b"5")
    keys.put(txn, b"", b"6")
    one, two = bytes(7) + b"\1", bytes(7) + b"\2"
    assert dump(environment, txn) == (
        [(b"k" * 510, b"2"), (b"k" * 510 + b"\0", one), (b"short", b"1")],
        [
            (bytes(8), b"6"),
            (one + b"k", b"3"),
            (one + b"k" * 502, b"4"),
            (one + b"k" * 502 + b"\0", two),
            (two + b"!", b"5"),
        ],
    )


def test_a_node_goes_with_its_last_key_and_not_before(environment: Environment, txn: Any) -> None:
    keys = environment.long_keys
    keys.put(txn, LONG, b"1")
    keys.put(txn, DEEP, b"2")
    keys.delete(txn, DEEP)
    assert keys.get(txn, DEEP) is None
    assert keys.get(txn, LONG) == b"1"
    assert len(dump(environment, txn)[1]) == 1
    keys.delete(txn, DEEP)
    keys.delete(txn, LONG + b"x")
    assert keys.get(txn, LONG) == b"1"
    keys.delete(txn, LONG)
    assert dump(environment, txn) == ([], [])


def test_a_stub_is_no_row_under_its_own_bytes(environment: Environment, txn: Any) -> None:
    """A key of 511 bytes that looks like a stub is a long key like any other."""
    keys = environment.long_keys
    keys.put(txn, LONG, b"1")
    twin = LONG[:MAX_SHORT] + b"\0"
    assert keys.get(txn, twin) is None
    keys.put(txn, twin, b"2")
    assert list(keys.scan(txn, b"", None)) == [(twin, b"2"), (LONG, b"1")]


def test_a_sound_store_has_no_problems(environment: Environment, txn: Any) -> None:
    keys = environment.long_keys
    for key in (b"", b"short", LONG, DEEP, b"other" * 300):
        keys.put(txn, key, b"v")
    assert keys.problems(txn) == []


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (lambda e, t: t.delete(LONG[:510] + b"\0", db=e.rows), "is named 0 times"),
        (lambda e, t: t.drop(e.longs, delete=False), "is named and not there"),
        (lambda e, t: t.put(b"z" * 511, b"x" * 8, db=e.rows), "a malformed stub"),
        (lambda e, t: t.put(b"z" * 510 + b"\0", bytes(7) + b"\1", db=e.rows), "is named 2 times"),
    ],
)
def test_damage_is_found(environment: Environment, txn: Any, damage: Any, expected: str) -> None:
    environment.long_keys.put(txn, LONG, b"v")
    damage(environment, txn)
    assert any(expected in problem for problem in environment.long_keys.problems(txn))
