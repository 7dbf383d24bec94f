"""The middleware that applies rules to requests, and delays all others by a latency profile."""

from __future__ import annotations

import asyncio
import random
from functools import partial
from typing import Final

from jedlik.base.errors import LimitExceededException
from jedlik.faults.effects import StruckRequest
from jedlik.faults.latency import Latency
from jedlik.faults.plan import FaultPlan
from jedlik.faults.rules import MAX_RULES, Rule
from jedlik.gateway.apis import Api
from jedlik.gateway.exchange import Reply, Request
from jedlik.gateway.middleware import Layered
from jedlik.request_log.facts import Facts

_MIN_SECONDS: Final = 0.0005
"""Shorter waits are within the precision of the event loop's timers."""


class FaultInjection:
    """The rules of one process, by their numbers. Without rules and latency, requests bypass it."""

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
        """Replace all rules by these, with counts and random numbers from the beginning; returns
        their numbers."""
        self.rules = {}
        self.seed = plan.seed
        self._chance = random.Random(plan.seed)  # noqa: S311 (to be repeated, not to be secret)
        return self.add(*plan.rules)

    def add(self, *rules: Rule) -> list[int]:
        """Add rules after the existing ones; returns their numbers. Raises
        LimitExceededException."""
        if len(self.rules) + len(rules) > MAX_RULES:
            raise LimitExceededException(f"There may be {MAX_RULES} rules.")
        numbers = range(self._last + 1, self._last + 1 + len(rules))
        self._last += len(rules)
        self.rules.update(zip(numbers, rules, strict=True))
        self._join_or_leave()
        return list(numbers)

    def remove(self, number: int) -> bool:
        """Remove a rule; returns whether it existed."""
        removed = self.rules.pop(number, None)
        self._join_or_leave()
        return removed is not None

    def clear(self) -> None:
        """Remove all rules."""
        self.rules.clear()
        self._join_or_leave()

    def _join_or_leave(self) -> None:
        """Join or leave the layers that requests pass through."""
        needed = bool(self.rules) or self._latency is not None
        if needed and not self._in_the_way:
            self._layers.put(self, self._order)
        elif self._in_the_way and not needed:
            self._layers.take(self)
        self._in_the_way = needed

    def __call__(self, api: Api) -> Api:
        return _Struck(api, self)

    def strike(self, request: Request, api: Api, reply: Reply) -> None:
        """Apply the first rule that strikes a request, or else pass the request on. The delays of
        rules before it that only delay are added up."""
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
                    struck = StruckRequest(facts, rule.matches_part, chance, api.submit, reply)
                    go = partial(rule.effect.run, struck)
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
