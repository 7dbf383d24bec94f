"""Items of a file put in parallel, with a server that refuses some of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from jedlik.kernel.remote.service_error import RemoteServiceError
from jedlik.tablefiles import importing
from jedlik.tablefiles.formats import BadItem
from jedlik.tablefiles.importing import BATCH, SHOWN, Imported, ImportTask, import_items
from jedlik.tablefiles.sampling import Selection
from jedlik.values.attribute import Item


class Server:
    """Takes batches. An item with `wrong` is refused, with its whole batch; `unprocessed` items
    of the first batch come back once."""

    def __init__(self, unprocessed: int = 0) -> None:
        self.batches: list[list[str]] = []
        self.items: dict[str, Item] = {}
        self._unprocessed = unprocessed

    async def __call__(self, operation: str, payload: dict[str, Any]) -> dict[str, Any]:
        assert operation == "BatchWriteItem"
        requests = payload["RequestItems"]["t"]
        items = [each["PutRequest"]["Item"] for each in requests]
        keys = [item["pk"]["S"] for item in items]
        self.batches.append(keys)
        assert len(set(keys)) == len(keys), "a batch names no key twice"
        await asyncio.sleep(0)
        for item in items:
            if "wrong" in item:
                raise RemoteServiceError(item["wrong"]["S"], "refused")
        left, self._unprocessed = self._unprocessed, 0
        self.items.update({item["pk"]["S"]: item for item in items[left:]})
        return {"UnprocessedItems": {"t": requests[:left]} if left else {}}


class Notes:
    """Where an interrupted command would go on."""

    is_due = True

    def __init__(self, found: dict[str, int] | None = None) -> None:
        self._found = found
        self.kept: list[dict[str, int]] = []
        self.ended = False

    def found(self, _fits: object) -> dict[str, int] | None:
        return self._found

    def keep(self, state: dict[str, int]) -> None:
        self.kept.append(dict(state))

    def over(self) -> None:
        self.ended = True


def item(key: Any, **more: str) -> Item:
    return {"pk": {"S": str(key)}, **{name: {"S": value} for name, value in more.items()}}


def put(
    server: Server,
    items: list[Item | BadItem],
    notes: Notes | None = None,
    limit: int | None = None,
) -> tuple[Imported, list[str], list[int]]:
    said: list[str] = []
    shown: list[int] = []
    task = ImportTask("t", ("pk",), Selection(lambda _item: True, lambda item: item, limit))

    async def run() -> Imported:
        found: Iterator[Item | BadItem] = iter(items)
        return await import_items(
            server,
            found,
            task,
            notes or Notes(),
            said.append,
            shown.append,  # type: ignore[arg-type]
        )

    return asyncio.run(run()), said, shown


def test_items_go_in_batches() -> None:
    server, notes = Server(), Notes()
    imported, said, shown = put(server, [item(n) for n in range(2 * BATCH + 1)], notes)
    assert imported == Imported(2 * BATCH + 1, 0, 0)
    assert sorted(map(len, server.batches)) == [1, BATCH, BATCH]
    assert (said, max(shown)) == ([], 2 * BATCH + 1)
    assert notes.ended
    assert notes.kept[-1] == {"lines": 2 * BATCH + 1, "items": 2 * BATCH + 1, "wrong": 0}


def test_a_key_that_comes_again_begins_a_batch() -> None:
    server = Server()
    put(server, [item("a", v="1"), item("b"), item("a", v="2")])
    assert server.batches == [["a", "b"], ["a"]]


def test_an_invalid_item_does_not_stop_the_others() -> None:
    server = Server()
    items: list[Item | BadItem] = [
        item("a"), item("b", wrong="ValidationException"), BadItem("line 3"), item("c"),
    ]  # fmt: skip
    imported, said, _ = put(server, items)
    assert imported == Imported(2, 2, 0)
    assert sorted(server.items) == ["a", "c"]
    assert sorted(said) == [
        'item {"pk":{"S":"b"}}: refused',
        "line 3",
    ]


def test_an_item_without_its_key_is_named_by_what_it_lacks() -> None:
    class Refusing(Server):
        async def __call__(self, *_: object) -> dict[str, Any]:
            raise RemoteServiceError("ValidationException", "refused")

    imported, said, _ = put(Refusing(), [{"id": {"S": "a"}}])
    assert imported == Imported(0, 1, 0)
    assert said == ["an item without pk: refused"]


def test_some_errors_are_shown_and_all_are_counted() -> None:
    bad: list[Item | BadItem] = [BadItem(str(n)) for n in range(SHOWN + 5)]
    imported, said, _ = put(Server(), bad)
    assert imported == Imported(0, SHOWN + 5, 0)
    assert len(said) == SHOWN


def test_what_is_no_items_fault_ends_it_and_is_not_noted_as_done() -> None:
    notes = Notes()
    with pytest.raises(ExceptionGroup) as raised:
        put(Server(), [item("a", wrong="ResourceNotFoundException")], notes)
    assert raised.group_contains(RemoteServiceError)
    assert not notes.ended
    assert notes.kept[-1]["lines"] == 0


def test_an_import_resumes_where_it_was_interrupted() -> None:
    server = Server()
    notes = Notes({"lines": 3, "items": 2, "wrong": 1})
    imported, _, _ = put(server, [item(n) for n in range(5)], notes)
    assert imported == Imported(4, 1, 3)
    assert sorted(server.items) == ["3", "4"]


def test_what_was_not_processed_is_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "_PAUSE", 0.0)
    server = Server(unprocessed=2)
    imported, _, _ = put(server, [item(n) for n in range(5)])
    assert imported.items == 5
    assert sorted(server.items) == ["0", "1", "2", "3", "4"]
    assert sorted(map(len, server.batches)) == [2, 5]


def test_no_more_than_the_limit() -> None:
    server = Server()
    imported, _, _ = put(server, [item(n) for n in range(9)], limit=4)
    assert imported.items == len(server.items) == 4
