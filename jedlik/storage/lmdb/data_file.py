"""Whether LMDB's file is as long as it says itself, asked before it is mapped into memory.

LMDB trusts its file: where a page lies beyond the end, the first access to it ends the process with
SIGBUS. So the file's length is compared with the last page that its newest meta page counts.

    page 0 and 1, the meta pages; the one with the greater transaction number counts
    offset 16   4 bytes  beefc0de
           20   4 bytes  version of the format, 1
           40  48 bytes  the tree of free pages: page size (4), flags (2), depth (2), three page
                         counts (8 each), entries (8), root page (8)
           88  48 bytes  the main tree, the same way
          136   8 bytes  the last page in use
          144   8 bytes  transaction number

All in the machine's byte order. A file may be shorter than that all the same: pages that were taken
and given back in one transaction are never written. Such pages are listed as free; so a short file
is sound if, and only if, the tree of free pages is there and lists all that is missing.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

_META: Final = struct.Struct("=II16x I2H3QQQ 40x Q QQ")
_META_AT: Final = 16
_MAGIC: Final = 0xBEEFC0DE
_HEADER: Final = struct.Struct("=QHHHH")
_NODE: Final = struct.Struct("=HHHH")
_NUMBER: Final = struct.Struct("=Q")
_BRANCH: Final = 1
_LEAF: Final = 2
_BIG: Final = 1
_NO_PAGE: Final = (1 << 64) - 1
_ATTEMPTS: Final = 5


class Damaged(Exception):
    """The file is not what its meta pages say; the text says why."""


class _Meta(NamedTuple):
    page_size: int
    free_root: int
    main_root: int
    last_page: int
    transaction: int


def check_length(path: Path) -> None:
    """Raise Damaged if a page that is in use lies beyond the file's end.

    Other processes may be writing: their files only grow.
    """
    with path.open("rb") as file:
        for _ in range(_ATTEMPTS):
            meta = _meta(file)
            size = os.fstat(file.fileno()).st_size
            if meta is None or size >= (meta.last_page + 1) * meta.page_size:
                return  # whatever else is wrong with it LMDB finds when it opens it
            try:
                missing = _missing(file, meta, size // meta.page_size)
            except (struct.error, IndexError):
                missing = meta.last_page + 1 - size // meta.page_size
            if not missing:
                return
            if _meta(file) == meta:  # no one has changed what was read meanwhile
                raise Damaged(
                    f"{path} is cut off: it has {size:,} bytes of the "
                    f"{(meta.last_page + 1) * meta.page_size:,} that it says it has"
                )


def page_size(file: int) -> int:
    """The size of the pages of an open file. Raises Damaged."""
    meta = _meta_at(file, 0)
    if meta is None:
        raise Damaged("the first page is not one of LMDB's")
    return meta.page_size


def newest_transaction(pages: bytes) -> int | None:
    """The number of the last transaction that two meta pages count; None if these are not such
    pages."""
    first = _parsed(pages[_META_AT:])
    if first is None:
        return None
    second = _parsed(pages[first.page_size + _META_AT :])
    return first.transaction if second is None else max(first.transaction, second.transaction)


def main_roots(file: int) -> Iterator[tuple[int, int]]:
    """Where the root pages of the main tree lie that the meta pages of an open file name, and how
    long they are."""
    first = _meta_at(file, 0)
    if first is not None:
        for meta in (first, _meta_at(file, first.page_size)):
            if meta is not None and meta.main_root <= meta.last_page:
                yield meta.main_root * meta.page_size, meta.page_size


def _meta(file: BinaryIO) -> _Meta | None:
    first = _meta_at(file.fileno(), 0)
    if first is None:
        return None
    second = _meta_at(file.fileno(), first.page_size)
    return first if second is None or second.transaction <= first.transaction else second


def _meta_at(file: int, offset: int) -> _Meta | None:
    return _parsed(os.pread(file, _META.size, offset + _META_AT))


def _parsed(content: bytes) -> _Meta | None:
    if len(content) < _META.size:
        return None
    magic, _, size, _, _, _, _, _, _, free_root, main_root, last_page, transaction = (
        _META.unpack_from(content)
    )
    if magic != _MAGIC or not size:
        return None
    return _Meta(size, free_root, main_root, last_page, transaction)


def _missing(file: BinaryIO, meta: _Meta, end: int) -> int:
    """How many pages from page `end` on are in use, as far as the tree of free pages says."""
    free = {page for page in _free_pages(file, meta) if page >= end}
    return meta.last_page + 1 - end - len(free)


def _free_pages(file: BinaryIO, meta: _Meta) -> Iterator[int]:
    """The pages that the tree lists. Raises struct.error if it is not all there."""
    size = meta.page_size
    ahead = [] if meta.free_root == _NO_PAGE else [meta.free_root]
    while ahead:
        page = os.pread(file.fileno(), size, ahead.pop() * size)
        _, _, flags, lower, _ = _HEADER.unpack_from(page)
        if not flags & (_BRANCH | _LEAF):
            raise struct.error("no page of a tree")
        for at in range(_HEADER.size, lower, 2):
            (offset,) = struct.unpack_from("=H", page, at)
            low, high, node_flags, key_size = _NODE.unpack_from(page, offset)
            if flags & _BRANCH:
                ahead.append(low | high << 16 | node_flags << 32)
                continue
            data = page[offset + _NODE.size + key_size :][: low | high << 16]
            if node_flags & _BIG:
                (first,) = _NUMBER.unpack_from(page, offset + _NODE.size + key_size)
                begin = first * size + _HEADER.size
                data = os.pread(file.fileno(), low | high << 16, begin)
            (count,) = _NUMBER.unpack_from(data)
            yield from struct.unpack_from(f"={count}Q", data, _NUMBER.size)
