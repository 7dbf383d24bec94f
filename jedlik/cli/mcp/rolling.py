"""Snapshots of a whole server, in memory and started with --testing: they replace all its data."""

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
    """Taking and restoring snapshots."""

    def __init__(self, listener: AdminListener) -> None:
        self._listener = listener

    @tool
    async def take_snapshot(self, name: Snapshot | None = None) -> Json:
        """Keep everything in the server as it is now, under a name."""
        return await self._ask("POST", "/testing/snapshots", {} if name is None else {"name": name})

    @tool
    async def restore_snapshot(self, name: Snapshot) -> Json:
        """Make everything in the server as it was at a snapshot: later changes are gone."""
        return await self._ask("POST", "/testing/restore", {"name": name})

    @tool
    async def list_snapshots(self) -> Json:
        """The names of all snapshots."""
        return await self._ask("GET", "/testing/snapshots")

    @tool
    async def delete_snapshot(self, name: Snapshot) -> Json:
        """Forget a snapshot."""
        return await self._ask("DELETE", f"/testing/snapshots?name={quote(name, safe='')}")

    async def _ask(self, method: str, target: str, members: Json | None = None) -> Json:
        body = None if members is None else orjson.dumps(members)
        return await asyncio.to_thread(self._listener.ask, method, target, body, seconds=_SECONDS)
