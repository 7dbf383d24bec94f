"""The command line: one file per command, loaded when it is called.

`main` loads next to nothing, so that Ctrl+C is handled first. `command` finds the commands and
turns failures into one line and an exit code; `exits` lists the codes. `options` are those that
commands share; `variables` are their environment variables. `start_up` prints the lines of `serve`,
`port_files` writes its ports, and `conversion` shows the progress of an encryption. `terminal` and
`progress` print for all commands; `places` opens a directory or a shared engine, `admin_listener`
calls a running server, and `child` runs work that may crash in a process of its own.
"""

from __future__ import annotations

import importlib

from jedlik.base.interrupts import INTERRUPTS


def main(arguments: list[str] | None = None) -> None:
    """Run the command and exit with its code. Every failure is one line on stderr."""
    INTERRUPTS.end_the_process()
    try:
        importlib.import_module("jedlik.cli.command").main(arguments)
    finally:
        INTERRUPTS.raise_exceptions()
