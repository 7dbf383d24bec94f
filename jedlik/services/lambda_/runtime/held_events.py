"""Events that are held for functions: as many, and as many bytes, as a process has room for.

An event is held from the call of Invoke until its function has taken it, and one that no one waits
for over its retries, too, which takes minutes. So callers who may do nothing else could fill the
memory. What has no room is refused as the service refuses what is above its concurrency, and SDKs
try again.
"""

from __future__ import annotations

from typing import Final

from jedlik.base.limits import MIB
from jedlik.services.lambda_.errors import TooManyRequestsException

MAX_AT_ONCE: Final = 1000
"""Invocations that are waited for (Lambda quotas: "Concurrent executions")."""
MAX_AT_ONCE_BYTES: Final = 128 * MIB
MAX_QUEUED: Final = 10_000
"""Invocations that no one waits for."""
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
        """Hold it no more."""
        self._count -= 1
        self._bytes -= size
        assert self._count >= 0 <= self._bytes, "what was taken is given back once"
