"""Advice and costs for the operators of the server: `jedlik advise` and the console ask for them.

Documented in docs/capacity.md, "Advice and cost".
"""

from __future__ import annotations

from jedlik.app.admin.door import AdminDoor
from jedlik.app.admin.inputs import json_answer, query, whole_number
from jedlik.gateway.exchange import Answer, Request
from jedlik.services.advice.prices import read_prices
from jedlik.services.advice.report import DEFAULT_DAYS, MAX_DAYS, make_report
from jedlik.services.dynamodb.tables.database import Database


def add_to(door: AdminDoor, database: Database) -> None:
    """Add the calls to a listener."""
    calls = AdviceCalls(database)
    door.add("GET", "/advice", calls.report)
    door.add("POST", "/advice", calls.report)


class AdviceCalls:
    """Answers with a report on the tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def report(self, request: Request) -> Answer:
        """A report on `?days=`, by the list of prices in the body, or Jedlik's own."""
        days = whole_number(query(request, "days"), "days", DEFAULT_DAYS, MAX_DAYS)
        prices = read_prices(request.body or None)
        return json_answer(await make_report(self._database, prices, days))
