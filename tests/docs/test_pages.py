"""The manual is consistent: links lead somewhere, pictures are well formed, examples run."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from scripts.changelog import MARK, fragments, section
from tests.conftest import StartServer
from tests.docs.pages import MANUAL, PAGES, ROOT, anchors, prose, runnable_blocks, text
from tests.servers import environment

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
QUOTED_JSON = re.compile(r"[ =]'([\[{][^']*[\]}])'(?=[\s)]|$)")
PICTURES = sorted((ROOT / "docs" / "pictures").glob("*.svg"))
PAGES_THAT_RUN = [page for page in PAGES if runnable_blocks(page)]
DEFAULT_URL = "http://127.0.0.1:8000"


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(prose(page)):
        if link.startswith("https://"):
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_page_has_a_merge_in_it(page: Path) -> None:
    assert not re.search(r"^(<<<<<<<|>>>>>>>) ", text(page), re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_what_shells_are_given_in_quotes_is_json(page: Path) -> None:
    for quoted in QUOTED_JSON.findall(text(page)):
        json.loads(quoted)


def test_every_page_is_in_the_index() -> None:
    index = text("README.md")
    for page in MANUAL:
        assert page.name == "README.md" or f"({page.name})" in index


@pytest.mark.parametrize("snapshot", PICTURES, ids=name_of)
def test_pictures_are_well_formed_and_shown(snapshot: Path) -> None:
    """They are well formed, have a title and a size, and are readable on dark pages too."""
    root = ET.fromstring(snapshot.read_text("utf-8"))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.find("{http://www.w3.org/2000/svg}title") is not None
    assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"
    assert "prefers-color-scheme: dark" in snapshot.read_text("utf-8")
    pages = (ROOT / "docs").glob("*.md")
    assert any(f"pictures/{snapshot.name}" in page.read_text("utf-8") for page in pages)


def test_the_picture_of_the_floors_has_all_of_them() -> None:
    snapshot = (ROOT / "docs" / "pictures" / "floors.svg").read_text("utf-8")
    shown = set(re.findall(r'class="mono">(\w+)<', snapshot))
    assert {path.parent.name for path in (ROOT / "jedlik").glob("*/__init__.py")} <= shown


def script_of(page: Path, url: str) -> str:
    """The runnable blocks of a page as one shell script."""
    parts = ["set -eu"]
    for language, block in runnable_blocks(page):
        piped = f"python - <<'END-OF-PROGRAM'\n{block}END-OF-PROGRAM\n"
        parts.append((piped if language == "python" else block).replace(DEFAULT_URL, url))
    return "\n".join(parts)


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES_THAT_RUN, ids=name_of)
def test_what_is_to_be_pasted_works(start_server: StartServer, tmp_path: Path, page: Path) -> None:
    server = start_server("--memory")
    (tmp_path / "empty").mkdir()
    done = subprocess.run(
        ["bash", "-c", script_of(page, server.url)],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=tmp_path / "empty",
        env={
            **environment(AWS_EC2_METADATA_DISABLED="true", AWS_PAGER=""),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        },
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert server.client().list_tables()["TableNames"], "the page made no table"


def test_there_are_pages_that_run() -> None:
    assert {"README.md", "docs/getting-started.md"} <= set(map(name_of, PAGES_THAT_RUN))


def test_the_changelog_takes_the_fragments() -> None:
    assert MARK in text(ROOT / "CHANGELOG.md")
    paths = fragments(ROOT / "changelog.d")
    merged = section("9.9.9", dt.date(2030, 1, 2), paths)
    assert merged.startswith("\n## 9.9.9 (2030-01-02)\n\n- ")
    for path in paths:
        assert len(text(path).splitlines()) <= 12, path.name


def test_a_fragment_is_a_list(tmp_path: Path) -> None:
    (tmp_path / "wrong.md").write_text("Not a list.\n")
    with pytest.raises(ValueError, match=r"wrong\.md is no list"):
        section("1.0.0", dt.date(2030, 1, 2), fragments(tmp_path))


def test_the_measured_figures_are_the_same_everywhere() -> None:
    """bench/publish.py writes them; edited by hand, they would differ."""
    tables = [
        re.findall(r"<!-- measured -->\n(.*?)<!-- end -->", text(page), re.DOTALL)
        for page in (ROOT / "README.md", ROOT / "docs" / "architecture.md")
    ]
    assert [len(found) for found in tables] == [1, 1]
    assert tables[0] == tables[1]
    assert "| GetItem, a second |" in tables[0][0]
