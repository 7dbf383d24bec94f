"""Advice and costs for the operators of the server: `jedlik advise` and the console ask for them.

Documented in docs/capacity.md, "Advice and cost".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from jedlik.app.admin.inputs import json_answer, query, whole_number
from jedlik.app.admin.router import AdminRouter
from jedlik.base.errors import ValidationException
from jedlik.gateway.exchange import Answer, Request
from jedlik.services.advice.prices import read_prices
from jedlik.services.advice.report import DEFAULT_DAYS, MAX_DAYS, make_report
from jedlik.services.dynamodb.database.database import Database


def add_to(router: AdminRouter, databases: Callable[[], Sequence[Database]]) -> None:
    """Add the calls to a listener; `databases` are the regions of this process, home first."""
    calls = AdviceCalls(databases)
    router.add("GET", "/advice", calls.report)
    router.add("POST", "/advice", calls.report)


class AdviceCalls:
    """Answers with a report on the tables of a region."""

    def __init__(self, databases: Callable[[], Sequence[Database]]) -> None:
        self._databases = databases

    async def report(self, request: Request) -> Answer:
        """A report on `?days=` of `?region=` (by default the home region), by the list of prices in
        the body, or by Jedlik's own."""
        given = query(request, "days", "region")
        days = whole_number(given, "days", DEFAULT_DAYS, MAX_DAYS)
        prices = read_prices(request.body or None)
        return json_answer(await make_report(self._of(given.get("region")), prices, days))

    def _of(self, region: str | None) -> Database:
        """Raises ValidationException if the server has no such region."""
        home, *others = self._databases()
        account = [home, *(each for each in others if each.arns.account == home.arns.account)]
        found = {each.arns.region: each for each in account}
        if region is None:
            return home
        if region not in found:
            known = ", ".join(sorted(found))
            raise ValidationException(f"There is no region {region} here; there are: {known}.")
        return found[region]
