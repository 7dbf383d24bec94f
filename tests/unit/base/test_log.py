"""Lines of the log: their form, their bounds, and how often one may be repeated."""

from __future__ import annotations

import logging
from itertools import pairwise

from jedlik.base.log import (
    MAX_MESSAGE_LENGTH,
    MAX_TRACEBACK_LENGTH,
    RATE_LIMITED,
    OneLine,
    RateLimit,
)


class Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.now = 100.0
        self.lines: list[str] = []
        self.addFilter(RateLimit(lambda: self.now))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def test_what_every_request_says_is_written_once_a_second_at_first() -> None:
    lines = Lines()
    log = logging.getLogger("jedlik.test_log")
    log.addHandler(lines)
    for number in range(50):
        log.error("request %d: disk full", number, extra=RATE_LIMITED)
        log.error("another text", extra=RATE_LIMITED)
    log.error("not limited")
    log.error("not limited")
    assert lines.lines == ["request 0: disk full", "another text", "not limited", "not limited"]
    lines.now += 1.0
    log.error("request %d: disk full", 99, extra=RATE_LIMITED)
    assert lines.lines[4:] == ["request 99: disk full (49 more like it were left out)"]


def test_what_goes_on_is_written_ever_more_rarely_up_to_once_a_minute() -> None:
    lines = Lines()
    log = logging.getLogger("jedlik.test_log_rarely")
    log.addHandler(lines)
    written = []
    for second in range(600):
        before = len(lines.lines)
        log.warning("work waits until there is room", extra=RATE_LIMITED)
        written += [second] if len(lines.lines) > before else []
        lines.now += 1.0
    assert written[:8] == [0, 1, 3, 7, 15, 31, 63, 123]
    assert {later - earlier for earlier, later in pairwise(written[6:])} == {60}
    assert lines.lines[-1].endswith("(59 more like it were left out)")
    lines.now += 120.0  # the disk had room in between: a new event is written as the first was
    log.warning("work waits until there is room", extra=RATE_LIMITED)
    lines.now += 1.0
    log.warning("work waits until there is room", extra=RATE_LIMITED)
    assert lines.lines[-1] == "work waits until there is room"


def formatted(text: str, *arguments: object, error: BaseException | None = None) -> str:
    raised = None if error is None else (type(error), error, None)
    record = logging.LogRecord("part", logging.ERROR, "file", 1, text, arguments, raised)
    return OneLine().format(record)


def test_a_text_of_any_length_is_cut() -> None:
    line = formatted("function %s failed: %s", "f", "x" * 100_000)
    assert len(line) < MAX_MESSAGE_LENGTH + 200
    assert line.endswith("more characters)")
    assert "function f failed: xxx" in line
    short = formatted("function %s failed: %s", "f", "x" * 1000)
    assert short.endswith("failed: " + "x" * 1000)


def test_what_is_quoted_begins_no_line_of_its_own() -> None:
    line = formatted("it says %s", "a\n2026-01-01T00:00:00.000Z ERROR   1 forged\x1b[31m\x85")
    assert line.splitlines() == [line]
    assert r"a\n2026-01-01T00:00:00.000Z ERROR   1 forged\x1b[31m\x85" in line


def test_no_terminal_obeys_what_is_quoted() -> None:
    quoted = "\x1b[2J\r\u202etxt\u2028x"
    shown = r"\x1b[2J\r\u202etxt\u2028x"
    assert shown in formatted("it says %s", quoted)
    text = formatted("it failed", error=ValueError(quoted))
    assert text.endswith(f"\nValueError: {shown}")


def test_a_traceback_keeps_its_beginning_and_its_end() -> None:
    text = formatted("it failed", error=ValueError("begin" + "x" * 100_000 + "end"))
    assert len(text) < MAX_TRACEBACK_LENGTH + 300
    assert "ValueError: begin" in text
    assert text.endswith("end")
    assert formatted("it failed", error=ValueError("short")).endswith("\nValueError: short")
