"""A process that flushes files: python -I -S flush_process.py CHANNEL FILE..., all of them numbers
of open descriptors.

What started it (see `flushes`) sends the place of a file in that list as one byte, and gets back
a 0, or the number of the error. The process ends with the channel, and by no signal that a terminal
or a service manager sends to all processes of a server: the server may still have to flush.
"""

import os
import signal
import sys

for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(each, signal.SIG_IGN)
flush = getattr(os, "fdatasync", os.fsync)
channel, *files = map(int, sys.argv[1:])
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
