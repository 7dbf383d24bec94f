"""The index of the manual for programs is up to date."""

from __future__ import annotations

from scripts.llms import TARGET, render


def test_the_index_is_current() -> None:
    assert TARGET.read_text("utf-8") == render(), "python scripts/llms.py"


def test_the_index_lists_every_page() -> None:
    for page in TARGET.parent.glob("*.md"):
        assert page.name == "README.md" or f"({page.name})" in render()
