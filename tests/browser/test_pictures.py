"""The pictures of docs/console.md: every screen, made here, so that they cannot age.

`make console-pictures` puts them into the manual; otherwise they are only made.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, wait_until_ready
from tests.browser.screens import SCREENS

pytestmark = pytest.mark.console
PAGE = Path(__file__).parents[2] / "docs" / "console.md"
COLOURS = 256
LARGEST = 120_000


def pick_item(page: Page) -> None:
    page.locator(".grid-body .grid-cell").filter(has_text="USER#").first.click()
    expect(page.get_by_role("complementary").locator(".tree").first).to_be_visible()


def pick_record(page: Page) -> None:
    expect(page.get_by_role("status").first).to_contain_text("2,000 records")
    page.locator(".grid-body .grid-row").first.click()


def light_up(page: Page) -> None:
    page.locator(".block").nth(1).click()


def run(page: Page) -> None:
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("grid")).to_be_visible()


def fill_in(page: Page) -> None:
    page.get_by_label("Name", exact=True).fill("Orders2")
    page.get_by_label("Partition key", exact=True).fill("PK")
    page.get_by_label("Sort key", exact=True).fill("SK")


STEPS: dict[str, Callable[[Page], None]] = {
    "items": pick_item, "stream": pick_record, "collections": light_up, "partiql": run,
    "create": fill_in,
}  # fmt: skip


def small(picture: bytes) -> bytes:
    """A picture in few colours: what flat pages need."""
    image = Image.open(io.BytesIO(picture)).convert("RGB").quantize(COLOURS)
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


@pytest.mark.parametrize("name", SCREENS)
def test_a_picture_of_each_screen(
    open_page: OpenPage, name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    folder = request.config.getoption("--pictures") or tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    page = open_page(SCREENS[name], dark=name == "collections")
    expect(page.locator("main h1, main h2").first).to_be_visible()
    STEPS.get(name, lambda _page: None)(page)
    wait_until_ready(page)
    page.wait_for_timeout(100)
    picture = small(page.screenshot())
    (folder / f"{name}.png").write_bytes(picture)
    assert len(picture) < LARGEST


@pytest.mark.parametrize("dark", [False, True])
def test_the_picture_of_a_small_screen(
    open_page: OpenPage, request: pytest.FixtureRequest, tmp_path: Path, *, dark: bool
) -> None:
    folder = request.config.getoption("--pictures") or tmp_path
    page = open_page(SCREENS["items"], width=390, height=844, dark=dark)
    expect(page.get_by_role("grid")).to_be_visible()
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide == 390
    (folder / f"small-{'dark' if dark else 'light'}.png").write_bytes(small(page.screenshot()))


def test_the_manual_shows_each_of_them() -> None:
    shown = set(re.findall(r"pictures/console/([\w-]+)\.png", PAGE.read_text()))
    assert shown == {*SCREENS, "small-light", "small-dark"}
