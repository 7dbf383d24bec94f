"""Which of the processes that have left something in the store have ended.

On a shared engine this is unknown: a silent node may only be slow, so others wait for the end of
its leases. An engine in files belongs to the processes of one server on one machine. Each run of a
server has a random name, made while it alone holds the data directory. Whatever has the name of
another run was left by processes that have ended, and the processes of this run can be looked up.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from typing import Final

_SEPARATOR: Final = "/"


class Processes(ABC):
    """Names owners of leases, and knows which of them have ended."""

    @abstractmethod
    def owner(self, unique: str) -> str:
        """The name of an owner in this process, given a unique id."""

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
    """The processes of one run of a server on this machine: the only ones on its engine."""

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
            pass  # it exists, under another user
        return False
