"""Policies of thousands of patterns, in requests that only ask what they would allow."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import pytest

from tests.api.accounts import Account
from tests.servers import RunningServer

ACTIONS = [f"d:a*b{number}*c" for number in range(9_000)]
RESOURCES = [f"arn:aws:d:*:*:t*{number}" for number in range(5_500)]
VALUES = {f"aws:k{key}": [f"a*b{number}*c" for number in range(60)] for key in range(130)}


def policy(**members: Any) -> str:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", **members}
    return json.dumps({"Version": "2012-10-17", "Statement": statement}, separators=(",", ":"))


@pytest.mark.parametrize(
    "text",
    [policy(Action=ACTIONS), policy(Resource=RESOURCES), policy(Condition={"StringLike": VALUES})],
    ids=["actions", "resources", "values"],
)
def test_others_do_not_wait_for_a_simulation(closed_server: RunningServer, text: str) -> None:
    iam = closed_server.client("iam")
    others = Account(closed_server).admin
    took: list[float] = []

    def simulate() -> None:
        began = time.perf_counter()
        iam.simulate_custom_policy(PolicyInputList=[text], ActionNames=["d:axbc"])
        took.append(time.perf_counter() - began)

    long = threading.Thread(target=simulate)
    long.start()
    waited = [0.0]
    while long.is_alive():
        began = time.perf_counter()
        others.list_tables()
        waited.append(time.perf_counter() - began)
    # Compiled on the event loop, it would be three quarters of the time or more. It is a tenth, to
    # which a machine with other work may add.
    assert max(waited) < 0.6 * took[0]
