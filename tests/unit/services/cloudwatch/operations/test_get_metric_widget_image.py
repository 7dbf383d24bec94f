"""Graphs of metrics, of which few are drawn at a time."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import orjson

from jedlik.base.places import Place, Places
from jedlik.services.cloudwatch.operations.get_metric_widget_image import get_metric_widget_image
from tests.unit.services.cloudwatch.monitored import Monitored

PNG = b"\x89PNG"
WIDGET = orjson.dumps({"width": 64, "height": 64, "metrics": [["mine", "m"]]}).decode()
ASKED = {"MetricWidget": WIDGET}


def test_a_graph_waits_until_it_may_be_drawn() -> None:
    monitoring = Monitored().monitoring

    async def run() -> None:
        places = Places(1)
        await places.take(None)
        with Place(places, None) as slot:
            drawing = asyncio.ensure_future(
                get_metric_widget_image(replace(monitoring, slot=slot), ASKED)
            )
            for _ in range(1000):
                await asyncio.sleep(0)
            assert not slot.is_taken
            assert not drawing.done()
            places.give_back(None)
            assert (await drawing)["MetricWidgetImage"].startswith(PNG)
            assert slot.is_taken
        assert places.is_free_for(None)

    asyncio.run(run())


def test_without_slots_it_is_drawn_at_once() -> None:
    image = Monitored().call(get_metric_widget_image, **ASKED)["MetricWidgetImage"]
    assert image.startswith(PNG)
