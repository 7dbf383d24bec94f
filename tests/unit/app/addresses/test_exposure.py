"""Which settings may be served on which addresses."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from jedlik.app.addresses.exposure import UnsafeSettings, check, check_accounts
from jedlik.app.settings import Credentials, Settings, TlsSettings

KEYS = Credentials("a", "b")
TLS = TlsSettings(Path("c.pem"))
CLIENTS = TlsSettings(Path("c.pem"), client_ca=Path("ca.pem"))


def check_on(address: str, settings: Settings) -> None:
    with socket.socket() as listening:
        listening.bind((address, 0))
        check(settings, [listening])


@pytest.mark.parametrize(
    "settings",
    [
        Settings(host="0.0.0.0", tls=TLS, credentials=KEYS),
        Settings(host="0.0.0.0", tls=CLIENTS),
        Settings(host="0.0.0.0", insecure=True),
    ],
)
def test_safe_or_known_not_to_be(settings: Settings) -> None:
    check_on("0.0.0.0", settings)


@pytest.mark.parametrize(
    ("settings", "told", "not_told"),
    [
        (Settings(host="0.0.0.0"), ["TLS", "credentials", "--insecure"], []),
        (Settings(host="0.0.0.0", tls=TLS), ["without credentials"], ["without TLS"]),
        (Settings(host="0.0.0.0", credentials=KEYS), ["without TLS"], ["without credentials"]),
    ],
)
def test_open_to_others(settings: Settings, told: list[str], not_told: list[str]) -> None:
    with pytest.raises(UnsafeSettings) as caught:
        check_on("0.0.0.0", settings)
    assert all(each in str(caught.value) for each in told)
    assert not any(each in str(caught.value) for each in not_told)


def test_loopback_takes_nothing() -> None:
    check_on("127.0.0.1", Settings())


def test_the_secret_key_does_not_show() -> None:
    assert "hush" not in repr(Settings(credentials=Credentials("me", "hush")))


def test_access_keys_that_are_accounts_are_for_servers_without_keys() -> None:
    settings = Settings(accounts_by_key=True)
    check_accounts(settings, closed=False)
    check_accounts(Settings(), closed=True)
    with pytest.raises(UnsafeSettings, match="this one has keys of its own"):
        check_accounts(settings, closed=True)
