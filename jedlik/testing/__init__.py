"""Jedlik in test suites: a server in the test's own process, rolled back after each test.

server      the server: started in a thread, snapshots, a clock that can be set forward
plugin      fixtures and markers of pytest, found by their entry point
cases       the same for unittest
blocks      the same as a context manager or decorator

Every run of pytest imports this package where Jedlik is installed, so its names are loaded only
when they are used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from jedlik.request_log.recording import RecordedRequest
    from jedlik.testing.blocks import local_aws
    from jedlik.testing.cases import JedlikTestCase
    from jedlik.testing.server import LocalServer

__all__ = ["JedlikTestCase", "LocalServer", "RecordedRequest", "local_aws"]

_HOMES: Final = {
    "JedlikTestCase": "jedlik.testing.cases",
    "LocalServer": "jedlik.testing.server",
    "RecordedRequest": "jedlik.request_log.recording",
    "local_aws": "jedlik.testing.blocks",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(home), name)
