"""`kill -9` while 10,000 records are delivered: none is lost, and order is kept.

A record may be delivered again, but no version of an item before its predecessor.

A file says how far delivery may get before each kill, and functions wait for it: so every kill
interrupts the delivery, however fast or slow the machine is.
"""

from __future__ import annotations

import os
import random
import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from tests.functions import RECORDER, create_function, create_table, lines_of
from tests.servers import jedlik
from tests.waiting import wait_until

RECORDS = 10_000
ITEMS = 500
WRITERS = 4
KILLS = 6
VERSIONS = RECORDS // ITEMS
STEP = VERSIONS // KILLS
"""Versions of every item that are delivered between two kills; some are left for the end."""
assert STEP * KILLS < VERSIONS


def write(dynamodb, table, version, first):
    """One version of every fourth item."""
    numbers = range(first, ITEMS, WRITERS)
    for start in range(0, len(numbers), 25):
        puts = [
            {"PutRequest": {"Item": {"pk": {"S": f"k{n}"}, "n": {"N": str(version)}}}}
            for n in numbers[start : start + 25]
        ]
        dynamodb.batch_write_item(RequestItems={table: puts})


def write_all(dynamodb, table):
    """Write all versions; no writer is a version ahead of the others."""
    with ThreadPoolExecutor(WRITERS) as threads:
        for version in range(VERSIONS):
            list(threads.map(partial(write, dynamodb, table, version), range(WRITERS)))


def source(seconds):
    """A function that takes some time, and waits before versions that are not allowed yet."""
    gate = """    import time
    time.sleep(SECONDS)
    while int(open(os.environ["VERSIONS"]).read()) <= max(int(line[1]) for line in lines):
        time.sleep(0.02)
""".replace("SECONDS", str(seconds))
    return RECORDER.replace("    with open", gate + "    with open")


def allow(file, versions):
    """Allow functions to deliver this many versions of every item."""
    following = file.with_name("following")
    following.write_text(str(versions))
    following.replace(file)


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
    data, out, allowed = tmp_path / "data", tmp_path / "out", tmp_path / "versions"
    options = ("--workers", str(workers), "--log-level", "info")
    server = start_server(*options)
    dynamodb, functions = server.client(), server.client("lambda")
    table, arn = create_table(dynamodb)
    write_all(dynamodb, table)
    allow(allowed, 0)
    variables = {"Variables": {"OUT": str(out), "VERSIONS": str(allowed)}}
    name = create_function(functions, source(0.05 * lanes), Timeout=300, Environment=variables)
    functions.create_event_source_mapping(
        EventSourceArn=arn,
        FunctionName=name,
        StartingPosition="TRIM_HORIZON",
        BatchSize=40,
        ParallelizationFactor=lanes,
    )
    started = time.monotonic()
    killed = set()
    for number in range(KILLS):
        before = len(lines_of(out))
        allow(allowed, STEP * (number + 1))
        wait_until(lambda before=before: len(lines_of(out)) > before, "delivery")
        time.sleep(draw.uniform(0.0, 0.3))
        workers = {int(pid) for pid in re.findall(r"worker (\d+) is ready", server.log())}
        if workers - killed and draw.random() < 0.5:
            victim = draw.choice(sorted(workers - killed))
            os.kill(victim, signal.SIGKILL)
            killed.add(victim)
        else:
            server.kill()
            server = start_server(*options, data=data)
    allow(allowed, VERSIONS)

    def all_there():
        return len({tuple(line) for line in lines_of(out)}) == RECORDS

    wait_until(all_there, "delivery of everything", 120.0)
    seen = lines_of(out)
    check_order(seen)
    seconds = time.monotonic() - started
    print(f"{len(seen)} deliveries in {seconds:.1f} s")
    assert server.stop() == 0
    done = jedlik("verify", data)
    assert "No problem found" in done.stdout, done.stdout
