"""The authority and the certificates of `--tls auto`."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
from cryptography import x509

from jedlik.app.tls import authority
from jedlik.app.tls.files import AUTHORITY_FILE, CA_FILE, CertificateError
from jedlik.app.tls.own_certificates import OwnCertificates, own_names
from tests.simulated_clock import SimulatedClock

NAMES = ("localhost", "127.0.0.1", "::1")


def read(file: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(file.read_bytes())


def test_files_are_the_users_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "tls"
    certificate = OwnCertificates(folder, NAMES, SimulatedClock()).ensure()
    assert folder.stat().st_mode & 0o777 == 0o700
    keys = [file for file in folder.iterdir() if b"PRIVATE KEY" in file.read_bytes()]
    assert sorted(keys) == sorted([folder / AUTHORITY_FILE, certificate])
    assert {file.stat().st_mode & 0o777 for file in keys} == {0o600}
    assert b"PRIVATE" not in (folder / CA_FILE).read_bytes()


def test_names_and_signature(tmp_path: Path) -> None:
    certificate = read(OwnCertificates(tmp_path, NAMES, SimulatedClock()).ensure())
    certificate.verify_directly_issued_by(read(tmp_path / CA_FILE))
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert {str(each) for each in names.get_values_for_type(x509.IPAddress)} == {"127.0.0.1", "::1"}
    basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert not basic.ca, "a server's certificate signs no others"


def test_a_good_certificate_stays(tmp_path: Path) -> None:
    clock = SimulatedClock()
    own = OwnCertificates(tmp_path, NAMES, clock)
    first = own.ensure().read_bytes()
    clock.advance((authority.SERVER_DAYS - authority.RENEW_DAYS) * authority.DAY - 1)
    assert OwnCertificates(tmp_path, reversed(NAMES), clock).ensure().read_bytes() == first
    clock.advance(1)
    assert own.ensure().read_bytes() != first, "renewed before its end"


def test_other_names_have_a_certificate_of_their_own(tmp_path: Path) -> None:
    clock = SimulatedClock()
    one = OwnCertificates(tmp_path, NAMES, clock).ensure()
    ca = (tmp_path / CA_FILE).read_bytes()
    other = OwnCertificates(tmp_path, [*NAMES, "db.example"], clock).ensure()
    assert one != other
    assert one.exists()
    assert (tmp_path / CA_FILE).read_bytes() == ca, "clients go on trusting the same authority"


def test_an_authority_near_its_end_is_replaced(tmp_path: Path) -> None:
    clock = SimulatedClock()
    own = OwnCertificates(tmp_path, NAMES, clock)
    own.ensure()
    first = read(tmp_path / CA_FILE)
    clock.advance((authority.AUTHORITY_DAYS - authority.SERVER_DAYS) * authority.DAY + 1)
    certificate = read(own.ensure())
    second = read(tmp_path / CA_FILE)
    assert first != second
    certificate.verify_directly_issued_by(second)


@pytest.mark.parametrize("missing", [CA_FILE, "server"])
def test_what_was_removed_is_made_again(tmp_path: Path, missing: str) -> None:
    own = OwnCertificates(tmp_path, NAMES, SimulatedClock())
    file = own.ensure()
    ca = (tmp_path / CA_FILE).read_bytes()
    (file if missing == "server" else tmp_path / missing).unlink()
    assert own.ensure().exists()
    assert (tmp_path / CA_FILE).read_bytes() == ca


def test_damaged_state_is_made_again(tmp_path: Path) -> None:
    own = OwnCertificates(tmp_path, NAMES, SimulatedClock())
    state = own.ensure().with_suffix(".json")
    for content in (b"", b"[]", b"{}", b'{"renew_at": "soon"}'):
        state.write_bytes(content)
        own.ensure()
        assert b"renew_at" in state.read_bytes()


@pytest.mark.parametrize("content", [b"", b"\x00" * 100, b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_a_damaged_authority_is_said(tmp_path: Path, content: bytes) -> None:
    (tmp_path / AUTHORITY_FILE).write_bytes(content)
    with pytest.raises(CertificateError, match="is damaged"):
        OwnCertificates(tmp_path, NAMES, SimulatedClock()).ensure()


def test_names_that_no_certificate_has(tmp_path: Path) -> None:
    with pytest.raises(CertificateError, match="not a name"):
        OwnCertificates(tmp_path, ["árvíz.example"], SimulatedClock()).ensure()


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(CertificateError, match="--tls-directory"):
        OwnCertificates(tmp_path / "file" / "tls", NAMES, SimulatedClock()).ensure()


def test_names_of_this_machine() -> None:
    assert {"localhost", "127.0.0.1", "10.1.2.3", "x"} <= set(own_names("10.1.2.3", ["x"]))
    assert "0.0.0.0" not in own_names("0.0.0.0")
    assert "fe80::1" in own_names("fe80::1%eth0")


def test_python_s_strict_checks_take_it(tmp_path: Path) -> None:
    own = OwnCertificates(tmp_path, NAMES, SimulatedClock())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    own.ensure()
    context.load_verify_locations(tmp_path / CA_FILE)
    assert context.cert_store_stats()["x509_ca"] == 1
