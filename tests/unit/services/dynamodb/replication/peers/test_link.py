"""Peers that do not answer delay nothing but their own replicas."""

from __future__ import annotations

import asyncio
import socket

import pytest

from jedlik.kernel.remote.client import RemoteClient
from jedlik.kernel.remote.credentials import ANY
from jedlik.services.dynamodb.regions.messages import LinkDown
from jedlik.services.dynamodb.replication.peers.link import SERVICE, PeerLink
from tests.control_plane import ControlPlane


def test_calls_that_were_given_up_occupy_no_thread(plane: ControlPlane) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        client = RemoteClient(SERVICE, url, "eu-west-1", ANY)
        link = PeerLink(plane.database, "eu-west-1", url, client)

        async def run() -> None:
            for _ in range(40):
                call = asyncio.ensure_future(link.meet())
                await asyncio.sleep(0.01)
                call.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await call
            async with asyncio.timeout(5):
                await asyncio.to_thread(int)
                silent.close()
                with pytest.raises(LinkDown):
                    await link.meet()

        asyncio.run(run())
