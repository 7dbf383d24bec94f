"""Lines of the request log reach standard error in one piece."""

from __future__ import annotations

import os

import pytest

from jedlik.app.admin import request_logging


def test_a_pipe_that_takes_parts_gets_the_whole_line(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = bytearray()

    def write(_descriptor: int, content: memoryview) -> int:
        taken.extend(content[:3])
        return len(content[:3])

    monkeypatch.setattr(os, "write", write)
    request_logging._write(b"GetItem 200")
    monkeypatch.undo()
    assert taken == b"GetItem 200\n"


def test_a_pipe_that_is_full_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def write(_descriptor: int, _content: memoryview) -> int:
        raise BlockingIOError

    monkeypatch.setattr(os, "write", write)
    request_logging._write(b"GetItem 200")
