"""Families of samples as OpenMetrics text."""

from __future__ import annotations

from jedlik.app.admin.figures import ENDS, families_of, snake
from jedlik.app.admin.open_metrics import Family, Sample, render
from jedlik.base.turns import at_once
from jedlik.kernel.metrics.metric import Metric
from jedlik.kernel.metrics.recorder import Gauge, Metrics, Timing
from tests.simulated_clock import SimulatedClock


def test_families_of_one_name_are_put_together_and_texts_escaped() -> None:
    first = Family("a", "counter", "", 'says "so"', [Sample("_total", {"x": 'a"\n\\'}, 3.0)])
    second = Family("b_seconds", "gauge", "seconds", "b", [Sample("", {}, 0.25)])
    third = first._replace(samples=[Sample("_total", {}, 1e300)])
    assert at_once(render([first, second, third])).decode() == (
        '# TYPE a counter\n# HELP a says \\"so\\"\n'
        'a_total{x="a\\"\\n\\\\"} 3\na_total 1e+300\n'
        "# TYPE b_seconds gauge\n# UNIT b_seconds seconds\n# HELP b_seconds b\nb_seconds 0.25\n"
        "# EOF\n"
    )


def test_names_in_snake_case() -> None:
    assert snake("ConsumedReadCapacityUnits") == "consumed_read_capacity_units"
    assert snake("AWS/DynamoDB") == "aws_dynamo_db"
    assert snake("TableName") == "table_name"


def test_metrics_as_scrapers_want_them() -> None:
    metrics = Metrics(SimulatedClock())
    metrics.record(Metric("AWS/X", "Early"), 1.0)
    metrics.fold()
    metrics.keep_totals()
    reads = Metric("AWS/X", "ReadUnits", (("TableName", "t"),))
    timed = Metric("AWS/X", "Latency", (), "Milliseconds")
    level = Metric("AWS/X", "Level", (), "Percent")
    for _ in range(2):
        metrics.record(reads, 2.5)
        metrics.distribution(timed, Timing).add(3_000_000)
        metrics.distribution(level, Gauge).add(50.0)
        metrics.take()
    told = {family.name: family for family in families_of(metrics)}
    assert told.keys() == {
        "jedlik_x_read_units",
        "jedlik_x_latency_seconds",
        "jedlik_x_level_ratio",
    }
    assert told["jedlik_x_read_units"].samples == [Sample("_total", {"table_name": "t"}, 5.0)]
    assert told["jedlik_x_level_ratio"].samples == [Sample("", {}, 0.5)]
    *buckets, count, total = told["jedlik_x_latency_seconds"].samples
    assert [each.value for each in buckets] == [0.0] * 5 + [2.0] * (len(ENDS) - 4)
    assert (count.value, total.value) == (2.0, 0.006)
