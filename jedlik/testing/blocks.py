"""A server for as long as a block or a function runs: `with local_aws():` or `@local_aws()`.

It is one server for the whole process, started by the first block. Changes in a block are undone at
its end, and its environment directs clients that are made in it to the server.
"""

from __future__ import annotations

import atexit
import os
from contextlib import ContextDecorator, ExitStack
from typing import Final

from jedlik.testing.server import LocalServer


class local_aws(ContextDecorator):  # noqa: N801 (used as a function is)
    """Returns the `LocalServer`. Blocks may be nested: the end of an inner one undoes only that."""

    def __init__(self) -> None:
        self._stacks: list[ExitStack] = []

    def __enter__(self) -> LocalServer:
        server = _servers.of_this_process()
        with ExitStack() as stack:
            stack.enter_context(server.in_environment())
            stack.enter_context(server.rolled_back())
            self._stacks.append(stack.pop_all())
        return server

    def __exit__(self, *_: object) -> None:
        self._stacks.pop().close()


class _Servers:
    """The server of a process; a forked process needs its own, since threads are not copied."""

    def __init__(self) -> None:
        self._by_process: dict[int, LocalServer] = {}

    def of_this_process(self) -> LocalServer:
        server = self._by_process.get(os.getpid())
        if server is None:
            server = self._by_process[os.getpid()] = LocalServer().start()
            atexit.register(self._stop)
        return server

    def _stop(self) -> None:
        server = self._by_process.pop(os.getpid(), None)
        if server is not None:
            server.stop()


_servers: Final = _Servers()
