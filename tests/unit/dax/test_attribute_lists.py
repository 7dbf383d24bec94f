"""The room that attribute lists take, and who gets it: numbers cannot be taken back."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from jedlik.base.errors import LimitExceededException
from jedlik.dax import attribute_lists
from jedlik.dax.attribute_lists import AttributeLists
from jedlik.dax.verifying import DaxWalk
from jedlik.kernel.keyspaces import ATTRIBUTE_LIST_ROOM, ATTRIBUTE_LISTS
from jedlik.storage.engine import Changes, Value
from tests.control_plane import ControlPlane
from tests.unit.dax.caching import OWNER, Caching, thing


def fill(plane: ControlPlane, lists: AttributeLists, owner: str) -> int:
    """Have lists numbered until the owner gets no more; returns how many it got."""
    for number in range(10_000):
        try:
            plane.run(lists.id((f"{owner}{number}",), owner))
        except LimitExceededException:
            return number
    raise AssertionError("there is no end")


def test_no_caller_uses_up_the_room(plane: ControlPlane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attribute_lists, "ROOM", 64)
    lists = AttributeLists(plane.database)
    assert [fill(plane, lists, owner) for owner in ("one", "two", "three")] == [32, 16, 8]
    with pytest.raises(LimitExceededException):  # it gets no more, even from a new process
        plane.run(AttributeLists(plane.database).id(("v",), "one"))
    plane.run(lists.id(("v",), "four"))
    assert plane.run(lists.id(("v",), "one")) == plane.run(lists.id(("v",), "four"))


def test_long_lists_take_more_room(plane: ControlPlane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attribute_lists, "ROOM", 64)
    lists = AttributeLists(plane.database)
    plane.run(lists.id(("x" * 20_000,), "one"))
    with pytest.raises(LimitExceededException):
        plane.run(lists.id(("y" * 20_000,), "one"))


class _Forget:
    """Removes what an older Jedlik did not write."""

    keys = (ATTRIBUTE_LIST_ROOM,)

    def decide(self, _values: Sequence[Value]) -> Changes[None]:
        return Changes({ATTRIBUTE_LIST_ROOM: None}, None)


def test_lists_of_an_older_store_take_room(
    plane: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attribute_lists, "ROOM", 64)
    assert fill(plane, AttributeLists(plane.database), "one") == 32
    plane.run(plane.database.engine.write(_Forget()))
    assert fill(plane, AttributeLists(plane.database), "two") == 16


def test_an_update_for_whose_item_there_is_no_list_is_carried_out(
    plane: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    caching = Caching(plane)
    monkeypatch.setattr(attribute_lists, "ROOM", 0)
    plane.run(caching.update("a", "v", "x"))
    found = plane.run(caching.behind("GetItem", Key=thing("a")))
    assert found["Item"] == thing("a", v="x")
    plane.run(caching.cluster.stop())


def test_the_records_of_room_are_verified(plane: ControlPlane) -> None:
    plane.run(AttributeLists(plane.database).id(("v",), OWNER))
    rows = plane.run(plane.database.engine.range(ATTRIBUTE_LISTS[:1], b"\x11")).rows
    found: list[str] = []
    walk = DaxWalk(lambda place, fault: found.append(f"{place}: {fault}"))
    walk.rows(rows)
    walk.end()
    assert found == []
    walk.rows([(ATTRIBUTE_LIST_ROOM, b"short")])
    assert found == [f"key {ATTRIBUTE_LIST_ROOM.hex()}: its record cannot be read"]
