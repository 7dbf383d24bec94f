"""`kill -9` in the middle of delivering 10,000 records: none is lost, and order is kept.

A record may come again. But no version of an item ever comes before the one before it has.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.functions import RECORDER, create_function, create_table, lines_of, wait_for
from tests.servers import jedlik

RECORDS = 10_000
ITEMS = 500
WRITERS = 4
KILLS = 6


def write(dynamodb, table, first):
    """All versions of every fourth item, in order."""
    for version in range(RECORDS // ITEMS):
        numbers = range(first, ITEMS, WRITERS)
        for start in range(0, len(numbers), 25):
            puts = [
                {"PutRequest": {"Item": {"pk": {"S": f"k{n}"}, "n": {"N": str(version)}}}}
                for n in numbers[start : start + 25]
            ]
            dynamodb.batch_write_item(RequestItems={table: puts})


def check_order(seen):
    """No version of an item came first before its predecessor."""
    reached = {}
    for key, version, _ in seen:
        before = reached.get(key, -1)
        assert int(version) <= before + 1, f"{key}: {version} came when {before} was the last"
        reached[key] = max(before, int(version))


@pytest.mark.crash
@pytest.mark.parametrize(("workers", "lanes"), [(1, 1), (2, 3)])
def test_no_record_is_lost(start_server, tmp_path, workers, lanes):
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    draw = random.Random(seed)
    data, out = tmp_path / "data", tmp_path / "out"
    options = ("--workers", str(workers), "--log-level", "info")
    server = start_server(*options)
    dynamodb, functions = server.client(), server.client("lambda")
    table, arn = create_table(dynamodb)
    wait = f"    import time; time.sleep({0.05 * lanes})\n"
    source = RECORDER.replace("    lines = []", wait + "    lines = []")
    name = create_function(functions, source, Environment={"Variables": {"OUT": str(out)}})
    functions.create_event_source_mapping(
        EventSourceArn=arn,
        FunctionName=name,
        StartingPosition="TRIM_HORIZON",
        BatchSize=40,
        ParallelizationFactor=lanes,
    )
    with ThreadPoolExecutor(WRITERS) as threads:
        list(threads.map(lambda first: write(dynamodb, table, first), range(WRITERS)))
    started = time.monotonic()
    amid = 0
    for _ in range(KILLS):
        before = len(lines_of(out))
        wait_for(lambda before=before: len(lines_of(out)) > before, "delivery", 30.0)
        time.sleep(draw.uniform(0.0, 0.3))
        victims = [int(pid) for pid in re.findall(r"worker (\d+) is ready", server.log())]
        if victims and draw.random() < 0.5:
            with contextlib.suppress(ProcessLookupError):  # killed before, and started again
                os.kill(draw.choice(victims), signal.SIGKILL)
        else:
            server.kill()
            server = start_server(*options, data=data)
        delivered = len({tuple(line) for line in lines_of(out)})
        amid += delivered < RECORDS
        if delivered == RECORDS:
            break

    def all_there():
        return len({tuple(line) for line in lines_of(out)}) == RECORDS

    wait_for(all_there, "delivery of everything", 120.0)
    assert amid >= 2, "it was hardly ever killed amid a delivery"
    seen = lines_of(out)
    check_order(seen)
    seconds = time.monotonic() - started
    print(f"{len(seen)} deliveries in {seconds:.1f} s, killed {amid} times amid them")
    assert server.stop() == 0
    done = jedlik("verify", data)
    assert "No problem found" in done.stdout, done.stdout
