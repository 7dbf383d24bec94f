"""What a batch of tasks decides, and what its commit has to check; without a database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from jedlik.storage.engine import Changes, Value
from jedlik.storage.postgres import decisions as module
from jedlik.storage.postgres.decisions import Decisions, Waiting

THERE = {b"a": b"1", b"b": b"2"}


class Task:
    """Reads `keys` and changes `values`, or fails; `seen` is what it was given."""

    def __init__(
        self, *keys: bytes, values: Mapping[bytes, Value] | None = None, fails: bool = False
    ) -> None:
        self.keys = keys
        self._values = values or {}
        self._fails = fails
        self.seen: Sequence[Value] = ()

    def decide(self, values: Sequence[Value]) -> Changes[str]:
        self.seen = values
        if self._fails:
            raise ZeroDivisionError
        return Changes(self._values, "done")


def decided(*tasks: Task) -> Decisions:
    return Decisions([Waiting(task, task.keys, task, 0.0) for task in tasks], THERE)


def of(outcomes: Sequence[tuple[Waiting, Any]]) -> list[Any]:
    return [waiting.task for waiting, _ in outcomes]


def test_who_changes_nothing_is_answered_out_of_the_snapshot() -> None:
    reader, refused = Task(b"a"), Task(b"b", fails=True)
    found = decided(reader, refused)
    assert of(found.at_once) == [reader, refused]
    assert isinstance(found.at_once[1][1].error, ZeroDivisionError)
    assert (found.changes, found.expected, found.after) == ({}, set(), [])


def test_a_task_sees_what_an_earlier_one_left_and_waits_for_its_commit() -> None:
    writer, reader, refused = (
        Task(b"a", values={b"a": b"new", b"b": None}),
        Task(b"a", b"b", b"c"),
        Task(b"b", fails=True),
    )
    found = decided(writer, reader, refused)
    assert reader.seen == [b"new", None, None]
    assert of(found.after) == [writer, reader, refused]
    assert found.at_once == []
    assert found.expected == {b"a", b"c"}, "b was not read from the snapshot"


def test_a_failure_changes_nothing() -> None:
    found = decided(Task(b"a", values={b"a": b"x"}), Task(b"b", values={b"b": b"y"}, fails=True))
    assert found.changes == {b"a": b"x"}


def test_what_is_only_read_and_what_must_stay_absent() -> None:
    found = decided(Task(b"a", b"b", values={b"b": b"x"}))
    assert found.only_read == {b"a"}
    assert not found.unguarded
    assert decided(Task(b"a", b"gone", values={b"a": b"x"})).unguarded
    assert not decided(Task(b"gone", values={b"gone": b"x"})).unguarded, "the put itself guards it"
    assert decided(Task(b"gone", values={b"gone": None, b"a": b"x"})).unguarded


def test_arguments_say_what_is_shared_taken_put_made_and_gone() -> None:
    found = decided(
        Task(b"b", b"a", b"new", values={b"b": b"x", b"new": b"n", b"blind": b"p", b"old": None})
    )
    shared, taken, shared_values, taken_values, puts, put_values, made, made_values, gone = (
        found.arguments()
    )
    assert (shared, shared_values) == ([b"a"], [b"1"])
    assert (taken, taken_values) == ([b"b"], [b"2"])
    assert dict(zip(puts, put_values, strict=True)) == {b"b": b"x", b"blind": b"p"}
    assert (made, made_values, gone) == ([b"new"], [b"n"], [b"old"])


def test_keys_are_locked_in_order() -> None:
    found = Decisions(
        [
            Waiting(task, task.keys, task, 0.0)
            for task in [Task(b"z", b"c", b"a", values={b"z": b"", b"c": b""}), Task(b"y", b"b")]
        ],
        dict.fromkeys((b"a", b"b", b"c", b"y", b"z"), b"v"),
    )
    shared, taken, *_ = found.arguments()
    assert (shared, taken) == ([b"a"], [b"c", b"z"])


def test_a_large_change_leaves_the_other_tasks_for_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BATCH_BYTES", 10)
    large, later = Task(b"a", values={b"a": b"x" * 20}), Task(b"b", values={b"b": b"y"})
    found = decided(large, later)
    assert of(found.after) == [large]
    assert [waiting.task for waiting in found.rest] == [later]
    assert found.changes == {b"a": b"x" * 20}
