"""Files of certificates: what they are called, and how one is put into place."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

CA_FILE: Final = "ca.pem"
AUTHORITY_FILE: Final = "authority.pem"


class CertificateError(Exception):
    """Certificates that cannot be used or made; the text says why and what to do about it."""


def replace_file(file: Path, content: bytes, mode: int = 0o600) -> None:
    """Write a file aside and put it into place, so that nobody ever reads half of it."""
    new = file.with_name(f"{file.name}.{os.getpid()}.new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    new.replace(file)
