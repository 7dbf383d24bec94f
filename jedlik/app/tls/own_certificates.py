"""The certificates that a server makes for itself (`--tls auto`), as files in one folder (0700).

    authority.pem        the authority's key and certificate (0600); made once, valid for ten years
    ca.pem               its certificate alone, which clients have to trust
    server-HASH.pem      key and certificate for one set of names (0600), whose hash is HASH
    server-HASH.json     {"renew_at": seconds since the epoch}: written after the certificate
    lock                 flock'ed while any of these is made

Making them needs a library that is slow to load (see `authority`); later starts only read the JSON
file. Each set of names has its own file: servers with different addresses may share the folder, and
their clients trust one authority.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib
import json
import os
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from jedlik.app.addresses.hosts import is_wildcard
from jedlik.app.tls.files import CA_FILE, CertificateError
from jedlik.base.clock import Clock
from jedlik.storage.disk import make_directory, replace_file

_ELSEWHERE: Final = ("192.0.2.1", 9)
"""An address for documentation (RFC 5737): nothing is sent there."""


class OwnCertificates:
    """The folder, and the names for this server's certificate."""

    def __init__(self, directory: Path, names: Sequence[str], clock: Clock) -> None:
        self._directory = directory
        self._names = tuple(sorted(set(names)))
        self._clock = clock
        digest = hashlib.sha256("\n".join(self._names).encode()).hexdigest()[:12]
        self._server = directory / f"server-{digest}.pem"
        self._state = directory / f"server-{digest}.json"

    def ensure(self) -> Path:
        """The file with the server's key and certificate, made or renewed if necessary. Raises
        `CertificateError`."""
        try:
            if not self._is_good():
                with _locked(self._directory):
                    if not self._is_good():
                        self._issue()
        except OSError as error:
            raise CertificateError(
                f"certificates cannot be kept in {self._directory}: {error.strerror or error} "
                "(option --tls-directory)"
            ) from error
        return self._server

    def _is_good(self) -> bool:
        try:
            renew_at = float(json.loads(self._state.read_bytes())["renew_at"])
        except FileNotFoundError:
            return False
        except (ValueError, KeyError, TypeError):
            return False  # damaged: it is made again
        files = (self._server, self._directory / CA_FILE)
        return self._clock.now() < renew_at and all(file.exists() for file in files)

    def _issue(self) -> None:
        authority = importlib.import_module("jedlik.app.tls.authority")  # 30 ms, and seldom needed
        renew_at = authority.issue(self._directory, self._server, self._names, self._clock.now())
        replace_file(self._state, json.dumps({"renew_at": renew_at}).encode())


def own_names(host: str, more: Sequence[str] = ()) -> list[str]:
    """Names and addresses by which clients call a server that listens on `host`."""
    names = ["localhost", "127.0.0.1", "::1", socket.gethostname(), *more]
    names += _outward_address() if is_wildcard(host) else [host.partition("%")[0]]
    return [name for name in names if name]


@contextlib.contextmanager
def _locked(directory: Path) -> Iterator[None]:
    make_directory(directory)
    descriptor = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _outward_address() -> list[str]:
    """This machine's address in the network, which a connected UDP socket shows."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ELSEWHERE)
        except OSError:
            return []
        address: str = probe.getsockname()[0]
        return [address]
