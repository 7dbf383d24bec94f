"""What commands print of texts that others wrote: names in files, items, a server's messages."""

from __future__ import annotations

import click

from jedlik.base.printable import printable


def show(text: str, *, word: str = "", err: bool = False) -> None:
    """Print a line that no terminal obeys, to standard error with `err`. `word` is a command's own,
    and may be coloured; it comes first."""
    click.echo(f"{word}{printable(text)}", err=err)
