"""One request in one line."""

from __future__ import annotations

from jedlik.request_log.entries import Entry

ENTRY = Entry(1_700_000_000.5, 7, "Query", "orders", "by-day", 3.5, 12, 40, 1.25, 200, None)


def test_a_line_for_people() -> None:
    assert ENTRY.line() == (
        "22:13:20.500  Query               orders.by-day  3.5 units  12 items of 40  1.2 ms"
    )
    failed = Entry(0.0, 1, "GetItem", "", "", None, None, None, 0.1, 400, "ValidationException")
    assert failed.line() == "00:00:00.000  GetItem             -  0.1 ms  ValidationException"
    assert "\x1b[31mValidationException\x1b[0m" in failed.line(coloured=True)


def test_json_and_back() -> None:
    assert Entry.of(ENTRY.members()) == ENTRY
    assert "error" not in ENTRY.members()


def test_clients_do_not_write_on_the_terminal() -> None:
    entry = Entry(0.0, 1, "Get\x1b[2JItem", "a\nb\u202e", "", 0.5, 1, None, 0.1, 200, None)
    assert entry.line().isprintable()
