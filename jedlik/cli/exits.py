"""The exit codes of all commands, and the failure that carries one."""

from __future__ import annotations

from typing import Final

import click

from jedlik.cli.terminal import show

FOUND: Final = 1
USAGE: Final = 2
DIRECTORY: Final = 3
ADDRESS: Final = 4
ENGINE: Final = 5
INTERRUPTED: Final = 130

EPILOG: Final = """\b
Exit codes:
  0  success; for serve: stopped by SIGTERM or Ctrl+C
  1  a check found something, or the command could not finish its work
  2  the command line is wrong, or requests something unsafe
  3  the data directory cannot be used
  4  the server cannot listen on the address
  5  the shared engine cannot be used"""


class Failure(click.ClickException):
    """Ends the command with one line and an exit code."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


def complain(message: str) -> None:
    """Print in one line why the command failed."""
    show(f"jedlik: {' '.join(message.split())}", err=True)
