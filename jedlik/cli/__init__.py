"""The command line: one file per command, loaded when it is called.

`command` finds the commands and turns failures into one line and an exit code; `exits` lists the
codes; `options` has those that commands share; `start_up` is what `serve` prints.
"""

from jedlik.cli.command import main

__all__ = ["main"]
