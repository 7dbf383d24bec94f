"""`jedlik manual`: pages, and the names of all of them."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from jedlik.cli import manual as module
from jedlik.cli.exits import Failure
from jedlik.cli.manual import manual

ROOT = Path(__file__).parents[3]


def printed(*arguments: str) -> str:
    done = CliRunner().invoke(manual, arguments, catch_exceptions=False, standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.output


def test_every_page_is_listed_and_printed() -> None:
    listed = dict(line.split(maxsplit=1) for line in printed().splitlines())
    assert listed["differences"] == "Differences from DynamoDB"
    pages = {path.stem for path in (ROOT / "docs").glob("*.md")} - {"README"}
    assert set(listed) == pages
    for name in ("differences", "Differences", "differences.md"):
        assert printed(name) == (ROOT / "docs" / "differences.md").read_text()


def test_shells_complete_the_names_of_pages() -> None:
    (page,) = manual.params
    found = page.shell_complete(click.Context(manual), "getting")
    assert [(each.value, each.help) for each in found] == [
        ("getting-started", "The first ten minutes")
    ]


def test_a_page_that_is_none_is_refused() -> None:
    with pytest.raises(Failure, match=r"no page back-ups, but backups; `jedlik manual` lists"):
        printed("back-ups")
    with pytest.raises(Failure, match="no page nothing"):
        printed("nothing")
    with pytest.raises(Failure, match="no page"):
        printed("../README")


def test_an_installation_has_the_pages_in_the_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "_PLACES", (tmp_path,))
    with pytest.raises(Failure, match="without its manual"):
        printed()
    (tmp_path / "differences.md").write_text("# Here\n")
    assert printed("differences") == "# Here\n"
    included = (ROOT / "pyproject.toml").read_text().partition("wheel.force-include]")[2]
    assert '"docs" = "jedlik/manual"' in included.partition("[tool.")[0]


def test_what_errors_point_to_is_there() -> None:
    """No text points to a file that an installation does not have, or to a page that is none."""
    pages = {path.stem for path in (ROOT / "docs").glob("*.md")}
    for path in (ROOT / "jedlik").rglob("*.py"):
        text = path.read_text()
        assert not re.search(r'"[^"\n]*see docs/', text), path
        for name in re.findall(r"`jedlik manual ([a-z-]+)`", text):
            assert name in pages, path
