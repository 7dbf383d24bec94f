"""Values that remember how their checks ended."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import orjson
import pytest

from jedlik.base.errors import InvalidParameter, ServiceError
from jedlik.values import canonical
from jedlik.values.canonical import ItemTooLarge, canonical_value
from jedlik.values.checked_value import CheckedValue
from jedlik.values.nesting import NestingTooDeep

TWO: dict[str, Any] = {"L": [{"N": "1.0"}, {"N": "2"}]}
SIZE = 9


def remembering(value: dict[str, Any], *checks: tuple[int, int]) -> CheckedValue:
    """A value that was checked at some depths, with some limits, and cannot be checked again."""
    checked = CheckedValue(value)
    for depth, limit in checks:
        with suppress(ServiceError):
            canonical_value(checked, depth, limit)
    return checked


def no_check(*_given: object) -> int:
    raise AssertionError("it is checked again")


@pytest.fixture
def only_memory(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Call it, and no list can be checked any more."""
    return lambda: monkeypatch.setitem(canonical._CHECKS, "L", no_check)


def test_a_size_is_remembered_by_copies_too(only_memory: Any) -> None:
    value = remembering(TWO, (1, 100))
    only_memory()
    assert canonical_value(value, 1, 100) == SIZE
    assert canonical_value(value.copy(), 1, 100) == SIZE
    assert value == {"L": [{"N": "1"}, {"N": "2"}]}
    assert orjson.dumps(value) == b'{"L":[{"N":"1"},{"N":"2"}]}'


@pytest.mark.parametrize(
    ("value", "depth", "limit", "kind"),
    [
        ({"L": [{"N": "x"}]}, 1, 100, InvalidParameter),
        ({"L": [{"N": "1"}]}, 32, 100, NestingTooDeep),
        ({"L": [{"N": "1"}]}, 1, 2, ItemTooLarge),
    ],
)
def test_an_error_is_remembered(
    only_memory: Any, value: dict[str, Any], depth: int, limit: int, kind: type[ServiceError]
) -> None:
    checked = remembering(value, (depth, limit))
    only_memory()
    for _ in range(2):
        with pytest.raises(kind):
            canonical_value(checked, depth, limit)


def test_other_depths_and_limits_are_checked_again(only_memory: Any) -> None:
    value = remembering(TWO, (1, 100))
    assert canonical_value(value, 2, 50) == SIZE
    only_memory()
    with pytest.raises(AssertionError):
        canonical_value(value, 1, 99)


def test_null_and_unknown_members_are_dropped() -> None:
    value = CheckedValue({"S": None, "X": 1, "L": []})
    assert canonical_value(value) == canonical_value({"L": []})
    assert value == {"L": []}
