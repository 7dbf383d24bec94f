"""The addresses of the console.

    /, /shell/                       for browsers, which ask for HTML: leads to the page; the second
                                     is where DynamoDB Local has one
    /console, /console/ANY           the page; its script reads the rest of the address
    /console/config.json             facts about this server, not about its data
    /console/static/DIGEST/FILE      scripts and styles
    /console/models/...              data models (`models`)
    /console/traffic/...             requests one by one, and advice (`traffic`)

All other requests, and these too on access points or if the console is off, are passed on. If it is
off, a browser that asks for the page gets a text that says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import orjson

from jedlik import __version__
from jedlik.console.headers import ALWAYS, ASK_AGAIN, FOR_EVER, NEVER, entity_tag, is_known
from jedlik.console.mode import ConsoleMode
from jedlik.console.models import MODELS_PATH, ModelPages
from jedlik.console.traffic import TRAFFIC_PATH, TrafficPages
from jedlik.gateway.apis import Api
from jedlik.gateway.exchange import Answer, EncodedAnswer, HeadedAnswer, Reply, Request
from jedlik.gateway.web_pages import is_from_other_page

if TYPE_CHECKING:
    from jedlik.console.pages import File, Pages

ROOT: Final = "/console"
_ROOT: Final = ROOT.encode()
_CONFIG: Final = _ROOT + b"/config.json"
_STATIC: Final = _ROOT + b"/static/"
_WITHOUT_PAGE: Final = (b"/", b"/shell", b"/shell/")
"""Where browsers look for a page: it is elsewhere."""
_FOR_PAGES: Final = (_CONFIG, MODELS_PATH, TRAFFIC_PATH)
"""Requested only by the console's own pages: a page of another origin could cause work with an
image whose address is one of these, though it sees no answer."""
_READING: Final = (b"GET", b"HEAD")
_OFF: Final = (
    b"The console is off on this server. To have it, start the server with --console on, or with\n"
    b"--console read-only.\n"
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the pages need before their first call. `signed`: requests must be signed by a known
    caller; `functions`: the server runs functions; `regions` is empty if all regions are one."""

    mode: ConsoleMode
    region: str
    regions: tuple[str, ...]
    signed: bool
    functions: bool


class ConsoleRouter:
    """Answers the console's addresses, and passes all others to `otherwise`."""

    def __init__(
        self, facts: Facts, models: ModelPages, traffic: TrafficPages, otherwise: Api
    ) -> None:
        self._facts = facts
        self._models = models
        self._traffic = traffic
        self._otherwise = otherwise.submit

    def submit(self, request: Request, reply: Reply) -> None:
        """Answer `request` by calling `reply`."""
        path = request.target.partition(b"?")[0]
        is_browser = path in _WITHOUT_PAGE and _asks_for_page(request)
        is_ours = is_browser or path == _ROOT or path.startswith(_ROOT + b"/")
        is_call = b"x-amz-target" in request.headers  # the page's address as a client's endpoint
        if not is_ours or is_call or request.point is not None:
            self._otherwise(request, reply)
        elif self._facts.mode == "off":
            if is_browser or not _asks_for_page(request):
                self._otherwise(request, reply)
            else:
                reply(HeadedAnswer(404, _OFF, b"text/plain", (NEVER, *ALWAYS)))
        elif is_browser:
            reply(HeadedAnswer(302, b"", b"", (b"Location: " + _ROOT, NEVER, *ALWAYS)))
        elif path.startswith(_FOR_PAGES) and is_from_other_page(request):
            reply(HeadedAnswer(403, b"", b"", (NEVER, *ALWAYS)))
        elif path.startswith(MODELS_PATH):
            self._models.submit(request, path.removeprefix(MODELS_PATH).decode("latin-1"), reply)
        elif path.startswith(TRAFFIC_PATH):
            self._traffic.submit(request, reply)
        else:
            reply(self._answer(request, path))

    @cached_property
    def _pages(self) -> Pages:
        from jedlik.console.pages import Pages  # noqa: PLC0415  with the first page

        return Pages(ROOT)

    def _answer(self, request: Request, path: bytes) -> Answer:
        if request.method not in _READING:
            return HeadedAnswer(405, b"", b"", (b"Allow: GET, HEAD", *ALWAYS))
        if path == _CONFIG:
            return HeadedAnswer(200, self._config(), b"application/json", (NEVER, *ALWAYS))
        pages = self._pages
        if not path.startswith(_STATIC):
            return _sent(request, pages.page, entity_tag(pages.digest), ASK_AGAIN)
        digest, _, name = path.removeprefix(_STATIC).decode("latin-1").partition("/")
        file = pages.find(name)
        if file is None:
            return HeadedAnswer(404, b"not found\n", b"text/plain", (NEVER, *ALWAYS))
        keeping = FOR_EVER if digest == pages.digest else ASK_AGAIN
        return _sent(request, file, entity_tag(pages.digest), keeping)

    def _config(self) -> bytes:
        facts = self._facts
        return orjson.dumps(
            {
                "version": __version__,
                "mode": facts.mode,
                "region": facts.region,
                "regions": facts.regions,
                "signed": facts.signed,
                "functions": facts.functions,
            }
        )


def _asks_for_page(request: Request) -> bool:
    """Whether a browser asks, rather than a health check, whose answer is the service's."""
    is_page = request.method == b"GET" and b"?" not in request.target
    return is_page and b"text/html" in request.headers.get(b"accept", b"")


def _sent(request: Request, file: File, tag: bytes, keeping: bytes) -> Answer:
    headers = (b"ETag: " + tag, keeping, b"Vary: Accept-Encoding", *ALWAYS)
    if is_known(tag, request.headers.get(b"if-none-match", b"")):
        return HeadedAnswer(304, b"", b"", headers)
    coding, body = file.sent(request.headers.get(b"accept-encoding", b""))
    if coding is None:
        return HeadedAnswer(200, body, file.media_type, headers)
    return EncodedAnswer(200, body, file.media_type, (b"Content-Encoding: " + coding, *headers))
