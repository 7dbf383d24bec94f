"""What a power loss leaves of LMDB's file, and what must be read from its directory afterwards."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

from jedlik.storage.contract import contents
from jedlik.storage.engine import Value
from jedlik.storage.lmdb.logged_engine import LoggedLmdbEngine

PAGE = 4096


def some_changes(draw: random.Random) -> dict[bytes, Value]:
    """The changes of a commit: small and large values, deletions, and keys longer than LMDB's."""
    changes: dict[bytes, Value] = {}
    for _ in range(draw.randrange(1, 12)):
        key = b"%03d" % draw.randrange(400) * draw.choice((1, 1, 1, 300))
        size = draw.choice((0, 10, 300, 300, 6000))
        changes[key] = None if draw.random() < 0.3 else draw.randbytes(size)
    return changes


def some_pages(draw: random.Random, flushed: bytes, now: bytes) -> bytes:
    """Each page that was written since is there, is as it was before, or is torn."""
    pages = []
    for at in range(0, len(now), PAGE):
        before, after = flushed[at : at + PAGE] or bytes(PAGE), now[at : at + PAGE]
        torn = after[:512] + draw.randbytes(PAGE - 512)
        pages.append(after if before == after else draw.choice((before, after, torn)))
    return b"".join(pages)


def rows_in(directory: Path) -> dict[bytes, bytes]:
    """The rows of a directory, once it is recovered and found sound."""

    async def read() -> dict[bytes, bytes]:
        engine = LoggedLmdbEngine.open(directory)
        assert engine.problems() == []
        rows = dict(await contents(engine, b""))
        await engine.close()
        return rows

    return asyncio.run(read())
