"""Errors about connection strings."""

from __future__ import annotations

import pytest

from jedlik.cli.options.engine import warn_of_plain_text


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("postgresql://jedlik:secret@db.example.com/name", "db.example.com"),
        ("postgresql://jedlik@127.0.0.1:5441,10.0.0.7:5442/name", "10.0.0.7"),
        ("postgresql://[2001:db8::7]:5441/name?application_name=x", "2001:db8::7"),
    ],
)
def test_other_machines_without_a_word_on_tls(
    url: str, host: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    warn_of_plain_text("--engine", url)
    (line,) = capsys.readouterr().err.splitlines()
    assert f"--engine: connections to {host} are not certain to be encrypted" in line
    assert "secret" not in line
    warn_of_plain_text("--engine", url + ("&" if "?" in url else "?") + "sslmode=verify-full")
    monkeypatch.setenv("PGSSLMODE", "require")
    warn_of_plain_text("--engine", url)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("host", ["127.0.0.1:5441", "localhost", "[::1]:5441", "%2Fvar%2Frun", ""])
def test_engines_on_this_machine_need_no_tls(host: str, capsys: pytest.CaptureFixture[str]) -> None:
    warn_of_plain_text("--engine", f"postgresql://jedlik@{host}/name")
    assert capsys.readouterr().err == ""
