"""Finding the end of an item, in one pass over the bytes, however they arrive.

Requests have no length prefix; they are a sequence of items. Scanned bytes are not scanned again
when more arrive, so that a client that sends byte by byte does not cost more than others.

Answers are a sequence of items too, or each is in a frame, if the client's hello asks for that:

    length, these eight bytes included (4)  01: the answer ends with this frame (1)  00 00 00
"""

from __future__ import annotations

from typing import Final

from jedlik.dax.wire.cbor import (
    ARRAY,
    BYTES,
    INDEFINITE,
    MAP,
    MAX_ITEMS,
    SIMPLE,
    TAG,
    TEXT,
    TOO_MANY,
    MalformedCbor,
)

_ARGUMENT_SIZES: Final = {24: 1, 25: 2, 26: 4, 27: 8}
_INDEFINITE: Final = 31
_FRAME_HEAD: Final = 8
_LAST_FRAME: Final = b"\x01\x00\x00\x00"
MAX_LEVELS: Final = 512


def in_frame(answer: bytes) -> bytes:
    """An answer in its own frame."""
    return b"".join(((_FRAME_HEAD + len(answer)).to_bytes(4, "big"), _LAST_FRAME, answer))


class ItemScanner:
    """Finds the end of the item that begins where `scan` is called first."""

    __slots__ = ("_items", "_levels", "_skip", "max_length")

    def __init__(self, max_length: int) -> None:
        """`max_length` bounds the length that a string may claim, in bytes."""
        self.max_length = max_length
        self._items = 0
        self._levels: list[int] = []
        self._skip = 0

    def restart(self) -> None:
        """Begin a new request."""
        self._items = 0
        self._levels.clear()
        self._skip = 0

    def scan(self, data: bytearray | bytes, position: int) -> tuple[int, bool]:
        """The offset up to which the bytes from `position` on belong to the item, and whether it
        ends there.

        If it does not end, call again from the position returned, once there is more. Raises
        `MalformedCbor`.
        """
        end = len(data)
        levels = self._levels
        while True:
            if self._skip:
                taken = min(self._skip, end - position)
                position += taken
                self._skip -= taken
                if self._skip:
                    return position, False
                if self._is_whole():
                    return position, True
            if position >= end:
                return position, False
            first = data[position]
            info = first & 31
            size = _ARGUMENT_SIZES.get(info, 0)
            if end - position <= size:
                return position, False
            if size:
                argument = int.from_bytes(data[position + 1 : position + 1 + size], "big")
            else:
                argument = info if info < 24 else INDEFINITE
            position += 1 + size
            self._items += 1
            if self._items > MAX_ITEMS:
                raise MalformedCbor(TOO_MANY)
            if 28 <= info < _INDEFINITE:
                raise MalformedCbor("the head of an item is not valid")
            if self._begins(first >> 5, argument, levels):
                return position, True

    def _begins(self, major: int, argument: int, levels: list[int]) -> bool:
        """Process the head of an item; returns whether that completes the outermost one."""
        if major == TAG and argument != INDEFINITE:
            return False  # the tagged item follows and counts instead
        if major == SIMPLE:
            if argument == INDEFINITE:
                if not levels or levels[-1] != INDEFINITE:
                    raise MalformedCbor("a break ends nothing")
                levels.pop()
            return self._is_whole()
        if major in (BYTES, TEXT) and argument != INDEFINITE:
            if argument > self.max_length:
                raise MalformedCbor("a string is longer than a request may be")
            self._skip = argument
            return not argument and self._is_whole()
        if major in (ARRAY, MAP, BYTES, TEXT):
            count = 2 * argument if major == MAP and argument > 0 else argument
            if count == 0:
                return self._is_whole()
            if len(levels) >= MAX_LEVELS:
                raise MalformedCbor("items are nested too deeply")
            levels.append(count)
            return False
        if argument == INDEFINITE:
            raise MalformedCbor("an item that has to have a length has none")
        return self._is_whole()

    def _is_whole(self) -> bool:
        """Count an item that has ended; returns whether the outermost one has ended with it."""
        levels = self._levels
        while levels:
            left = levels[-1]
            if left == INDEFINITE:
                return False
            if left > 1:
                levels[-1] = left - 1
                return False
            levels.pop()
        return True
