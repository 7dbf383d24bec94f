"""A wire between a node and the database that can be cut: nothing goes through, nothing is said."""

from __future__ import annotations

import asyncio
import contextlib
import threading


class Wire:
    """Passes connections to a port on, until it is cut."""

    def __init__(self, port: int) -> None:
        self._to = port
        self.port = 0
        self._open = threading.Event()
        self._open.set()
        self._ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True).start()
        assert self._ready.wait(5)

    def cut(self) -> None:
        """From now on bytes vanish and new connections hang."""
        self._open.clear()

    def mend(self) -> None:
        """Let bytes through again, those too that were on their way."""
        self._open.set()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await server.serve_forever()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._passable()
        try:
            other_reader, other_writer = await asyncio.open_connection("127.0.0.1", self._to)
        except OSError:
            writer.close()
            return
        await asyncio.gather(self._pass(reader, other_writer), self._pass(other_reader, writer))

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(1 << 16):
                await self._passable()
                writer.write(data)
                await writer.drain()
        writer.close()

    async def _passable(self) -> None:
        if not self._open.is_set():
            await asyncio.to_thread(self._open.wait)
