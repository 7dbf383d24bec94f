"""Where commands look for data, and how such a place is shown."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from jedlik.app.settings import Settings
from jedlik.cli import exits, places
from jedlik.cli.command import main
from jedlik.cli.keys.administrator_keys import list_keys
from jedlik.cli.places import opened, reporting_failures, without_password
from jedlik.cli.verify import verify
from jedlik.storage.failures import (
    DataDirectoryError,
    EngineUnusable,
    StorageFailure,
    StorageFull,
)


def test_keys_are_listed_of_the_directory_of_a_server_that_was_started_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(list_keys, [], standalone_mode=False)
    assert str(done.exception) == f"{tmp_path / 'jedlik-data'} does not exist"


def test_a_directory_that_may_not_be_read_is_not_a_mistake_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "access", lambda *_, **__: False)  # what click asks; root may read all
    (tmp_path / "format").write_text("of another program")
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--data", str(tmp_path), "--port", "0"])
    assert ended.value.code == exits.DIRECTORY
    assert "was not written by Jedlik" in capsys.readouterr().err


def test_an_engine_that_does_not_answer_is_not_waited_for_silently(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def wait() -> None:
        async with asyncio.timeout(0.5), opened("postgresql://127.0.0.1:1/x"):
            pass

    monkeypatch.setattr(places, "_SILENCE", 0.01)
    with pytest.raises(TimeoutError):
        asyncio.run(wait())
    assert capsys.readouterr().err.startswith("jedlik: the store does not answer yet")


def test_verify_has_the_same_default_directory() -> None:
    (place,) = (each for each in verify.params if each.name == "place")
    assert place.default == str(Settings().directory) == "jedlik-data"


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ("here/data", "here/data"),
        ("postgresql://me:secret@host:5/db?password=secret", "postgresql://me@host:5/db"),
        ("postgres://host/db", "postgres://host/db"),
    ],
)
def test_no_password_is_shown(place: str, shown: str) -> None:
    assert without_password(place) == shown


@pytest.mark.parametrize(
    ("failure", "line", "code"),
    [
        (DataDirectoryError("x holds no data"), "x holds no data", exits.DIRECTORY),
        (EngineUnusable("it is too old"), "it is too old", exits.ENGINE),
        (StorageFailure("a page is cut off"), "unread: a page is cut off", exits.FOUND),
        (StorageFull("no room"), "unread: no room", exits.FOUND),
    ],
)
def test_data_that_cannot_be_used_ends_the_command_with_a_line_and_a_code(
    failure: Exception, line: str, code: int
) -> None:
    with pytest.raises(exits.Failure) as ended, reporting_failures("unread"):
        raise failure
    assert (ended.value.message, ended.value.code) == (line, code)
