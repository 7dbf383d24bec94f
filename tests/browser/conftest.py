"""The console in Chromium, on a server of its own.

page       a page of 1280 by 800 pixels; a test fails if the page logs an error
open_page  makes others: open_page(width=390, dark=True)
console    the server, with data: Orders (10,000 items, an index, a stream), Music (texts that
           look like markup), a function triggered by Orders, two users
"""

from __future__ import annotations

import contextlib
import importlib.util
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers import RunningServer

if importlib.util.find_spec("playwright") is None:
    collect_ignore_glob = ["test_*.py"]
else:
    from playwright.sync_api import (
        Browser,
        BrowserContext,
        ConsoleMessage,
        Page,
        expect,
        sync_playwright,
    )
    from playwright.sync_api import (
        Error as PlaywrightError,
    )

    from tests.browser.filling import fill

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
EXPECTED = ("the server responded with a status of 4", "net::ERR_CONNECTION_")
"""Errors that Chromium may log: refused requests (a view may ask for what its user must not see),
and connections to a server that a test stopped."""

PATIENCE_MS = 30_000
"""Time limit for a page on a busy machine; not a measure of speed."""

OpenPage = Callable[..., Any]


def wait_until_ready(page: Page) -> None:
    """Wait until the page is drawn and accepts keys."""
    page.locator("html[data-state=ready]").wait_for(state="attached")


def press(page: Page, *keys: str) -> None:
    """Press keys one after another, each once the page is ready."""
    for key in keys:
        wait_until_ready(page)
        page.keyboard.press(key)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", type=Path, help="write the manual's pictures to this folder")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, without a window."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM,
            # Containers do not allow Chromium a sandbox of its own.
            args=["--no-sandbox", "--disable-dev-shm-usage"],
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """The server with data (above); fails at the end if it logged anything."""
    scratch = tmp_path_factory.mktemp("console")
    server = RunningServer(scratch, "--data", scratch / "data")
    try:
        fill(server)
        yield server
        assert server.log() == "", server.log()[-2500:]
    finally:
        server.kill()


class Opener:
    """Opens pages. Pages of the same server and language share a context, so its cache saves them
    from loading files again. Their storage is cleared when they are closed."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser = browser
        self._url = url
        self._contexts: dict[tuple[str, str], BrowserContext] = {}
        self._opened: list[Page] = []
        self._errors: list[str] = []

    def __call__(
        self, path: str = "/tables", width: int = 1280, height: int = 800, *, dark: bool = False,
        url: str | None = None, locale: str = "en-GB",
    ) -> Page:  # fmt: skip
        made = self._context(url or self._url, locale).new_page()
        made.set_viewport_size({"width": width, "height": height})
        made.emulate_media(color_scheme="dark" if dark else "light")
        made.set_default_timeout(PATIENCE_MS)
        made.on("console", self._note)
        made.on("pageerror", lambda error: self._errors.append(str(error)))
        self._opened.append(made)
        made.goto(f"/console{path}")
        wait_until_ready(made)
        return made

    def _context(self, url: str, locale: str) -> BrowserContext:
        if (url, locale) not in self._contexts:
            self._contexts[url, locale] = self._browser.new_context(base_url=url, locale=locale)
        return self._contexts[url, locale]

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(text in message.text for text in EXPECTED):
            self._errors.append(message.text)

    def close_pages(self) -> None:
        """Close all pages; raise AssertionError if any of them logged an error."""
        for page in self._opened:
            with contextlib.suppress(PlaywrightError):  # a page that is not from the server
                page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
            page.close()
        self._opened.clear()
        errors, self._errors = self._errors, []
        assert errors == []

    def close_contexts(self, *, but: str = "") -> None:
        """Close all contexts except those of the server at the URL `but`."""
        for url, locale in [each for each in self._contexts if each[0] != but]:
            self._contexts.pop((url, locale)).close()


@pytest.fixture(scope="session")
def opener(browser: Browser, console: RunningServer) -> Opener:
    """The opener of all tests, whose contexts keep their cache."""
    return Opener(browser, console.url)


@pytest.fixture
def open_page(
    opener: Opener, console: RunningServer, start_server: Callable[..., RunningServer]
) -> Iterator[OpenPage]:
    # Requested so that pages close before servers that the test starts: they keep polling.
    del start_server
    yield opener
    try:
        opener.close_pages()
    finally:
        opener.close_contexts(but=console.url)


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """A page of 1280 by 800 pixels at /console/tables."""
    made: Page = open_page()
    return made
