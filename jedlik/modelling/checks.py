"""All findings about a model."""

from __future__ import annotations

from typing import Any, NamedTuple

from jedlik.modelling.collections import collection_findings
from jedlik.modelling.costs import Cost, cost_of
from jedlik.modelling.model import Model
from jedlik.modelling.serving import Finding, Grade, Serving, serve
from jedlik.services.advice.prices import Prices, read_prices


class Report(NamedTuple):
    """The result of checking a model: how each pattern is served, and other findings."""

    model: Model
    servings: list[Serving]
    findings: list[Finding]
    cost: Cost
    prices: Prices

    @property
    def grade(self) -> Grade:
        """The worst of all findings."""
        grades = [each.grade for each in self.servings] + [each.grade for each in self.findings]
        return max(grades, default=Grade.GOOD)

    def as_json(self) -> dict[str, Any]:
        """For programs. Costs are US dollars a month."""
        return {
            "model": self.model.name,
            "grade": self.grade.name.lower(),
            "prices": {"region": self.prices.region, "date": self.prices.date},
            "patterns": [
                {
                    "name": each.pattern.name,
                    "grade": each.grade.name.lower(),
                    "servedBy": each.by,
                    "units": each.units,
                    "costAMonth": round(self.cost.requests[each.pattern.name], 2),
                    "findings": [found.text for found in each.findings],
                }
                for each in self.servings
            ],
            "findings": [
                {"grade": each.grade.name.lower(), "about": each.about, "text": each.text}
                for each in self.findings
            ],
            "storageAMonth": round(self.cost.storage, 2),
            "costAMonth": round(self.cost.total, 2),
        }


def check(model: Model) -> Report:
    """Check all of a model."""
    servings = [serve(model, pattern) for pattern in model.patterns]
    findings = sorted(collection_findings(model), key=lambda found: -found.grade)
    prices = read_prices()
    return Report(model, servings, findings, cost_of(model, prices), prices)
