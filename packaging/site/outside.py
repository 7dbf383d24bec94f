"""Links out of the manual's folder, for the site: to pages and files elsewhere in the source tree.

Pages that the navigation names and that are not in `docs` are read from where they are; other files
that a page links to (an example, a chart) are copied as they are. A link to nothing stays as it is,
so that a strict build fails of it.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = (
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "changelog.d/README.md",
    "examples/README.md",
    "examples/junit/README.md",
    "examples/pytest_suite/README.md",
    "packaging/npm/README.md",
)
FILES = "files"
"""Where on the site other files of the source tree are."""

STYLE = "site.css"

_FENCED = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(!?\[[^\]]*\]\()([^)\s#]*)((?:#[^)\s]*)?\))")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages, the files that any page links to, and the site's own style."""
    files.append(File.generated(config, STYLE, abs_src_path=str(Path(__file__).with_name(STYLE))))
    for name in PAGES:
        files.append(File.generated(config, name, abs_src_path=str(ROOT / name)))
    for page in [*DOCS.glob("*.md"), *(ROOT / name for name in PAGES)]:
        for target in _targets(page):
            path = f"{FILES}/{target.relative_to(ROOT)}"
            if target.is_file() and files.get_file_from_path(path) is None:
                files.append(File.generated(config, path, abs_src_path=str(target)))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """The page with its links to where things are on the site."""
    name = page.file.src_uri
    source = ROOT / name if name in PAGES else DOCS / name

    def moved(link: re.Match[str]) -> str:
        place = _place(_target(source, link[2])) if link[2] and "://" not in link[2] else None
        if place is None:
            return link[0]
        return link[1] + posixpath.relpath(place, posixpath.dirname(name) or ".") + link[3]

    parts = _FENCED.split(markdown)
    return "".join(part if part.startswith("```") else _LINK.sub(moved, part) for part in parts)


def _targets(page: Path) -> list[Path]:
    """What a page links to outside the manual's folder, and no page of the site."""
    text = _FENCED.sub("", page.read_text("utf-8"))
    links = [link for _, link, _ in _LINK.findall(text) if link and "://" not in link]
    found = [_target(page, link) for link in links]
    return [each for each in found if (_place(each) or "").startswith(f"{FILES}/")]


def _target(page: Path, link: str) -> Path:
    return Path(posixpath.normpath(page.parent / link))


def _place(target: Path) -> str | None:
    """Where on the site a file of the source tree is; None where it is nowhere."""
    if target.is_dir():
        target /= "README.md"
    if not target.is_file():
        return None
    if target.is_relative_to(DOCS):
        return str(target.relative_to(DOCS))
    name = str(target.relative_to(ROOT))
    if name == "README.md":
        return "README.md"
    return name if name in PAGES else f"{FILES}/{name}"
