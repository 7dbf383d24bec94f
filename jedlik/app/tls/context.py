"""TLS on the listening sockets: versions 1.2 and 1.3, and certificates that change while it runs.

Connections are accepted with one context for as long as the server runs. New certificates are
loaded into a new context, which the callback that sees a client's first message puts in the place
of the old one. Loaded into the old context, they could be mixed with the old ones: if the new
certificate has another type of key, or if only one of its two files has been replaced yet. Files
that do not belong together change nothing: the server continues with the old certificates and logs
the reason.

The files are checked every few seconds and at SIGHUP.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Final

from jedlik.app.settings import TlsSettings
from jedlik.app.tls.files import CertificateError
from jedlik.app.tls.own_certificates import OwnCertificates, own_names
from jedlik.base.clock import Clock

log = logging.getLogger(__name__)

CHECK_SECONDS: Final = 5.0
"""How often the files are checked."""

_CIPHERS: Final = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""For TLS 1.2: only with forward secrecy and authenticated encryption. 1.3 has no others."""

_Stamp = tuple[tuple[int, int, int] | None, ...]


class Tls:
    """The server's side of TLS. It is made before the worker processes, each of which then watches
    the files."""

    def __init__(self, settings: TlsSettings, host: str, clock: Clock) -> None:
        """Load the certificates, or make them. Raises `CertificateError`."""
        self._settings = settings
        self._own = (
            OwnCertificates(settings.directory, own_names(host, settings.names), clock)
            if settings.certificate is None
            else None
        )
        self._stamp = self._read_stamp()
        self._latest = self._load()
        self._complaint = ""
        self._timer: asyncio.TimerHandle | None = None
        self.context = self._latest
        """What to listen with."""
        self.context.sni_callback = self._choose

    def refresh(self, *, forced: bool = False) -> None:
        """Load the files if they have changed, or with `forced` in any case. Never raises."""
        try:
            stamp = self._read_stamp()
            if stamp == self._stamp and not forced:
                return
            self._stamp = stamp
            self._latest = self._load()
            self._complaint = ""
            log.warning("the certificates were reloaded")
        except CertificateError as error:
            if str(error) != self._complaint or forced:
                log.error("the old certificates stay in use: %s", error)
            self._complaint = str(error)

    def watch(self) -> None:
        """Check the files from now on, on the running event loop."""
        self.refresh()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(CHECK_SECONDS, self.watch)

    def stop(self) -> None:
        """Stop checking."""
        if self._timer is not None:
            self._timer.cancel()

    def _choose(
        self, connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext
    ) -> None:
        connection.context = self._latest

    def _files(self) -> tuple[Path, Path | None, Path | None]:
        """Certificate, key (None: with the certificate), and the authorities of clients."""
        settings = self._settings
        if self._own is not None:
            return self._own.ensure(), None, settings.client_ca
        assert settings.certificate is not None
        return settings.certificate, settings.key, settings.client_ca

    def _read_stamp(self) -> _Stamp:
        return tuple(None if file is None else _stamp_of(file) for file in self._files())

    def _load(self) -> ssl.SSLContext:
        certificate, key, client_ca = self._files()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(_CIPHERS)
        context.set_alpn_protocols(["http/1.1"])
        _reading(certificate, lambda: None)
        if key is not None:
            _reading(key, lambda: None)
        what = f"{certificate} and {key}" if key else f"{certificate}"
        try:
            context.load_cert_chain(certificate, key, _no_password)
        except ssl.SSLError as error:
            why = (error.reason or "").replace("_", " ").lower()
            raise CertificateError(
                f"{what}: {why or 'no certificate with its key in PEM form'} "
                "(options --tls-cert and --tls-key)"
            ) from error
        if client_ca is not None:
            context.verify_mode = ssl.CERT_REQUIRED
            _reading(client_ca, lambda: context.load_verify_locations(client_ca))
        return context


def _stamp_of(file: Path) -> tuple[int, int, int]:
    try:
        status = file.stat()
    except OSError as error:
        raise CertificateError(f"{file} cannot be read: {error.strerror}") from error
    return status.st_ino, status.st_size, status.st_mtime_ns


def _reading(file: Path, load: Callable[[], None]) -> None:
    """Run `load`, and name the file in its errors."""
    try:
        with file.open("rb"):
            load()
    except ssl.SSLError as error:
        raise CertificateError(f"{file} holds no certificates in PEM form") from error
    except OSError as error:
        raise CertificateError(f"{file} cannot be read: {error.strerror}") from error


def _no_password() -> str:
    raise CertificateError(
        "the key is protected by a password, which a server that starts alone cannot be asked "
        "for; decrypt it first (openssl pkey)"
    )
