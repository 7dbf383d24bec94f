"""What Ctrl+C does before a command runs: it ends the process, silently and at once.

Python's own handler raises KeyboardInterrupt wherever the interpreter happens to be. While modules
are loaded, that prints a traceback of many lines, and in the middle of loading orjson it crashes
the process or gets lost. Nothing is at stake until the command has been loaded, so SIGINT has the
system's own action until then, and Python's from then on: commands clean up after themselves.
"""

from __future__ import annotations

import signal


class Interrupts:
    """The action of SIGINT in this process; that of a parent (nohup) or of a test stays."""

    def __init__(self) -> None:
        self._replaced = False

    def end_the_process(self) -> None:
        """Give SIGINT the system's action, which ends the process."""
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            self._replaced = True

    def raise_exceptions(self) -> None:
        """Have SIGINT raise KeyboardInterrupt again, if it did so before."""
        if self._replaced:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            self._replaced = False


INTERRUPTS = Interrupts()
"""Of this process."""
