"""Contexts, their versions, and certificates that change; handshakes run in memory."""

from __future__ import annotations

import itertools
import os
import shutil
import ssl
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from jedlik.app.settings import TlsSettings
from jedlik.app.tls.context import Tls
from jedlik.app.tls.files import CertificateError
from tests.certificates import make, make_client
from tests.simulated_clock import SimulatedClock


def open_tls(**settings: Path) -> Tls:
    return Tls(TlsSettings(**settings), "127.0.0.1", SimulatedClock())  # type: ignore[arg-type]


def client_context(trust: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    context.load_verify_locations(trust)
    return context


def shake_hands(tls: Tls, context: ssl.SSLContext) -> ssl.SSLObject:
    """The client's side after a handshake and a byte each way. Raises ssl.SSLError."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = tls.context.wrap_bio(to_server, to_client, server_side=True)
    client = context.wrap_bio(to_client, to_server, server_hostname="127.0.0.1")
    waiting = [client.do_handshake, server.do_handshake]
    for _ in range(10):
        for step in list(waiting):
            try:
                step()
                waiting.remove(step)
            except ssl.SSLWantReadError:
                pass
    assert not waiting
    server.write(b"x")
    assert client.read(1) == b"x"
    return client


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_supported_versions_use_modern_ciphers(tmp_path: Path, version: ssl.TLSVersion) -> None:
    certificate, trust = make(tmp_path)
    context = client_context(trust)
    context.minimum_version = context.maximum_version = version
    client = shake_hands(open_tls(certificate=certificate), context)
    assert client.version() == version.name.replace("_", ".")
    cipher = client.cipher()
    assert cipher is not None
    assert "GCM" in cipher[0] or "CHACHA20" in cipher[0]


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_old_versions_are_refused(tmp_path: Path) -> None:
    certificate, trust = make(tmp_path)
    context = client_context(trust)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(ssl.SSLError, match=r"(?i)protocol|version"):
        shake_hands(open_tls(certificate=certificate), context)


def test_ciphers_without_forward_secrecy_are_refused(tmp_path: Path) -> None:
    certificate, trust = make(tmp_path)
    context = client_context(trust)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE+AES+SHA256:!AESGCM")
    with pytest.raises(ssl.SSLError, match=r"(?i)cipher"):
        shake_hands(open_tls(certificate=certificate), context)


_times = itertools.count(10**18, 10**9)


def copy(source: Path, target: Path) -> None:
    """Copy a file; it is a second newer than the one before, however fast the test is."""
    shutil.copy(source, target)
    time = next(_times)
    os.utime(target, ns=(time, time))


def test_a_changed_file_is_taken_over(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    first, first_trust = make(tmp_path / "1")
    second, second_trust = make(tmp_path / "2")
    file = tmp_path / "server.pem"
    copy(first, file)
    tls = open_tls(certificate=file)
    shake_hands(tls, client_context(first_trust))
    tls.refresh()
    assert caplog.messages == [], "nothing has changed"
    copy(second, tmp_path / "new.pem")
    (tmp_path / "new.pem").replace(file)
    tls.refresh()
    shake_hands(tls, client_context(second_trust))
    with pytest.raises(ssl.SSLError, match="verify failed"):
        shake_hands(tls, client_context(first_trust))


def test_half_a_change_leaves_the_old_one_in_use(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Certificate and key are two files, which nobody can replace at once."""
    first, first_trust = make(tmp_path / "1")
    second, second_trust = make(tmp_path / "2")
    certificate, key = tmp_path / "c.pem", tmp_path / "k.pem"
    copy(first, certificate)
    copy(first, key)
    tls = open_tls(certificate=certificate, key=key)
    certificate.unlink()
    tls.refresh()
    tls.refresh()
    copy(second, certificate)
    tls.refresh()
    shake_hands(tls, client_context(first_trust))
    assert len(caplog.messages) == 2, "each complaint is logged once"
    assert "cannot be read" in caplog.messages[0]
    assert "mismatch" in caplog.messages[1]
    copy(second, key)
    tls.refresh()
    shake_hands(tls, client_context(second_trust))


def test_clients_with_and_without_a_certificate(tmp_path: Path) -> None:
    certificate, trust = make(tmp_path / "server")
    client, client_ca = make_client(tmp_path / "clients")
    tls = open_tls(certificate=certificate, client_ca=client_ca)
    context = client_context(trust)
    with pytest.raises(ssl.SSLError, match=r"(?i)peer did not return a certificate"):
        shake_hands(tls, context)
    context.load_cert_chain(certificate)
    with pytest.raises(ssl.SSLError, match=r"(?i)certificate verify failed"):
        shake_hands(tls, context)
    context.load_cert_chain(client)
    assert shake_hands(tls, context).version() == "TLSv1.3"


def write(file: Path, content: bytes) -> Path:
    file.write_bytes(content)
    return file


def test_files_that_cannot_be_used(tmp_path: Path) -> None:
    good, trust = make(tmp_path / "1")
    other, _ = make(tmp_path / "2")
    junk = write(tmp_path / "junk.pem", b"\x00nothing")
    cases: list[tuple[dict[str, Path], str]] = [
        ({"certificate": tmp_path / "none.pem"}, "cannot be read"),
        ({"certificate": tmp_path}, "cannot be read"),
        ({"certificate": junk}, "pem|no certificate"),
        ({"certificate": trust}, "pem|no certificate"),
        ({"certificate": good, "key": junk}, "pem|no certificate"),
        ({"certificate": good, "key": other}, "mismatch"),
        ({"certificate": good, "client_ca": junk}, "no certificates in PEM form"),
        ({"certificate": good, "client_ca": tmp_path / "none.pem"}, "cannot be read"),
    ]
    for settings, told in cases:
        with pytest.raises(CertificateError, match=rf"(?i){told}"):
            open_tls(**settings)


def test_a_key_with_a_password_is_not_asked_for(tmp_path: Path) -> None:
    good, _ = make(tmp_path / "1")
    key = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )
    with pytest.raises(CertificateError, match="password"):
        open_tls(certificate=good, key=write(tmp_path / "k.pem", key))
