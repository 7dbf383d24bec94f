"""Descriptions of metric widgets, and the images drawn of them."""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import replace
from typing import Any

import pytest

from jedlik.base.errors import ValidationException
from jedlik.services.cloudwatch.math.evaluation import Line
from jedlik.services.cloudwatch.widget.canvas import FIRST, INK, PALETTE, WHITE, Canvas
from jedlik.services.cloudwatch.widget.chart import _thinned, draw
from jedlik.services.cloudwatch.widget.description import read_graph

NOW = 1_700_000_000.0


def pixels(image: bytes) -> list[bytes]:
    """The rows of a PNG, whose chunks are checked."""
    assert image.startswith(b"\x89PNG\r\n\x1a\n")
    at, chunks = 8, {}
    while at < len(image):
        (size,) = struct.unpack_from(">I", image, at)
        kind, content = image[at + 4 : at + 8], image[at + 8 : at + 8 + size]
        assert struct.unpack_from(">I", image, at + 8 + size)[0] == zlib.crc32(kind + content)
        chunks[kind] = content
        at += 12 + size
    assert list(chunks) == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
    width, height, *rest = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert rest == [8, 3, 0, 0, 0]
    assert len(chunks[b"PLTE"]) == 3 * len(PALETTE)
    raw = zlib.decompress(chunks[b"IDAT"])
    assert len(raw) == height * (width + 1)
    return [raw[row * (width + 1) + 1 : (row + 1) * (width + 1)] for row in range(height)]


def test_what_is_drawn_is_in_the_image() -> None:
    canvas = Canvas(8, 9)
    canvas.line(0, 0, 7, 7, FIRST)
    canvas.line(-5, 8, 20, 8, INK)  # what is outside is not there
    canvas.text(1, 1, "l", INK)
    rows = pixels(canvas.png())
    assert rows[8] == bytes([INK]) * 8
    assert rows[0][0] == FIRST
    assert rows[7][1:6] == bytes([INK]) * 5  # the foot of the letter
    assert rows[0][7] == WHITE


def widget(**members: Any) -> str:
    metrics = [["AWS/DynamoDB", "Reads", "TableName", "a"],
               [".", "Writes", ".", "b", {"stat": "Sum"}],
               [{"expression": "q0 + q1", "label": "both", "id": "e"}]]  # fmt: skip
    return json.dumps({"metrics": metrics, "width": 300, "height": 200, **members})


def test_a_description() -> None:
    graph = read_graph(widget(title="t", start="-PT1H", period=60), NOW)
    assert (graph.start, graph.end, graph.title) == (NOW - 3600, NOW, "t")
    first, second, third = graph.queries
    assert first["MetricStat"]["Stat"] == "Average"
    assert second["MetricStat"] == {
        "Metric": {"Namespace": "AWS/DynamoDB", "MetricName": "Writes",
                   "Dimensions": [{"Name": "TableName", "Value": "b"}]},
        "Period": 60, "Stat": "Sum",
    }  # fmt: skip
    assert third == {"Id": "e", "Label": "both", "ReturnData": True, "Expression": "q0 + q1"}


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "1", widget(width=10_000), widget(view="bar"), widget(stacked=True),
     widget(start="soon"), widget(start="PT0H"), widget(metrics=[]), widget(metrics=[["a"]]),
     widget(metrics=[[".", "a"]]), widget(metrics=[["a", "b", "c"]]), widget(annotations={"x": 1}),
     widget(start=f"-PT{'9' * 400}H"), widget(start="-PT99999999999999H"), widget(start="nan"),
     widget(end="1e300"), widget(width=1e300), widget(metrics=[[None, None]]),
     widget(metrics=[[["a"], "b"]]), "[" * 100_000],
)  # fmt: skip
def test_descriptions_that_are_none(text: str) -> None:
    with pytest.raises(ValidationException):
        read_graph(text, NOW)


def test_lines_of_very_many_points_keep_their_extremes() -> None:
    graph = read_graph(widget(width=100, height=64, start="-P1D"), NOW)
    start = int(graph.start)
    values = {start + n: float(n % 2) for n in range(20_000)}
    values[start + 500], values[start + 501] = 9.0, -9.0
    line = _thinned(Line("l", 60, values), 20)
    assert len(line.values) <= 40
    assert {9.0, -9.0} <= set(line.values.values())
    few = Line("l", 60, {start: 1.0})
    assert _thinned(few, 20) is few
    assert _thinned(replace(few, values={}), 20).values == {}
    assert draw(graph, [Line("l", 60, values)] * 3)[:4] == b"\x89PNG"


def test_a_graph() -> None:
    graph = read_graph(widget(title="Reads", start="-PT1H"), NOW)
    rising = Line("rising", 60, {int(NOW) - 3600 + 60 * n: float(n) for n in range(60)})
    empty = Line("nothing", 60, {})
    negative = Line("below", 60, {int(NOW) - 1800: -5.0})
    rows = pixels(draw(graph, [rising, empty, negative]))
    columns = [row.find(FIRST) for row in rows[:140]]
    drawn = [column for column in columns if column >= 0]
    assert drawn == sorted(drawn, reverse=True)  # it rises to the right
    assert any(FIRST + 1 in row for row in rows)
    assert pixels(draw(graph, []))  # no lines are no error
