"""Snapshots of all data of a server that was started with --memory --testing."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final
from urllib.parse import quote

import orjson
from pydantic import Field

from jedlik.cli.admin_listener import AdminListener
from jedlik.cli.mcp.calling import Json, tool

_SECONDS: Final = 30.0

Snapshot = Annotated[str, Field(description="A snapshot's name.")]


class RollingTools:
    """Takes, restores, lists and deletes snapshots."""

    def __init__(self, listener: AdminListener) -> None:
        self._listener = listener

    @tool
    async def take_snapshot(self, name: Snapshot | None = None) -> Json:
        """Save the server's present contents under `name`, or a new name. Returns the name."""
        return await self._call(
            "POST", "/testing/snapshots", {} if name is None else {"name": name}
        )

    @tool
    async def restore_snapshot(self, name: Snapshot) -> Json:
        """Replace the server's contents by those of a snapshot. Later changes are lost."""
        return await self._call("POST", "/testing/restore", {"name": name})

    @tool
    async def list_snapshots(self) -> Json:
        """List the names of all snapshots."""
        return await self._call("GET", "/testing/snapshots")

    @tool
    async def delete_snapshot(self, name: Snapshot) -> Json:
        """Delete a snapshot."""
        return await self._call("DELETE", f"/testing/snapshots?name={quote(name, safe='')}")

    async def _call(self, method: str, target: str, members: Json | None = None) -> Json:
        body = None if members is None else orjson.dumps(members)
        return await asyncio.to_thread(self._listener.ask, method, target, body, seconds=_SECONDS)
