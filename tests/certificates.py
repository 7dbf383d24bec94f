"""Certificates for tests."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from jedlik.app.tls.files import CA_FILE
from jedlik.app.tls.own_certificates import OwnCertificates
from jedlik.base.clock import SystemClock


def make(directory: Path, *names: str) -> tuple[Path, Path]:
    """A server's certificate with its key, and the authority to trust; one for each directory."""
    certificate = OwnCertificates(directory, names or ("127.0.0.1",), SystemClock()).ensure()
    return certificate, directory / CA_FILE


def make_client(directory: Path) -> tuple[Path, Path]:
    """A client's certificate with its key, and the authority that signed it."""
    directory.mkdir()
    now = dt.datetime.now(dt.UTC)
    authority_key, key = (
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP256R1()),
    )
    authority_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "clients")])
    client_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "client")])

    def builder(name: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(authority_name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(hours=1))
            .not_valid_after(now + dt.timedelta(hours=1))
        )

    authority = (
        builder(authority_name, authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    certificate = (
        builder(client_name, key.public_key())
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    both, trust = directory / "client.pem", directory / "ca.pem"
    both.write_bytes(private + certificate.public_bytes(pem))
    trust.write_bytes(authority.public_bytes(pem))
    return both, trust
