"""The files of the console: digests, codings, and rules for its scripts."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import zlib
from pathlib import Path

import pytest

from jedlik.console import pages as module
from jedlik.console.pages import Pages

STATIC = Path(__file__).parents[3] / "jedlik" / "console" / "static"
WAYS_TO_MARKUP = (
    "innerHTML",
    "outerHTML",
    "insertAdjacentHTML",
    "dangerouslySet",
    "document.write",
    "DOMParser",
    "createContextualFragment",
    "new Function",
    "eval(",
)
SCRIPTS = [path for path in STATIC.rglob("*.js") if path.parent.name != "vendor"]


def small(folder: Path, script: str = "1") -> Pages:
    (folder / "app").mkdir(exist_ok=True)
    (folder / "index.html").write_text('<!-- preloads --><script src="{base}/app/main.js">')
    (folder / "app" / "main.js").write_text(script)
    (folder / "notes.md").write_text("no file of a page's")
    return Pages("/console", folder)


def test_the_page_names_its_files_by_a_digest_of_all_of_them(tmp_path: Path) -> None:
    pages = small(tmp_path)
    body = pages.page.body.decode()
    assert f'src="/console/static/{pages.digest}/app/main.js"' in body
    assert f'modulepreload" href="/console/static/{pages.digest}/app/main.js"' in body
    assert small(tmp_path, "2").digest != pages.digest


def test_only_what_was_read_is_found(tmp_path: Path) -> None:
    pages = small(tmp_path)
    assert pages.find("app/main.js") is not None
    for name in ("", "/", "app", "notes.md", "index.html", "../pages.py", "app/../app/main.js"):
        assert pages.find(name) is None


def test_a_file_is_compressed_once_for_each_coding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[bytes] = []

    def encode(body: bytes, coding: bytes, _level: int) -> bytes:
        made.append(coding)
        return gzip.compress(body) if coding == b"gzip" else zlib.compress(body)

    monkeypatch.setattr(module, "encode", encode)
    script = "let a = 1;\n" * 200
    file = small(tmp_path, script).find("app/main.js")
    assert file is not None
    for _ in range(3):
        coding, body = file.sent(b"gzip, deflate, br")
        assert (coding, gzip.decompress(body)) == (b"gzip", script.encode())
        coding, body = file.sent(b"deflate")
        assert (coding, zlib.decompress(body)) == (b"deflate", script.encode())
        assert file.sent(b"") == file.sent(b"br") == (None, script.encode())
    assert made == [b"gzip", b"deflate"]


def test_a_short_file_is_sent_as_it_is(tmp_path: Path) -> None:
    file = small(tmp_path).find("app/main.js")
    assert file is not None
    assert file.sent(b"gzip") == (None, b"1")


def test_vendored_libraries_are_what_the_list_says() -> None:
    vendor = STATIC / "vendor"
    listed = {
        name: digest
        for library in json.loads((vendor / "libraries.json").read_text())
        for name, digest in library["files"].items()
    }
    there = {path.name for path in vendor.iterdir()} - {"libraries.json", "LICENCES.txt"}
    assert listed.keys() == there
    for name, digest in listed.items():
        assert hashlib.sha256((vendor / name).read_bytes()).hexdigest() == digest
    licences = (vendor / "LICENCES.txt").read_text()
    for library in json.loads((vendor / "libraries.json").read_text()):
        assert f"{library['name']} {library['version']} ({library['licence']})" in licences


def test_scripts_import_by_path_what_is_there() -> None:
    for path in STATIC.rglob("*.js"):
        found = re.findall(
            r"""(?:\bfrom\s*|\bimport\s*\(?\s*)["'](\.[^"']+)["']""", path.read_text()
        )
        for target in found:
            if "$" not in target:
                assert (path.parent / target).resolve().is_file(), f"{path.name}: {target}"


def test_no_script_makes_markup_of_text() -> None:
    for path in SCRIPTS:
        source = path.read_text()
        for way in WAYS_TO_MARKUP:
            assert way not in source, f"{path.name} has {way}"


def test_scripts_name_no_other_host() -> None:
    for path in [*SCRIPTS, *STATIC.rglob("*.css"), STATIC / "index.html"]:
        assert re.findall(r"https?://(?!www\.w3\.org/)[\w.]+", path.read_text()) == []


def test_scripts_are_short() -> None:
    assert [path.name for path in SCRIPTS if path.read_text().count("\n") > 300
            and path.parent.name != "text"] == []  # fmt: skip
