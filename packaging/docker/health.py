"""Whether the server of this container answers: exits with 0 or 1.

Over TLS too, whatever its certificate: what is asked is whether it lives, and no secret is sent.
Its port is the one on its command line, also in DynamoDB Local's spelling, or JEDLIK_PORT.
"""

from __future__ import annotations

import http.client
import os
import re
import ssl
import sys
from pathlib import Path

COMMAND_LINE = Path("/proc/1/cmdline")
"""Of the server, or of the `init` that was started with the same arguments."""
PORT = re.compile(rb"\0--?port[\0=]([0-9]+)(?=\0)")
SECONDS = 2


def port() -> int:
    """The port on which the server listens."""
    try:
        given = PORT.findall(COMMAND_LINE.read_bytes())
    except OSError:
        given = []
    return int(given[-1] if given else os.environ.get("JEDLIK_PORT", "8000"))


def answers(connection: http.client.HTTPConnection) -> bool:
    """Whether GET /healthcheck is answered with 200."""
    try:
        connection.request("GET", "/healthcheck")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def main() -> int:
    number = port()
    plain = http.client.HTTPConnection("127.0.0.1", number, timeout=SECONDS)
    unverified = ssl._create_unverified_context()
    secured = http.client.HTTPSConnection("127.0.0.1", number, timeout=SECONDS, context=unverified)
    return 0 if answers(plain) or answers(secured) else 1


if __name__ == "__main__":
    sys.exit(main())
