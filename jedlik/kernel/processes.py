"""Which of the processes that left something in the store are gone.

On a shared engine no one can tell: a node that is silent may only be slow, so what it holds is
waited out. An engine in files belongs to the processes of one server on one machine. Each run of a
server has a name of its own, drawn while it alone holds the data directory; whatever bears another
run's name was left by processes that are gone, and those of this run can be looked up.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from typing import Final

_SEPARATOR: Final = "/"


class Processes(ABC):
    """Names owners of leases, and knows which of them are gone."""

    @abstractmethod
    def owner(self, unique: str) -> str:
        """The name of something in this process, given an id that nothing else has."""

    @abstractmethod
    def is_gone(self, owner: str) -> bool:
        """Whether the process of an owner has certainly ended."""


class AnyMachine(Processes):
    """The processes of a shared engine: nothing is known of them."""

    def owner(self, unique: str) -> str:
        """See `Processes`."""
        return unique

    def is_gone(self, _owner: str) -> bool:
        """See `Processes`."""
        return False


class OneServer(Processes):
    """The processes of one run of a server on this machine, beside which there are no others."""

    def __init__(self, run: str) -> None:
        self._run = run

    def owner(self, unique: str) -> str:
        """See `Processes`: the run's name, the process's number and the id."""
        return _SEPARATOR.join((self._run, str(os.getpid()), unique))

    def is_gone(self, owner: str) -> bool:
        """See `Processes`."""
        run, _, rest = owner.partition(_SEPARATOR)
        number = rest.partition(_SEPARATOR)[0]
        if run != self._run or not number.isdecimal():
            return True
        try:
            os.kill(int(number), 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            pass  # there it is, under another user
        return False
