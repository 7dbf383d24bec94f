"""Which authorities commands trust when they connect to a server."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from jedlik.app.tls.files import CA_FILE
from jedlik.app.tls.own_certificates import OwnCertificates
from jedlik.base.trust import VARIABLE, client_context, handshake_failure
from tests.simulated_clock import SimulatedClock


def test_only_the_authorities_in_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    OwnCertificates(tmp_path, ("localhost",), SimulatedClock()).ensure()
    monkeypatch.setenv(VARIABLE, str(tmp_path / CA_FILE))
    context = client_context()
    assert len(context.get_ca_certs()) == 1
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_a_file_without_certificates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setenv(VARIABLE, str(file))
    with pytest.raises(OSError, match=r"AWS_CA_BUNDLE is .*ca\.pem, which holds no certificates"):
        client_context()


def test_an_empty_variable_names_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "")
    assert client_context().verify_mode == ssl.CERT_REQUIRED


def test_failures_that_have_no_known_remedy_are_told_as_they_are() -> None:
    assert handshake_failure(ssl.SSLError(1, "odd")) == str(ssl.SSLError(1, "odd"))
