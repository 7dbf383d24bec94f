"""Makes the server's own certificate authority, and the certificates that it signs.

Keys are ECDSA on P-256: every TLS 1.2 client supports them, and a handshake costs the server a
fraction of one with RSA. Loaded only when a certificate has to be made (see `own_certificates`).
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from jedlik.app.tls.files import AUTHORITY_FILE, CA_FILE, CertificateError
from jedlik.storage.disk import replace_file

DAY: Final = 86_400
AUTHORITY_DAYS: Final = 3650
SERVER_DAYS: Final = 397
"""The longest lifetime that common clients accept."""
RENEW_DAYS: Final = 30
"""Days before its end at which a certificate is renewed."""
BACKDATED: Final = 3600
"""Seconds by which clients' clocks may be slow."""

_MAX_COMMON_NAME_LENGTH: Final = 64

assert SERVER_DAYS + RENEW_DAYS < AUTHORITY_DAYS


def issue(directory: Path, target: Path, names: Sequence[str], now: float) -> float:
    """Put a key and a certificate for `names` into `target`; returns when to renew it.

    The authority in `directory` is made if it is missing, or if it ends before the certificate
    would. Times are in seconds since the epoch. Raises `CertificateError` and OSError.
    """
    authority_key, authority = _authority(directory, now)
    key = ec.generate_private_key(ec.SECP256R1())
    end = now + SERVER_DAYS * DAY
    certificate = (
        _builder(_name(f"Jedlik server on {socket.gethostname()}"), authority.subject, now, end)
        .public_key(key.public_key())
        .add_extension(x509.SubjectAlternativeName(list(map(_alternative, names))), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()),
            critical=False,
        )
        .sign(authority_key, hashes.SHA256())
    )
    replace_file(target, _pem_of_key(key) + _pem(certificate))
    return end - RENEW_DAYS * DAY


def _authority(directory: Path, now: float) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    file = directory / AUTHORITY_FILE
    if file.exists():
        key, certificate = _read_authority(file)
        if certificate.not_valid_after_utc.timestamp() > now + SERVER_DAYS * DAY:
            replace_file(directory / CA_FILE, _pem(certificate), 0o644)
            return key, certificate
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"Jedlik authority of {socket.gethostname()}")
    certificate = (
        _builder(name, name, now, now + AUTHORITY_DAYS * DAY)
        .public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    replace_file(file, _pem_of_key(key) + _pem(certificate))
    replace_file(directory / CA_FILE, _pem(certificate), 0o644)
    return key, certificate


def _read_authority(file: Path) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    content = file.read_bytes()
    try:
        key = serialization.load_pem_private_key(content, None)
        certificate = x509.load_pem_x509_certificate(content)
    except (ValueError, TypeError) as error:
        raise CertificateError(f"{file} is damaged; remove it to have a new authority made") from (
            error
        )
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise CertificateError(f"{file} was not made by Jedlik; name another --tls-directory")
    return key, certificate


def _builder(
    subject: x509.Name, issuer: x509.Name, now: float, end: float
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .serial_number(x509.random_serial_number())
        .not_valid_before(_time(now - BACKDATED))
        .not_valid_after(_time(end))
    )


def _time(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(int(seconds), dt.UTC)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:_MAX_COMMON_NAME_LENGTH])])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        pass
    try:
        return x509.DNSName(name)
    except ValueError as error:
        raise CertificateError(f"{name} is not a name that a certificate can have") from error


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _pem_of_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
