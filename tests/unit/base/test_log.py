from __future__ import annotations

import logging

from jedlik.base.log import SELDOM, Seldom


class Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.now = 100.0
        self.lines: list[str] = []
        self.addFilter(Seldom(lambda: self.now))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def test_what_every_request_says_is_written_once_a_second() -> None:
    lines = Lines()
    log = logging.getLogger("jedlik.test_log")
    log.addHandler(lines)
    for number in range(50):
        log.error("request %d: disk full", number, extra=SELDOM)
        log.error("another text", extra=SELDOM)
    log.error("not limited")
    log.error("not limited")
    assert lines.lines == ["request 0: disk full", "another text", "not limited", "not limited"]
    lines.now += 1.0
    log.error("request %d: disk full", 99, extra=SELDOM)
    assert lines.lines[4:] == ["request 99: disk full (49 more like it were left out)"]
    lines.now += 1.0
    log.error("request %d: disk full", 100, extra=SELDOM)
    assert lines.lines[5:] == ["request 100: disk full"]
