"""Waiting events of functions: limited in number and bytes for each process.

An event is held from the call of Invoke until its function has received it, and in an asynchronous
invocation also during retries, which take minutes. So callers with no other permission could fill
the memory. Events without room are refused like the service's above its concurrency, and SDKs
retry.
"""

from __future__ import annotations

from typing import Final

from jedlik.base.limits import MIB
from jedlik.services.lambda_.errors import TooManyRequestsException

MAX_AT_ONCE: Final = 1000
"""Synchronous invocations (Lambda quotas: "Concurrent executions")."""
MAX_AT_ONCE_BYTES: Final = 128 * MIB
MAX_QUEUED: Final = 10_000
"""Asynchronous invocations."""
MAX_QUEUED_BYTES: Final = 64 * MIB


class HeldEvents:
    """The events of one kind of invocation in a process."""

    def __init__(self, most: int, most_bytes: int) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._count = 0
        self._bytes = 0

    def take(self, size: int) -> None:
        """Hold an event of `size` bytes. Raises TooManyRequestsException if there is no room."""
        if self._count >= self._most or self._bytes + size > self._most_bytes:
            raise TooManyRequestsException(Reason="ConcurrentInvocationLimitExceeded")
        self._count += 1
        self._bytes += size

    def give_back(self, size: int) -> None:
        """Release it."""
        self._count -= 1
        self._bytes -= size
        assert self._count >= 0 <= self._bytes, "what was taken is given back once"
