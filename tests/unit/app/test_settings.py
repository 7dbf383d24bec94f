"""The default directory of the server's own certificates."""

from __future__ import annotations

from pathlib import Path

import pytest

from jedlik.app.settings import default_tls_directory


def test_the_folder_for_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert default_tls_directory() == tmp_path / "jedlik" / "tls"
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setenv("HOME", "/home/somebody")
    assert default_tls_directory() == Path("/home/somebody/.config/jedlik/tls")


def test_a_user_without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError

    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    assert default_tls_directory() == Path("jedlik-tls")
