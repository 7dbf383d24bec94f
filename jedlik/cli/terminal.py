"""Printing of text that others wrote (names in files, items, a server's messages), and of numbers
with their nouns."""

from __future__ import annotations

import click

from jedlik.base.printable import printable


def show(text: str, *, word: str = "", err: bool = False) -> None:
    """Print a line without control characters, to standard error with `err`. `word` precedes it: a
    text of the command itself, which may be coloured."""
    click.echo(f"{word}{printable(text)}", err=err)


def counted(number: int, noun: str) -> str:
    """A number and a noun whose plural takes an s: `1 item`, `1,200 items`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
