"""Modules that are loaded while a server answers requests.

Loading an API takes 0.04 to 0.3 s. On the event loop, all requests would wait that long; in a
thread, the interpreter switches between it and the loop. Measured with a callback every
millisecond: it was up to 280 ms late with loading on the loop, and 3 to 12 ms with a thread. The
thread does nothing else, so that no other work delays the first request of an API.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import importlib
import logging
import sys
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

_TURN_SECONDS: Final = 0.001
"""How long the thread runs at most while the loop has work; Python's default is five times as
long."""

_done: Final[set[str]] = set()
_log = logging.getLogger(__name__)


async def load(*modules: str) -> None:
    """Load modules that are not loaded yet, so that importing them takes no time afterwards. Never
    raises: if one cannot be loaded, its later import raises the error."""
    missing = [name for name in modules if name not in _done]
    if missing:
        await asyncio.get_running_loop().run_in_executor(_thread(), _load, missing)


@cache
def _thread() -> ThreadPoolExecutor:
    # Imported by module, since the class itself is loaded on first use.
    return concurrent.futures.ThreadPoolExecutor(1, "jedlik-loading")


def _report(error: Exception) -> None:
    if isinstance(error, ModuleNotFoundError) and not str(error.name).startswith("jedlik"):
        _log.debug("a library that only some uses need is not installed: %s", error.name)
        return
    # New files beside modules that were loaded before they came: a pull or an upgrade.
    _log.error(
        "code could not be loaded (%s: %s); if Jedlik was upgraded while this server ran, "
        "restart it",
        type(error).__name__,
        error,
    )


def _load(modules: list[str]) -> None:
    turn = sys.getswitchinterval()
    sys.setswitchinterval(min(turn, _TURN_SECONDS))
    try:
        for name in modules:
            importlib.import_module(name)
            _done.add(name)
    except Exception as error:
        _report(error)
    finally:
        sys.setswitchinterval(turn)
