"""Lines over time on a canvas: a grid with labels, the lines, and a legend."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from jedlik.services.cloudwatch.math.evaluation import Line
from jedlik.services.cloudwatch.widget.canvas import (
    FIRST,
    GRID,
    INK,
    LETTER,
    PALETTE,
    Canvas,
)
from jedlik.services.cloudwatch.widget.description import Graph

_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 12, 24, 34
_ROW: Final = 12
_STEPS: Final = 4
_MAX_DOTS: Final = 2_000_000
"""The dots of all lines in the worst case, where they cross the whole height at each point."""
_MIN_COLUMNS: Final = 16
_PREFIXES: Final = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


def draw(graph: Graph, lines: list[Line]) -> bytes:
    """The PNG of a graph with these lines."""
    canvas = Canvas(graph.width, graph.height)
    lines = [line for line in lines if line.values]
    legend = min(len(lines), max(0, (graph.height - _TOP - _BOTTOM) // (3 * _ROW)))
    bottom = graph.height - _BOTTOM - legend * _ROW
    canvas.text(_LEFT, 8, graph.title[: (graph.width - _LEFT) // LETTER])
    top = _ceiling(max((max(line.values.values()) for line in lines), default=1.0))
    low = min(0.0, min((min(line.values.values()) for line in lines), default=0.0))
    _grid(canvas, graph, bottom, low, top)
    columns = max(_MIN_COLUMNS, min(graph.width, _MAX_DOTS // (graph.height * len(lines) or 1)))
    for number, line in enumerate(lines):
        colour = FIRST + number % (len(PALETTE) - FIRST)
        _line(canvas, graph, _thinned(line, columns), bottom, (low, top), colour)
        if number < legend:
            y = bottom + _BOTTOM - 8 + number * _ROW
            canvas.box(_LEFT, y, 7, 7, colour)
            canvas.text(_LEFT + 12, y, line.label[: (graph.width - _LEFT - 20) // LETTER])
    return canvas.png()


def _ceiling(most: float) -> float:
    """The top of the scale: one, two, four, five or ten times a power of ten."""
    if most <= 0.0:
        return 1.0
    power: float = 10.0 ** math.floor(math.log10(most))
    return next(factor * power for factor in (1, 2, 4, 5, 10) if factor * power >= most)


def _shown(value: float) -> str:
    for size, letter in _PREFIXES:
        if abs(value) >= size:
            return f"{value / size:g}{letter}"
    return f"{value:.4g}"


def _grid(canvas: Canvas, graph: Graph, bottom: int, low: float, top: float) -> None:
    right = graph.width - _RIGHT
    for step in range(_STEPS + 1):
        y = bottom - round((bottom - _TOP) * step / _STEPS)
        canvas.line(_LEFT, y, right, y, GRID)
        label = _shown(low + (top - low) * step / _STEPS)
        canvas.text(_LEFT - 6 - LETTER * len(label), y - 3, label)
        x = _LEFT + round((right - _LEFT) * step / _STEPS)
        canvas.line(x, bottom, x, bottom + 3, INK)
        moment = datetime.fromtimestamp(
            graph.start + (graph.end - graph.start) * step / _STEPS, UTC
        )
        shown = moment.strftime("%H:%M" if graph.end - graph.start <= 86_400 else "%m-%d")
        place = min(x - LETTER * len(shown) // 2, graph.width - LETTER * len(shown))
        canvas.text(place, bottom + 8, shown)
    canvas.line(_LEFT, _TOP, _LEFT, bottom, INK)
    canvas.line(_LEFT, bottom, right, bottom, INK)


def _thinned(line: Line, columns: int) -> Line:
    """A line with only its least and greatest value in each of this many parts of its time."""
    if len(line.values) <= 2 * columns:
        return line
    first, last = min(line.values), max(line.values)
    parts: dict[int, list[tuple[float, int]]] = {}
    for time, value in line.values.items():
        parts.setdefault((time - first) * columns // (last - first + 1), []).append((value, time))
    kept = (extreme for each in parts.values() for extreme in (min(each), max(each)))
    return replace(line, values={time: value for value, time in kept})


def _line(
    canvas: Canvas, graph: Graph, line: Line, bottom: int, scale: tuple[float, float], colour: int
) -> None:
    low, top = scale
    right = graph.width - _RIGHT
    before: tuple[int, int] | None = None
    for time, value in sorted(line.values.items()):
        share = (time - graph.start) / (graph.end - graph.start)
        x = _LEFT + round((right - _LEFT) * min(max(share, 0.0), 1.0))
        y = bottom - round((bottom - _TOP) * (value - low) / ((top - low) or 1.0))
        canvas.line(*(before or (x, y)), x, y, colour)
        canvas.box(x - 1, y - 1, 3, 3, colour)
        before = (x, y)
