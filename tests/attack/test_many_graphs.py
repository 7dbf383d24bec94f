"""Many graphs at a time, requested by a few kilobytes each."""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.servers import RunningServer

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

MINUTES = 1_000
METRICS = 50
GRAPH = json.dumps(
    {
        "width": 64, "height": 64, "start": "-PT18H", "metrics": [
            ["many", "m", {"id": f"m{number}", "period": 60}] for number in range(METRICS)
        ],
    }
)  # fmt: skip
REQUESTS = 24


def resident_mib(server: RunningServer) -> int:
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


@pytest.fixture
def server(tmp_path: Path) -> Any:
    server = RunningServer(tmp_path, "--memory", fresh=True)
    cloudwatch = server.client("cloudwatch")
    now = int(time.time())
    points = [
        {"MetricName": "m", "Timestamp": now - 60 * age, "Value": age} for age in range(MINUTES)
    ]
    for first in range(0, MINUTES, 500):
        cloudwatch.put_metric_data(Namespace="many", MetricData=points[first : first + 500])
    yield server
    server.kill()


def test_graphs_that_wait_hold_little(server: RunningServer) -> None:
    def draw() -> None:
        answer = server.client("cloudwatch").get_metric_widget_image(MetricWidget=GRAPH)
        assert answer["MetricWidgetImage"].startswith(b"\x89PNG")

    draw()
    before = resident_mib(server)
    drawing = [threading.Thread(target=draw) for _ in range(REQUESTS)]
    for each in drawing:
        each.start()
    for each in drawing:
        each.join()
    # Each holds 50,000 values, which are some 4 MiB.
    assert resident_mib(server) - before < 48
