"""The middleware that has rules strike requests, and lets all others wait as a profile says."""

from __future__ import annotations

import asyncio
import random
from functools import partial
from typing import Final

from jedlik.base.errors import LimitExceededException
from jedlik.faults.latency import Latency
from jedlik.faults.plan import FaultPlan
from jedlik.faults.rules import MAX_RULES, Rule
from jedlik.gateway.apis import Api
from jedlik.gateway.exchange import Reply, Request
from jedlik.gateway.middleware import Layered
from jedlik.request_log.facts import Facts

_MIN_SECONDS: Final = 0.0005
"""Less than this is what a timer of the event loop may be late by."""


class FaultInjection:
    """The rules of one process, by their numbers. While there are none, and no latency, requests
    do not come here."""

    def __init__(
        self,
        layers: Layered,
        order: int,
        plan: FaultPlan | None = None,
        latency: Latency | None = None,
    ) -> None:
        self._layers = layers
        self._order = order
        self._latency = latency
        self._in_the_way = False
        self._last = 0
        self.rules: dict[int, Rule] = {}
        self.begin(plan or FaultPlan())

    def begin(self, plan: FaultPlan) -> list[int]:
        """Have these rules instead of all others, with counts and chance from their beginning;
        returns their numbers."""
        self.rules = {}
        self.seed = plan.seed
        self._chance = random.Random(plan.seed)  # noqa: S311 (to be repeated, not to be secret)
        return self.add(*plan.rules)

    def add(self, *rules: Rule) -> list[int]:
        """Add rules after those that there are; returns their numbers. Raises
        LimitExceededException."""
        if len(self.rules) + len(rules) > MAX_RULES:
            raise LimitExceededException(f"There may be {MAX_RULES} rules.")
        numbers = range(self._last + 1, self._last + 1 + len(rules))
        self._last += len(rules)
        self.rules.update(zip(numbers, rules, strict=True))
        self._stand()
        return list(numbers)

    def remove(self, number: int) -> bool:
        """Take a rule away; whether there was one of that number."""
        removed = self.rules.pop(number, None)
        self._stand()
        return removed is not None

    def clear(self) -> None:
        """Take all rules away."""
        self.rules.clear()
        self._stand()

    def _stand(self) -> None:
        """Stand in the requests' way, or out of it."""
        needed = bool(self.rules) or self._latency is not None
        if needed and not self._in_the_way:
            self._layers.put(self, self._order)
        elif self._in_the_way and not needed:
            self._layers.take(self)
        self._in_the_way = needed

    def __call__(self, api: Api) -> Api:
        return _Struck(api, self)

    def strike(self, request: Request, api: Api, reply: Reply) -> None:
        """Let a request through, or do to it what the first rule says that strikes it; all rules
        before that one which only delay it add up."""
        facts = Facts(request)
        chance = self._chance
        wait = 0.0
        if self._latency is not None and facts.operation:
            wait = self._latency(facts.operation, chance)
        go = partial(api.submit, request, reply)
        for rule in tuple(self.rules.values()):
            if rule.strikes(facts, chance):
                wait += chance.uniform(*rule.delay)
                if rule.effect is not None:
                    go = partial(
                        rule.effect.run, facts, rule.matches_part, chance, api.submit, reply
                    )
                    break
        if wait < _MIN_SECONDS:
            go()
        else:
            asyncio.get_running_loop().call_later(wait, go)


class _Struck:
    def __init__(self, api: Api, injection: FaultInjection) -> None:
        self._api = api
        self._strike = injection.strike

    def submit(self, request: Request, reply: Reply) -> None:
        self._strike(request, self._api, reply)
