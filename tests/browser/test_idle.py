"""A page that is only looked at asks for nothing but what it says that it asks for again."""

from __future__ import annotations

import math
import time
from collections import Counter

import pytest
from playwright.sync_api import Page, Request

from tests.browser.conftest import OpenPage
from tests.browser.screens import SCREENS

pytestmark = pytest.mark.console
SECONDS = 5
LATE = 10
"""Requests that a page may still have on its way when it is first counted: what it asks for beside
its view, the counts in the sidebar. A page that asks without end asks for hundreds."""
ASKED_AGAIN = {
    "traffic": (5, 3, 15),
    "all-traffic": (5, 3),
    "stream": (1, 5, 5),
    "functions": (5, 5),
}
"""Seconds after which each of a page's questions is asked again, as docs/console.md says."""


def most(name: str, seconds: float) -> int:
    """Requests of a page in this many seconds at most."""
    return LATE + sum(math.ceil(seconds / each) + 1 for each in ASKED_AGAIN.get(name, ()))


def test_an_idle_page_asks_for_no_more_than_it_says(open_page: OpenPage) -> None:
    asked: Counter[str] = Counter()

    def count(name: str, page: Page) -> None:
        def note(_request: Request) -> None:
            asked[name] += 1

        page.on("request", note)

    for name, path in SCREENS.items():
        page = open_page(path)
        count(name, page)
    asked.clear()
    began = time.monotonic()
    page.wait_for_timeout(SECONDS * 1000)
    seconds = time.monotonic() - began
    assert {name: asked[name] for name in SCREENS if asked[name] > most(name, seconds)} == {}
    assert asked["stream"] > 1  # it is counted at all
