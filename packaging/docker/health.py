"""Whether the server of this container answers: exits with 0 or 1.

Over TLS too, whatever its certificate: what is asked is whether it lives, and no secret is sent.
Another port than 8000 is known here if it was given as JEDLIK_PORT.
"""

from __future__ import annotations

import http.client
import os
import ssl
import sys

PORT = int(os.environ.get("JEDLIK_PORT", "8000"))
SECONDS = 2


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
    plain = http.client.HTTPConnection("127.0.0.1", PORT, timeout=SECONDS)
    unverified = ssl._create_unverified_context()
    secured = http.client.HTTPSConnection("127.0.0.1", PORT, timeout=SECONDS, context=unverified)
    return 0 if answers(plain) or answers(secured) else 1


if __name__ == "__main__":
    sys.exit(main())
