"""An API whose code is loaded by its first request, while requests of other APIs are answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from jedlik.base.loading import load
from jedlik.gateway.apis import Api
from jedlik.gateway.exchange import Reply, Request
from jedlik.gateway.unloaded import failed


class LazyApi:
    """Calls `make` once the modules that `modules` returns are loaded; if it returns none, during
    the first request. Requests that arrive in the meantime wait, and are then submitted in
    order."""

    def __init__(self, modules: Callable[[], Sequence[str]], make: Callable[[], Api]) -> None:
        self._modules = modules
        self._make = make
        self._waiting: list[tuple[Request, Reply]] = []
        self._loading: asyncio.Task[None] | None = None
        self.is_made = False
        """Whether `submit` is the API's own from now on."""
        self.submit: Callable[[Request, Reply], None] = self._begin
        """Answers a request by calling its reply once, immediately or later."""

    def _begin(self, request: Request, reply: Reply) -> None:
        modules = self._modules()
        if not modules:
            self._take(self._make())
            self.submit(request, reply)
            return
        self._waiting.append((request, reply))
        if self._loading is None:
            self._loading = asyncio.get_running_loop().create_task(self._load(modules))

    def _take(self, api: Api) -> None:
        self.submit = api.submit
        self.is_made = True

    async def _load(self, modules: Sequence[str]) -> None:
        await load(*modules)
        try:
            self._take(self._make())
        except Exception as error:
            self._refuse_all(error)  # the next request tries again
        waiting, self._waiting, self._loading = self._waiting, [], None
        for request, reply in waiting:
            try:
                self.submit(request, reply)
            except Exception as error:  # the others must be submitted all the same
                reply(failed(error, request))

    def _refuse_all(self, error: Exception) -> None:
        waiting, self._waiting = self._waiting, []
        for request, reply in waiting:
            reply(failed(error, request))
