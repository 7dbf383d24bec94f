"""Files of certificates: their names, and how one is put into place."""

from __future__ import annotations

from typing import Final

CA_FILE: Final = "ca.pem"
AUTHORITY_FILE: Final = "authority.pem"


class CertificateError(Exception):
    """Certificates that cannot be used or made; the text says why and what to do about it."""
