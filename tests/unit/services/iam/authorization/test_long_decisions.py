"""Decisions that take long do not hold up the event loop."""

from __future__ import annotations

import asyncio
import queue
import threading

from jedlik.auth.identity import DEFAULT_ACCOUNT, Identity
from jedlik.auth.policy.compile import compile_policy
from jedlik.auth.policy.evaluate import Layers, Plan
from jedlik.auth.policy.facts import Values
from jedlik.auth.policy.principals import Caller
from jedlik.services.iam.authorization.long_decisions import decide

IDENTITY = Identity("AKIDA", DEFAULT_ACCOUNT, "us-east-1", "dynamodb")
CALLER = Caller("arn:aws:iam::000000000000:user/ada", DEFAULT_ACCOUNT)
POLICY = """{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*",
             "Condition": {"ForAllValues:StringLike": {"aws:x": ["*a", "*b"]}}}}"""


class Asked:
    """The facts of a request, and the threads in which their values were asked for."""

    def __init__(self, *values: str) -> None:
        self.values = values
        self.hurried = False
        self.threads: list[bool] = []
        """Whether each was the event loop's."""

    def find(self) -> Values:
        self.threads.append(threading.current_thread() is threading.main_thread())
        return self.values


def plan() -> Plan:
    return Plan(
        Layers([compile_policy(POLICY)]),
        "dynamodb:GetItem",
        "*",
        CALLER,
        lambda _key: lambda facts: facts.find(),
    )


def test_short_ones_are_made_at_once() -> None:
    facts = Asked("a", "bb")
    assert asyncio.run(decide(plan(), facts, IDENTITY)).allowed
    assert facts.threads == [True]


def test_long_ones_are_made_in_a_thread() -> None:
    names = [f"{number}a" for number in range(10_000)]
    for values, expected in ((names, True), ([*names, "c"], False)):
        facts = Asked(*values)
        assert asyncio.run(decide(plan(), facts, IDENTITY)).allowed is expected
        assert facts.threads == [True, False]


def test_values_of_long_requests_are_read_in_a_thread() -> None:
    """Reading a million parameters for each of a hundred conditions would take long, too."""
    facts = Asked("a")
    assert asyncio.run(decide(plan(), facts, IDENTITY, is_long=True)).allowed
    assert facts.threads == [False]


def test_one_at_a_time_for_each_caller() -> None:
    begun, go_on = queue.SimpleQueue[None](), threading.Event()

    class Held(Asked):
        def find(self) -> Values:
            if not self.hurried:
                begun.put(None)
                go_on.wait(10)
            return self.values

    async def run() -> list[bool]:
        long = [f"{number}a" for number in range(10_000)]
        others = IDENTITY._replace(access_key="AKIDB")
        callers = (IDENTITY, IDENTITY, others)
        asked = [asyncio.ensure_future(decide(plan(), Held(*long), each)) for each in callers]
        for _ in range(2):  # one of each caller
            await asyncio.to_thread(begun.get, timeout=10)
        assert begun.empty()
        go_on.set()
        return [(await each).allowed for each in asked]

    assert asyncio.run(run()) == [True] * 3
