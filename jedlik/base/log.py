"""The log: lines on standard error, with time (UTC), level and process."""

from __future__ import annotations

import logging
import time
from typing import Final

LEVELS: Final = ("debug", "info", "warning", "error")


def configure(level: str) -> None:
    """Write what is at least of `level` (one of LEVELS) to standard error."""
    formatter = logging.Formatter(
        "%(asctime)s.%(msecs)03dZ %(levelname)-7s %(process)d %(name)s: %(message)s",
        datefmt="%Y-%m-%dT%H:%M:%S",
    )
    formatter.converter = time.gmtime
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # The loop's notices of slow callbacks and the like are about us, not for whoever runs us.
    logging.getLogger("asyncio").setLevel(max(root.level, logging.WARNING))
