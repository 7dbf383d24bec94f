"""Hides the secrets that the server was started with from other processes.

Functions run as the server's user, and Linux shows a process's environment, and to debuggers its
memory, to all processes of its user (proc(5)). So the variables with secrets are wiped where the
kernel shows them, and the process is closed to others of its user (PR_SET_DUMPABLE, prctl(2)); it
writes no core dumps either. Root can still read its memory: so can functions of a server that runs
as root.
"""

from __future__ import annotations

import ctypes
import os
import sys
from typing import Final

SECRET_VARIABLES: Final = (
    "JEDLIK_SECRET_KEY", "JEDLIK_ROOT_KEY", "JEDLIK_ENGINE", "JEDLIK_READ_ENGINE",
    "JEDLIK_ADMIN_TOKEN",
)  # fmt: skip
_PR_SET_DUMPABLE: Final = 4


def hide() -> None:
    """Wipe secrets from this process's environment, and close the process to others of its user.
    Forked workers inherit both."""
    if not sys.platform.startswith("linux"):
        return
    libc = ctypes.CDLL(None)
    libc.getenv.restype = ctypes.c_void_p
    for name in SECRET_VARIABLES:
        place = libc.getenv(name.encode())
        if place is not None:  # the very bytes that the kernel shows, as long as they were not set
            ctypes.memset(place, 0, len(ctypes.string_at(place)))
            os.environ.pop(name, None)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
