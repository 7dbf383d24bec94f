"""The ranges of keys that a SELECT reads, in the order of its answer.

Reads of one partition come in the order of their sort keys, and must not overlap: the service
refuses alternatives that could find an item twice. The exception is a condition on the sort key
that no range can express (`<>`, NOT); then the whole partition is read once, and filtered by the
whole WHERE clause.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.expressions.conditions.condition import Condition
from jedlik.services.dynamodb.expressions.conditions.key_condition import KeyCondition
from jedlik.services.dynamodb.expressions.paths import Values
from jedlik.services.dynamodb.items.key_ranges import Source, Span
from jedlik.services.dynamodb.partiql.conditions import Filter
from jedlik.services.dynamodb.partiql.reads import Branch, ReadPlan
from jedlik.values.keybytes import raw_bytes


class Read(NamedTuple):
    """One read of a SELECT."""

    span: Span
    filter: Condition | None


@dataclass(frozen=True, slots=True)
class Ranges:
    """The reads of a plan with its values."""

    source: Source
    plan: ReadPlan
    values: Values

    def all(self) -> list[Read]:
        """The reads, in the order of the answer."""
        plan = self.plan
        if not plan.branches:
            return [Read(self.source.whole(), self._condition(plan.filter))]
        if len(plan.branches) == 1:
            branch = plan.branches[0]
            return [Read(self._span(branch), self._condition(branch.filter))]
        groups: dict[bytes, list[tuple[Span, Branch]]] = {}
        for branch in plan.branches:
            partition = self.raw_partition(branch)
            groups.setdefault(partition, []).append((self._span(branch), branch))
        partitions = list(groups)
        if plan.order.partitions_descending is not None:
            partitions.sort(reverse=plan.order.partitions_descending)
        return [read for partition in partitions for read in self._of_partition(groups[partition])]

    def _of_partition(self, found: list[tuple[Span, Branch]]) -> list[Read]:
        """The reads of one partition, in order, or one for all if they overlap and may."""
        found.sort(key=lambda pair: pair[0].low, reverse=self.plan.order.descending)
        spans = sorted((span for span, _ in found), key=lambda span: span.low)
        overlapping = any(
            one.high is None or other.low < one.high for one, other in pairwise(spans)
        )
        if not overlapping:
            return [Read(span, self._condition(branch.filter)) for span, branch in found]
        if not any(branch.negated for _, branch in found):
            raise ValidationException(
                "Overlapping conditions with range keys are not supported in where clause"
            )
        partition = self.values[found[0][1].partition]
        whole = self.source.matching(KeyCondition([partition], [], None))
        return [Read(whole, self._condition(self.plan.filter))]

    def raw_partition(self, branch: Branch) -> bytes:
        """The bytes of a branch's partition key."""
        ((kind, content),) = self.values[branch.partition].items()
        return raw_bytes(kind, content)

    def _span(self, branch: Branch) -> Span:
        values = self.values
        partition, sort = [values[branch.partition]], branch.sort
        if sort is None:
            return self.source.matching(KeyCondition(partition, [], None))
        operands = [values[name] for name in sort.values]
        if sort.operator == "=":
            span = self.source.matching(KeyCondition(partition, operands, None))
        else:
            span = self.source.matching(KeyCondition(partition, [], (sort.operator, operands)))
        return span if span.high is None or span.low <= span.high else Span(span.low, span.low)

    def _condition(self, condition: Filter | None) -> Condition | None:
        return None if condition is None else condition.with_values(self.values)
