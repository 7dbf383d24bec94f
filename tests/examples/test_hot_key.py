"""examples/hot_key.py, run as a user runs it."""

import re

import pytest

from tests.examples.programs import program


@pytest.mark.slow
def test_a_hot_key_is_throttled_and_spread_keys_are_not(server):
    output = program("hot_key.py", "--endpoint-url", server, "--seconds", "4")
    hot, spread = output.split("reports to Readings-spread")
    refused = re.search(r"(\d+)  TableWriteKeyRangeThroughputExceeded", hot)
    assert refused is not None
    assert f"{refused[1]} writes were throttled." in hot, "the metric says the same"
    assert "--metric-name WriteThrottleEvents" in hot
    left = re.search(r"(\d+) writes were throttled", spread)
    assert left is not None
    assert int(left[1]) < int(refused[1]) / 4
