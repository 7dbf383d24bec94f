"""What is advertised for the ports of clusters."""

from __future__ import annotations

import pytest

from jedlik.dax.settings import DaxSettings


@pytest.mark.parametrize(
    ("advertised", "port", "outside"),
    [
        (None, 8111, None),
        (("dax.test", None), 8113, ("dax.test", 8113)),
        (("dax.test", 20_000), 8111, ("dax.test", 20_000)),
        (("dax.test", 20_000), 8113, ("dax.test", 20_002)),
        (("dax.test", 20_000), 8109, ("dax.test", 19_998)),
    ],
)
def test_ports_are_as_far_apart_outside_as_here(
    advertised: tuple[str, int | None] | None, port: int, outside: tuple[str, int] | None
) -> None:
    assert DaxSettings(port=8111, advertised=advertised).advertised_for(port) == outside
