"""A canvas of pixels, and its PNG (Portable Network Graphics, third edition).

Colours are numbers in a palette, so that a pixel is a byte; a graph of 600 by 400 is drawn in some
ten milliseconds and compresses to a few kilobytes. Letters are five by seven dots.
"""

from __future__ import annotations

import struct
import zlib
from typing import Final

PALETTE: Final = (
    (255, 255, 255), (60, 66, 74), (222, 226, 230), (31, 119, 180), (255, 127, 14), (44, 160, 44),
    (214, 39, 40), (148, 103, 189), (140, 86, 75), (227, 119, 194), (23, 190, 207), (188, 189, 34),
)  # fmt: skip
WHITE, INK, GRID, FIRST = range(4)
"""The first colours of the palette; those from FIRST on are for lines."""

_GLYPHS: Final = {
    "0": 0x3A33AE62E, "1": 0x11842108E, "2": 0x3A213221F, "3": 0x7C441062E,
    "4": 0x08CA97C42, "5": 0x7E1E0862E, "6": 0x1910F462E, "7": 0x7C2222108,
    "8": 0x3A317462E, "9": 0x3A317844C, "A": 0x3A31FC631, "B": 0x7A31F463E,
    "C": 0x3A308422E, "D": 0x7A318C63E, "E": 0x7E10F421F, "F": 0x7E10F4210,
    "G": 0x3A30BC62E, "H": 0x4631FC631, "I": 0x38842108E, "J": 0x1C4210A4C,
    "K": 0x4654C5251, "L": 0x42108421F, "M": 0x4775AC631, "N": 0x47359C631,
    "O": 0x3A318C62E, "P": 0x7A31F4210, "Q": 0x3A318D64D, "R": 0x7A31F5251,
    "S": 0x3E107043E, "T": 0x7C8421084, "U": 0x46318C62E, "V": 0x46318C544,
    "W": 0x4631AD771, "X": 0x462A22A31, "Y": 0x462A21084, "Z": 0x7C222221F,
    ".": 0x00000018C, ",": 0x000003088, ":": 0x018C03180, "-": 0x0000F8000,
    "+": 0x0084F9080, "/": 0x042222210, "%": 0x674222173, "_": 0x00000001F,
    "(": 0x088842082, ")": 0x208210888,
}  # fmt: skip
"""The 35 bits of each letter, row by row from the top left; small letters are drawn as capitals."""
_UNKNOWN: Final = 0x7FFFFFFFF
_WIDTH, _HEIGHT = 5, 7
LETTER: Final = _WIDTH + 1
"""Pixels from one letter to the next."""


class Canvas:
    """Pixels in rows from the top, all white at first. Parts drawn outside are cut off."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self._rows = [bytearray(width) for _ in range(height)]

    def dot(self, x: int, y: int, colour: int) -> None:
        """Colour one pixel."""
        if 0 <= x < self.width and 0 <= y < self.height:
            self._rows[y][x] = colour

    def line(self, x: int, y: int, to_x: int, to_y: int, colour: int) -> None:
        """A straight line, both ends included (Bresenham's)."""
        across, down = abs(to_x - x), -abs(to_y - y)
        step_x, step_y = (1 if to_x > x else -1), (1 if to_y > y else -1)
        error = across + down
        while True:
            self.dot(x, y, colour)
            if (x, y) == (to_x, to_y):
                return
            doubled = 2 * error
            if doubled >= down:
                error += down
                x += step_x
            if doubled <= across:
                error += across
                y += step_y

    def box(self, x: int, y: int, width: int, height: int, colour: int) -> None:
        """A filled rectangle."""
        for row in range(y, y + height):
            for column in range(x, x + width):
                self.dot(column, row, colour)

    def text(self, x: int, y: int, text: str, colour: int = INK) -> None:
        """A line of text, its top left corner at this place."""
        for letter in text:
            if letter != " ":
                self._letter(x, y, _GLYPHS.get(letter.upper(), _UNKNOWN), colour)
            x += LETTER

    def _letter(self, x: int, y: int, glyph: int, colour: int) -> None:
        for bit in range(_WIDTH * _HEIGHT):
            if glyph >> (_WIDTH * _HEIGHT - 1 - bit) & 1:
                self.dot(x + bit % _WIDTH, y + bit // _WIDTH, colour)

    def png(self) -> bytes:
        """The image: a header, the palette, and rows without filters."""
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 3, 0, 0, 0)
        palette = bytes(part for colour in PALETTE for part in colour)
        rows = b"".join(b"\x00" + row for row in self._rows)
        return b"\x89PNG\r\n\x1a\n" + b"".join(
            (
                _chunk(b"IHDR", header), _chunk(b"PLTE", palette),
                _chunk(b"IDAT", zlib.compress(rows)), _chunk(b"IEND", b""),
            )
        )  # fmt: skip


def _chunk(kind: bytes, content: bytes) -> bytes:
    checked = kind + content
    return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))
