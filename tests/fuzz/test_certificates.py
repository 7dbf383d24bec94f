"""Spoilt certificates and handshakes: refused with one line or harmless, and never accepted.

Handshakes run in memory, against the context that the server listens with, which requires
certificates of clients.
"""

from __future__ import annotations

import random
import shutil
import ssl
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.app.settings import TlsSettings
from jedlik.app.tls.context import Tls
from jedlik.app.tls.files import CertificateError
from jedlik.base.clock import SystemClock
from tests.certificates import make, make_client
from tests.fuzz.mutations import spoil_bytes
from tests.properties import examples

SEEDS = st.integers(0, 2**40)
END_OF_KEY = b"-----END PRIVATE KEY-----\n"


class Files(NamedTuple):
    """PEM files: the server's, and those of clients; each with the key of its certificate."""

    folder: Path
    server: Path
    trust: Path
    client: Path
    client_ca: Path


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("certificates")
    return Files(folder, *make(folder / "server"), *make_client(folder / "clients"))


@pytest.fixture(scope="module")
def tls(files: Files) -> Tls:
    return opened(certificate=files.server, client_ca=files.client_ca)


def opened(**names: Path) -> Tls:
    return Tls(TlsSettings(**names), "127.0.0.1", SystemClock())  # type: ignore[arg-type]


def spoilt(file: Path, folder: Path, draw: random.Random) -> Path:
    """A spoilt copy of a PEM file: its text, or the content of its base64."""
    content = file.read_bytes()
    if draw.random() < 0.5:
        changed = spoil_bytes(content, draw)
    else:
        key, end, _ = content.rpartition(END_OF_KEY)
        der = spoil_bytes(certificate_in(file), draw)
        changed = key + end + ssl.DER_cert_to_PEM_cert(der).encode()
    target = folder / "spoilt.pem"
    target.write_bytes(changed)
    return target


def certificate_in(file: Path) -> bytes:
    """The certificate (DER) of a file that may begin with its key."""
    return ssl.PEM_cert_to_DER_cert(file.read_bytes().rpartition(END_OF_KEY)[2].decode())


def shown(tls: Tls, context: ssl.SSLContext, draw: random.Random | None = None) -> bytes | None:
    """The certificate (DER) with which a client was accepted; None if it was not.

    `draw` spoils what the server reads. Raises what the server's side should not.
    """
    to_server, to_client, sent = ssl.MemoryBIO(), ssl.MemoryBIO(), ssl.MemoryBIO()
    server = tls.context.wrap_bio(to_server, to_client, server_side=True)
    client = context.wrap_bio(to_client, sent, server_hostname="127.0.0.1")
    for _ in range(6):
        with suppress(ssl.SSLError):
            client.do_handshake()
        data = sent.read()
        to_server.write(spoil_bytes(data, draw) if draw is not None and data else data)
        try:
            server.do_handshake()
        except ssl.SSLWantReadError:
            continue
        except ssl.SSLError:
            return None
        return server.getpeercert(binary_form=True) or b""
    return None


def client_of(files: Files, certificate: Path | None) -> ssl.SSLContext:
    """The client's side. Raises ssl.SSLError if it could not send such a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(files.trust)
    if certificate is not None:
        context.load_cert_chain(certificate)
    return context


@examples(150)
@given(seed=SEEDS, option=st.sampled_from(["certificate", "key", "client_ca"]))
def test_spoilt_files(files: Files, seed: int, option: str) -> None:
    draw = random.Random(seed)
    names = {"certificate": files.server, "client_ca": files.client_ca}
    if option == "key":
        names["key"] = files.server
    names[option] = spoilt(names[option], files.folder, draw)
    try:
        tls = opened(**names)
    except CertificateError as error:
        told = str(error)
    else:
        told = ""
    if told:
        assert "\n" not in told
        assert names[option].name in told or "password" in told
        return
    assert tls.context.verify_mode is ssl.CERT_REQUIRED
    assert shown(tls, client_of(files, None)) is None


@examples(30)
@given(seed=SEEDS)
def test_files_that_are_spoilt_while_the_server_runs(files: Files, seed: int) -> None:
    """Clients without a certificate are never accepted, and those with one are as soon as the file
    is whole again."""
    draw = random.Random(seed)
    ca = files.folder / "ca-in-use.pem"
    shutil.copy(files.client_ca, ca)
    tls = opened(certificate=files.server, client_ca=ca)
    ca.write_bytes(spoil_bytes(files.client_ca.read_bytes(), draw))
    tls.refresh(forced=True)
    assert shown(tls, client_of(files, None)) is None
    shutil.copy(files.client_ca, ca)
    tls.refresh(forced=True)
    assert shown(tls, client_of(files, files.client)) == certificate_in(files.client)


@examples(200)
@given(seed=SEEDS)
def test_spoilt_certificates_of_clients(files: Files, tls: Tls, seed: int) -> None:
    file = spoilt(files.client, files.folder, random.Random(seed))
    try:
        context = client_of(files, file)
    except (ssl.SSLError, UnicodeError):
        return
    assert shown(tls, context) in (None, certificate_in(files.client))


@examples(100)
@given(seed=SEEDS, certified=st.booleans())
def test_spoilt_handshakes(files: Files, tls: Tls, seed: int, certified: bool) -> None:
    context = client_of(files, files.client if certified else None)
    allowed = (None, certificate_in(files.client)) if certified else (None,)
    assert shown(tls, context, random.Random(seed)) in allowed


def test_who_has_a_certificate_gets_in(files: Files, tls: Tls) -> None:
    """Otherwise the tests above would pass for a server that accepts no one."""
    assert shown(tls, client_of(files, files.client)) == certificate_in(files.client)
    assert shown(tls, client_of(files, None)) is None
    assert shown(tls, client_of(files, files.server)) is None
