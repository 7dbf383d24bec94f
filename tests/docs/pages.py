"""The manual's pages, read for the tests of the documentation."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
MANUAL = sorted((ROOT / "docs").glob("*.md"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *MANUAL,
         ROOT / "changelog.d" / "README.md", ROOT / "examples" / "README.md",
         ROOT / "packaging" / "npm" / "README.md"]  # fmt: skip

_RUNNABLE = re.compile(r"^<!-- runnable -->\n```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def text(page: Path | str) -> str:
    """A page's text, by its name in the manual."""
    path = page if isinstance(page, Path) else ROOT / "docs" / page
    return path.read_text(encoding="utf-8")


def runnable_blocks(page: Path) -> list[tuple[str, str]]:
    """Language and text of the code blocks that are marked as runnable."""
    return _RUNNABLE.findall(text(page))


def prose(page: Path) -> str:
    """A page without its code blocks."""
    return _FENCED.sub("", text(page))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
