"""The command line: one file per command, loaded when it is called.

`command` finds the commands and turns failures into one line and an exit code; `exits` lists the
codes. `options` are those that commands share; `variables` are their environment variables.
`start_up` is what `serve` prints, `port_files` what it writes; `conversion` shows an encryption.
`terminal` and `progress` print for all commands; `places` opens a directory or a shared engine,
`admin_listener` calls a running server, `child` contains work that may end its process.
"""

from jedlik.cli.command import main

__all__ = ["main"]
