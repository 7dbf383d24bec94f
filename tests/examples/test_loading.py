"""Sending the unprocessed items of BatchWriteItem again."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))

from loading import ATTEMPTS, BATCH_SIZE, batches, write_batch


class Busy:
    """A server that processes only the first `takes` requests of a batch."""

    def __init__(self, takes):
        self.takes = takes
        self.taken = []

    def batch_write_item(self, RequestItems):  # noqa: N803
        ((table, requests),) = RequestItems.items()
        assert 0 < len(requests) <= BATCH_SIZE
        self.taken += [request["PutRequest"]["Item"] for request in requests[: self.takes]]
        left = requests[self.takes :]
        return {"UnprocessedItems": {table: left} if left else {}}


ITEMS = [{"pk": str(number)} for number in range(BATCH_SIZE)]


def test_what_is_left_is_sent_again_more_slowly():
    server, pauses = Busy(takes=10), []
    write_batch(server, "T", ITEMS, pause=pauses.append)
    assert server.taken == ITEMS
    assert len(pauses) == 2
    assert all(0 <= pause <= 0.05 * 2**attempt for attempt, pause in enumerate(pauses))


def test_what_is_taken_at_once_needs_no_pause():
    server, pauses = Busy(takes=25), []
    write_batch(server, "T", ITEMS, pause=pauses.append)
    assert server.taken == ITEMS
    assert pauses == []


def test_loading_gives_up_in_the_end():
    pauses = []
    with pytest.raises(SystemExit, match="25 items were still unprocessed"):
        write_batch(Busy(takes=0), "T", ITEMS, pause=pauses.append)
    assert len(pauses) == ATTEMPTS


@pytest.mark.parametrize("count", [0, 1, 24, 25, 26, 50])
def test_all_batches_but_the_last_are_full(count):
    made = list(batches(({"pk": str(number)} for number in range(count)), BATCH_SIZE))
    assert sum(map(len, made)) == count
    assert [len(batch) for batch in made[:-1]] == [BATCH_SIZE] * (len(made) - 1)
