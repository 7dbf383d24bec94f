"""The command line: one file per command, loaded when it is called.

`entry` comes first and sets what Ctrl+C does meanwhile (`interrupts`). `command` finds the commands
and turns failures into one line and an exit code; `exits` lists the codes. `options` are those that
commands share; `variables` are their environment variables. `start_up` prints the lines of `serve`,
`port_files` writes its ports, and `conversion` shows the progress of an encryption. `terminal` and
`progress` print for all commands; `places` opens a directory or a shared engine, `admin_listener`
calls a running server, and `child` runs work that may crash in a process of its own.
"""

from jedlik.cli.entry import main

__all__ = ["main"]
