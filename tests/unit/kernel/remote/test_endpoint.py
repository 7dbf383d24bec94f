"""What is said of an endpoint that does not answer."""

from __future__ import annotations

import asyncio
import socket

import pytest

from jedlik.auth.signing import SigningCredentials
from jedlik.kernel.remote import endpoint
from jedlik.kernel.remote.client import Unreachable
from jedlik.kernel.remote.endpoint import Endpoint


def test_a_server_that_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "SECONDS", 0.05)

    async def call(port: int) -> None:
        credentials = SigningCredentials("a", "b")
        called = Endpoint(f"http://127.0.0.1:{port}", "us-east-1", credentials, lambda: 0)
        try:
            await called.call("ListTables", b"{}")
        finally:
            await called.close()

    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(Unreachable, match="did not answer: nothing came for 0 s"),
    ):
        asyncio.run(call(silent.getsockname()[1]))
