"""GetMetricWidgetImage."""

from __future__ import annotations

import importlib
from typing import Any

from jedlik.base.aside import aside
from jedlik.base.errors import ValidationException
from jedlik.gateway.operation import Payload
from jedlik.services.cloudwatch.math.evaluation import Evaluation, Line, lines_of
from jedlik.services.cloudwatch.monitoring import Monitoring
from jedlik.services.cloudwatch.operations.get_metric_data import check_queries
from jedlik.services.cloudwatch.wire.protocol import Members


async def get_metric_widget_image(monitoring: Monitoring, payload: Payload) -> Members:
    """A graph of metrics as a PNG."""
    if payload.get("OutputFormat", "png") != "png":
        raise ValidationException("OutputFormat can only be png in this version of Jedlik")
    description: Any = importlib.import_module("jedlik.services.cloudwatch.widget.description")
    graph = description.read_graph(payload["MetricWidget"], monitoring.now())
    check_queries(graph.queries)
    await monitoring.settle()
    evaluation = Evaluation(
        monitoring.engine,
        graph.queries,
        graph.start,
        graph.end,
        monitoring.place(),
        monitoring.slot,
    )
    lines: list[Line] = []
    for query in graph.queries:
        if query["ReturnData"]:
            lines += lines_of(await evaluation.value(query["Id"]))
    chart: Any = importlib.import_module("jedlik.services.cloudwatch.widget.chart")
    # Outside the event loop: a large image with many lines takes a second. Few at a time wait for
    # the thread, so that others that need it do not wait for many.
    if monitoring.slot is not None and not monitoring.slot.is_taken:
        await monitoring.slot.keep()
    return {"MetricWidgetImage": await aside(chart.draw, graph, lines)}
