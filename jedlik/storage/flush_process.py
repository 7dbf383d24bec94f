"""A process that flushes files: python -I -S flush_process.py CHANNEL BEHIND FILE..., all of them
numbers of open descriptors.

What started it (see `flushes`) sends the place of a file in that list as one byte, and gets back
a 0, or the number of the error. Then the process has the system begin to write out the pages of the
file BEHIND, without waiting for them. It ends with the channel, and by no signal that a terminal or
a service manager sends to all processes of a server: the server may still have to flush.
"""

import os
import signal
import sys

SYNC_FILE_RANGE_WRITE = 2
try:
    import ctypes

    libc = ctypes.CDLL(None)
except (ImportError, OSError):
    libc = None  # type: ignore[assignment]


def write_out(file: int) -> None:
    """Begin to write out what a file has in memory only, where there is a call for that."""
    if hasattr(libc, "sync_file_range"):
        whole = ctypes.c_int64(0)
        libc.sync_file_range(file, whole, whole, ctypes.c_uint(SYNC_FILE_RANGE_WRITE))


for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(each, signal.SIG_IGN)
flush = getattr(os, "fdatasync", os.fsync)
channel, behind, *files = map(int, sys.argv[1:])
while place := os.read(channel, 1):
    error = 0
    try:
        flush(files[place[0]])
    except OSError as failed:
        error = failed.errno or 255
    try:
        os.write(channel, bytes([min(error, 255)]))
    except OSError:
        break
    write_out(behind)
