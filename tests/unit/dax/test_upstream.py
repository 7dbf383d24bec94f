"""What is said of an endpoint that does not answer."""

from __future__ import annotations

import asyncio
import socket

import pytest

from jedlik.auth.signing import SigningCredentials
from jedlik.dax import upstream
from jedlik.dax.errors import DaxError
from jedlik.dax.upstream import Upstream


def test_a_server_that_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upstream, "SECONDS", 0.05)

    async def call(port: int) -> None:
        credentials = SigningCredentials("a", "b")
        called = Upstream(f"http://127.0.0.1:{port}", "us-east-1", credentials, lambda: 0)
        try:
            await called.call("ListTables", {})
        finally:
            await called.close()

    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(DaxError, match="did not answer: nothing came for 0 s"),
    ):
        asyncio.run(call(silent.getsockname()[1]))
