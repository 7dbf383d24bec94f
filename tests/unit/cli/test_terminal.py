"""Numbers and their nouns in the output of commands."""

from __future__ import annotations

from jedlik.cli.terminal import counted


def test_numbers_have_their_nouns() -> None:
    assert [counted(number, "item") for number in (0, 1, 2, 1200)] == [
        "0 items", "1 item", "2 items", "1,200 items",
    ]  # fmt: skip
