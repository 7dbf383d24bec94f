"""A wire between two servers that can be cut: then nothing passes, and neither side is notified."""

from __future__ import annotations

import asyncio
import contextlib
import threading


class Wire:
    """Forwards connections to a port until it is cut. If it `listens`, it keeps in `heard`
    everything that clients sent."""

    def __init__(self, port: int, *, listens: bool = False) -> None:
        self._to = port
        self.port = 0
        self._open = threading.Event()
        self._open.set()
        self._ready = threading.Event()
        self._severed = False
        self._writers: set[asyncio.StreamWriter] = set()
        self._listens = listens
        self.heard = bytearray()
        threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True).start()
        assert self._ready.wait(5)

    def cut(self) -> None:
        """From now on bytes vanish and new connections hang."""
        self._open.clear()

    def sever(self) -> None:
        """Close all connections and accept none, so that both sides notice immediately."""
        self._severed = True
        self._loop.call_soon_threadsafe(self._close)

    def mend(self) -> None:
        """Let bytes through again, including those that were held up."""
        self._severed = False
        self._open.set()

    def _close(self) -> None:
        for writer in self._writers:
            writer.close()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await server.serve_forever()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._severed:
            writer.close()
            return
        await self._passable()
        try:
            other_reader, other_writer = await asyncio.open_connection("127.0.0.1", self._to)
        except OSError:
            writer.close()
            return
        self._writers |= {writer, other_writer}
        await asyncio.gather(
            self._pass(reader, other_writer, self.heard if self._listens else None),
            self._pass(other_reader, writer),
        )
        self._writers -= {writer, other_writer}

    async def _pass(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        heard: bytearray | None = None,
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(1 << 16):
                if heard is not None:
                    heard += data
                await self._passable()
                writer.write(data)
                await writer.drain()
        writer.close()

    async def _passable(self) -> None:
        if not self._open.is_set():
            await asyncio.to_thread(self._open.wait)
