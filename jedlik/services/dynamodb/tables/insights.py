"""Contributor Insights of a table or global index: whether they are on, and their rules.

Developer guide, "How CloudWatch Contributor Insights for DynamoDB works": PK rules are about
partition keys, SK rules about whole keys; C counts what they consume, T how often they are
throttled. A rule's name ends with the moment at which it was made, in milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from jedlik.services.dynamodb.tables.model import Table

ACCESSED_AND_THROTTLED: Final = "ACCESSED_AND_THROTTLED_KEYS"
ENABLING: Final = "ENABLING"
ENABLED: Final = "ENABLED"
DISABLING: Final = "DISABLING"
DISABLED: Final = "DISABLED"
FAILED: Final = "FAILED"
MAX_RULES: Final = 100
"""In a region (developer guide, as above)."""
OF_TABLE: Final = ""
"""The key of a table's own insights among those of its indexes."""

_PREFIX: Final = "DynamoDBContributorInsights"


@dataclass(frozen=True, slots=True)
class Insights:
    """What is on. `accessed` and `throttled` are when those rules were made, in milliseconds (None:
    there are none); `updated` is in seconds, and so is `until`, until when it is changing.
    `failed`: there was no room for the rules."""

    mode: str
    accessed: int | None
    throttled: int | None
    updated: float
    until: float
    failed: bool = False

    @property
    def is_on(self) -> bool:
        """Whether there are rules."""
        return self.throttled is not None

    def status(self, now: float) -> str:
        """ContributorInsightsStatus at `now`."""
        if now < self.until:
            return ENABLING if self.is_on else DISABLING
        if self.failed:
            return FAILED
        return ENABLED if self.is_on else DISABLED


class Rule(NamedTuple):
    """A rule. `of_index` is empty for a table's own; `names` are the key attributes that it is
    about."""

    name: str
    table: str
    of_index: str
    throttled: bool
    names: tuple[str, ...]


def insights_of(table: Table, index: str) -> Insights | None:
    """The insights of a table (index empty) or index; None if there never were any."""
    stored: dict[str, Any] | None = table.insights.get(index)
    return None if stored is None else Insights(**stored)


def rules_of(table: Table, index: str) -> Iterator[Rule]:
    """The rules of a table or index, in the order in which the service lists them."""
    insights = insights_of(table, index)
    if insights is None:
        return
    described = table.index(index) if index else None
    schema = table.schema if described is None else described.schema
    partition, names = (schema.names[0],), tuple(schema.names)
    about = [("PK", partition)] + ([("SK", names)] if len(names) > 1 else [])
    shown = f"{table.name}-{index}" if index else table.name
    for letter, made in (("C", insights.accessed), ("T", insights.throttled)):
        if made is not None:
            for kind, keys in about:
                name = f"{_PREFIX}-{kind}{letter}-{shown}-{made}"
                yield Rule(name, table.name, index, letter == "T", keys)


def all_rules(table: Table) -> Iterator[Rule]:
    """The rules of a table and all its indexes."""
    for index in table.insights:
        yield from rules_of(table, index)
