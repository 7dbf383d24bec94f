"""WCAG 2.2 AA by axe: every screen, wide and narrow, light and dark; and by keys alone."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, press, wait_until_ready
from tests.browser.screens import SCREENS

pytestmark = pytest.mark.console
WIDTHS = "() => ['html', '#app', '.top'].map((each) => document.querySelector(each).scrollWidth)"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page: Page) -> list[tuple[str, str]]:
    wait_until_ready(page)
    page.evaluate("() => new Promise(requestAnimationFrame)")
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    return [(each["id"], each["nodes"][0]["html"][:200]) for each in found]


@pytest.mark.parametrize("name", SCREENS)
def test_axe_finds_nothing(open_page: OpenPage, name: str) -> None:
    page = open_page(SCREENS[name])
    expect(page.locator("main h1, main h2").first).to_be_visible()
    assert violations(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark")
    assert violations(page) == []
    assert page.evaluate(WIDTHS) == [390, 390, 390]
    expect(page.locator("kbd").filter(visible=True)).to_have_count(0)  # phones have no keys


def test_axe_finds_nothing_in_what_opens(open_page: OpenPage) -> None:
    page = open_page("/t/Orders/items?mode=query&pk=USER%237")
    page.locator(".grid-body .grid-cell:nth-child(2)").first.click()
    expect(page.get_by_role("complementary")).to_be_visible()
    press(page, "Control+.")
    expect(page.locator(".calls-code pre")).to_be_visible()
    assert violations(page) == []
    press(page, "Control+k")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert violations(page) == []


def test_axe_finds_nothing_in_the_form_of_a_pattern(open_page: OpenPage) -> None:
    page = open_page("/model?example=shop")
    page.get_by_role("button", name="Change", exact=False).first.click()
    expect(page.locator(".pattern-form")).to_be_visible()
    assert violations(page) == []


def test_an_item_is_reached_and_left_by_keys(open_page: OpenPage) -> None:
    page = open_page("/t/Orders/items?mode=query&pk=USER%237")
    grid = page.get_by_role("grid")
    grid.focus()
    press(page, "ArrowDown")
    press(page, "ArrowDown")
    expect(page.locator(".grid-row.active")).to_have_attribute("aria-rowindex", "4")
    press(page, "Home")
    press(page, "Enter")
    panel = page.get_by_role("complementary")
    expect(panel).to_be_visible()
    panel.get_by_label("Close").focus()
    press(page, "Escape")
    expect(panel).to_have_count(0)
