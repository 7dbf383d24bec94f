"""Rules of faults over HTTP: `/testing/faults`."""

from __future__ import annotations

from jedlik.app.admin.inputs import json_answer, json_body, query, whole_number
from jedlik.app.suite import SuiteControls
from jedlik.base.errors import ResourceNotFoundException
from jedlik.faults.plan import FaultPlan, plan_of
from jedlik.faults.rules import MAX_COUNT
from jedlik.gateway.exchange import Answer, Request


class FaultCalls:
    """The calls. Each answers one request or raises a ServiceError."""

    def __init__(self, suite: SuiteControls) -> None:
        self._faults = suite.faults

    async def list_rules(self, request: Request) -> Answer:
        """All rules, each with the number of requests that matched it, and of those that it
        struck."""
        query(request)
        rules = [
            {"id": number, **rule.given, "matched": rule.matched, "struck": rule.struck}
            for number, rule in self._faults.rules.items()
        ]
        return json_answer({"rules": rules, "seed": self._faults.seed})

    async def add(self, request: Request) -> Answer:
        """Add a rule, or a list of them."""
        given = json_body(request)
        plan = plan_of(given if isinstance(given, list) else [given])
        return json_answer({"ids": self._faults.add(*plan.rules)})

    async def begin(self, request: Request) -> Answer:
        """Replace all rules by a plan."""
        plan: FaultPlan = plan_of(json_body(request))
        return json_answer({"ids": self._faults.begin(plan)})

    async def remove(self, request: Request) -> Answer:
        """Remove a rule, or without an id all rules."""
        given = query(request, "id")
        if not given:
            self._faults.clear()
        elif not self._faults.remove(whole_number(given, "id", 0, MAX_COUNT)):
            raise ResourceNotFoundException(f"There is no rule {given['id']}.")
        return json_answer({})
