"""TLS of commands that connect to a server: which authorities they trust, and what a failed
handshake means."""

from __future__ import annotations

import os
import ssl
from typing import Final

VARIABLE: Final = "AWS_CA_BUNDLE"
"""The variable in which AWS's SDKs and CLI find the authorities to trust; start-up prints it for
clients of a server with its own authority."""


def client_context() -> ssl.SSLContext:
    """Trusts the authorities in the file that `VARIABLE` names, otherwise those of this machine.

    Raises OSError if there are no certificates in that file.
    """
    file = os.environ.get(VARIABLE) or None
    try:
        return ssl.create_default_context(cafile=file)
    except OSError as error:
        raise OSError(f"{VARIABLE} is {file}, which holds no certificates in PEM form") from error


def handshake_failure(error: ssl.SSLError) -> str:
    """The problem, with advice if it is one of the two usual mistakes."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"its certificate is not trusted: {error.verify_message}; set {VARIABLE} to the file "
            "of the authority that signed it"
        )
    if "WRONG_VERSION_NUMBER" in str(error):
        return "it does not speak TLS; use http://"
    return str(error)
