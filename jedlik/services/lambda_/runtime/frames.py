"""How the server and a function's process communicate: frames over a socket.

offset 0  4 bytes  size of the head, big-endian
       4  4 bytes  size of the body, big-endian
       8           head: JSON
                   body: an event or a result
"""

from __future__ import annotations

import asyncio
import struct
from typing import Any, Final

import orjson

HEAD: Final = struct.Struct(">II")
MAX_HEAD: Final = 64 * 1024
MAX_BODY: Final = 64 * 1024 * 1024


def frame(head: dict[str, Any], body: bytes) -> bytes:
    """A frame in bytes."""
    packed = orjson.dumps(head)
    return HEAD.pack(len(packed), len(body)) + packed + body


async def read_frame(reader: asyncio.StreamReader) -> tuple[dict[str, Any], bytes]:
    """The next frame. Raises ConnectionError if the other side is closed or breaks the protocol."""
    try:
        head_size, body_size = HEAD.unpack(await reader.readexactly(HEAD.size))
        if head_size > MAX_HEAD or body_size > MAX_BODY:
            raise ConnectionError("no frame")
        head = orjson.loads(await reader.readexactly(head_size))
        body = await reader.readexactly(body_size)
    except (asyncio.IncompleteReadError, orjson.JSONDecodeError) as error:
        raise ConnectionError("the function's process has ended") from error
    return head, body
