"""Locks between processes, of which each test has two."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from jedlik.storage.lmdb.file_locks import Flights, Order, Turn


@pytest.fixture
def files(tmp_path: Path) -> Iterator[tuple[int, int]]:
    opened = [os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT) for _ in range(2)]
    yield opened[0], opened[1]
    for file in opened:
        os.close(file)


def waits(step: Callable[[], object]) -> threading.Thread:
    """A thread that is in a step which does not end by itself."""
    thread = threading.Thread(target=step)
    thread.start()
    thread.join(0.05)
    assert thread.is_alive()
    return thread


def test_one_has_its_turn_after_the_other(files: tuple[int, int]) -> None:
    first, second = map(Order, files)

    def take() -> None:
        with second.taken():
            pass

    with first.taken():
        waiting = waits(take)
        with pytest.raises(BlockingIOError), second.taken(wait=False):
            pass
    waiting.join(10)
    assert not waiting.is_alive()
    with second.taken(wait=False):
        pass


def test_nothing_is_under_way_once_all_have_landed(files: tuple[int, int]) -> None:
    first, second = map(Flights, files)
    with ExitStack() as left:
        first.depart()
        second.depart()
        second.land()
        waiting = waits(lambda: left.enter_context(second.grounded()))
        first.land()
        waiting.join(10)
        departing = waits(first.depart)
    departing.join(10)
    assert not departing.is_alive()


def test_a_turn_is_ended_before_the_next_one_begins(files: tuple[int, int]) -> None:
    first, second = map(Turn, files)
    assert first.take(wait=False)
    assert not second.take(wait=False)
    assert not first.take(wait=False), "its other thread"
    waiting = waits(lambda: second.take(wait=True))
    first.end()
    waiting.join(10)
    assert not first.take(wait=False)
    second.end()
    assert first.take(wait=False)
    first.end()


def test_a_turn_is_taken_for_a_time(files: tuple[int, int]) -> None:
    first, second = map(Turn, files)
    with suppress(ZeroDivisionError), first.taken():
        assert not second.take(wait=False)
        raise ZeroDivisionError
    assert second.take(wait=False)
    second.end()
