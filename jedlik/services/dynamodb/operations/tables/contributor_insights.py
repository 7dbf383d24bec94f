"""UpdateContributorInsights, DescribeContributorInsights and ListContributorInsights."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, Final

from jedlik.base.errors import ResourceNotFoundException, ValidationException
from jedlik.gateway.operation import Body
from jedlik.services.dynamodb.database.catalog import CatalogDraft
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.metering.contributors import drop_minutes
from jedlik.services.dynamodb.tables.insights import (
    ACCESSED_AND_THROTTLED,
    DISABLED,
    DISABLING,
    ENABLING,
    MAX_RULES,
    OF_TABLE,
    Insights,
    Rule,
    all_rules,
    insights_of,
    rules_of,
)
from jedlik.services.dynamodb.tables.model import ACTIVE, CREATING, UPDATING, Table

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import (
        DescribeContributorInsightsInput,
        ListContributorInsightsInput,
        UpdateContributorInsightsInput,
    )

PAGE: Final = 100
_NO_ROOM: Final = {
    "ExceptionName": "LimitExceededException",
    "ExceptionDescription": f"There may be {MAX_RULES} rules of Contributor Insights in a region.",
}
_NOT_VALID: Final = "Table or Index is not in a valid state to update Key Access Insights: "


def _not_found(table: str) -> ResourceNotFoundException:
    return ResourceNotFoundException(f"Requested resource not found: Table: {table} not found")


def _check_index(table: Table, index: str) -> None:
    found = table.index(index) if index else None
    if index and (found is None or found.local):
        raise ResourceNotFoundException(
            f"Requested resource not found: Index: {index} not found for table: {table.name}"
        )


async def update_contributor_insights(
    database: Database, payload: UpdateContributorInsightsInput
) -> Body:
    """Switch the insights of a table or global index on or off, or change their mode."""
    name = database.arns.table_name(payload["TableName"])
    await database.check_keys(name)
    index = payload.get("IndexName") or OF_TABLE
    enable = payload["ContributorInsightsAction"] == "ENABLE"
    mode = payload.get("ContributorInsightsMode") or ACCESSED_AND_THROTTLED
    now = round(database.clock.now(), 3)
    others = await _rules_of_others(database, name, index) if enable else 0

    def decide(draft: CatalogDraft) -> tuple[Insights | None, list[Rule], bool]:
        """The insights after the change, the rules that end, and whether anything changes."""
        table = draft.table(name)
        if table is None or table.status(now) == CREATING:
            raise _not_found(name)
        _check_index(table, index)
        if enable:
            _check_active(table, index, now)
        old = insights_of(table, index)
        if _is_as_wanted(old, mode, enable=enable):
            return old, [], False
        new = _changed(old, mode, now, now + database.transition_seconds, enable=enable)
        changed = _with(table, index, new)
        if others + len(list(rules_of(changed, index))) > MAX_RULES:
            new = Insights(mode, None, None, now, now, failed=True)
            changed = _with(table, index, new)
        draft.put(changed)
        kept = {rule.name for rule in rules_of(changed, index)}
        return new, [rule for rule in rules_of(table, index) if rule.name not in kept], True

    new, gone, begins = await database.catalog.change((name,), decide)
    for rule in gone:
        await drop_minutes(database.engine, rule.name)
    status = _status(new, now)
    if new is not None and begins and not new.failed:
        # The answer shows the change at its beginning, even if it is done immediately.
        status["ContributorInsightsStatus"] = ENABLING if new.is_on else DISABLING
    return {**_named(name, index), **status}


def _with(table: Table, index: str, insights: Insights) -> Table:
    return replace(table, insights={**table.insights, index: asdict(insights)})


async def _rules_of_others(database: Database, name: str, index: str) -> int:
    """The number of rules, without those of this table or index."""
    return sum(
        (table.name, rule.of_index) != (name, index)
        for table in await database.catalog.all()
        for rule in all_rules(table)
    )


def _check_active(table: Table, index: str, now: float) -> None:
    # They may be switched on while a table is UPDATING (answers of the service).
    if table.status(now) not in (ACTIVE, UPDATING):
        raise ValidationException(
            f"{_NOT_VALID}TableStatus must be ACTIVE to enable ContributorInsights."
        )
    found = table.index(index) if index else None
    if found is not None and found.status(now) != ACTIVE:
        raise ValidationException(
            f"{_NOT_VALID}IndexStatus must be ACTIVE to enable ContributorInsights."
        )


def _is_as_wanted(old: Insights | None, mode: str, *, enable: bool) -> bool:
    """Whether a request changes nothing: it is answered, and the rules are unchanged (answers of
    the service)."""
    if old is not None and old.failed:
        return False
    if old is None or not old.is_on:
        return not enable
    return enable and old.mode == mode


def _changed(
    old: Insights | None, mode: str, now: float, until: float, *, enable: bool
) -> Insights:
    """The rules after a change of mode: those that both modes have keep their creation time."""
    if not enable:
        mode = mode if old is None else old.mode
        return Insights(mode, None, None, now, until)
    made = int(now * 1000)
    throttled = made if old is None or old.throttled is None else old.throttled
    accessed = None
    if mode == ACCESSED_AND_THROTTLED:
        accessed = made if old is None or old.accessed is None else old.accessed
    return Insights(mode, accessed, throttled, now, until)


def _named(table: str, index: str) -> dict[str, Any]:
    return {"TableName": table, **({"IndexName": index} if index else {})}


def _status(insights: Insights | None, now: float) -> dict[str, Any]:
    """Status and mode; the mode is kept when insights are switched off (answers of the service)."""
    if insights is None:
        return {"ContributorInsightsStatus": DISABLED}
    return {
        "ContributorInsightsStatus": insights.status(now),
        "ContributorInsightsMode": insights.mode,
    }


async def describe_contributor_insights(
    database: Database, payload: DescribeContributorInsightsInput
) -> Body:
    """Whether insights are on, and the names of their rules."""
    name = database.arns.table_name(payload["TableName"])
    index = payload.get("IndexName") or OF_TABLE
    now = database.clock.now()
    table = await database.catalog.current(name)
    if table is None or table.status(now) == CREATING:
        raise _not_found(name)
    _check_index(table, index)
    insights = insights_of(table, index)
    answer = {**_named(name, index), **_status(insights, now)}
    if insights is not None:
        answer["LastUpdateDateTime"] = insights.updated
        if insights.failed:
            answer["FailureException"] = _NO_ROOM
        if insights.is_on:
            answer["ContributorInsightsRuleList"] = [rule.name for rule in rules_of(table, index)]
    return answer


async def list_contributor_insights(
    database: Database, payload: ListContributorInsightsInput
) -> Body:
    """The tables and indexes whose insights are on, of one table or of all."""
    limit = payload.get("MaxResults") or PAGE
    after, within, after_index = (payload.get("NextToken") or "").partition("/")
    named = payload.get("TableName")
    if named is not None:
        tables = [await _listed(database, database.arns.table_name(named))]
    else:
        tables = await database.catalog.all(after, limit + 1)
        begun = await database.catalog.current(after) if within else None
        tables = tables if begun is None else [begun, *tables]
    now = database.clock.now()
    found = [
        (f"{table.name}/{index}", {**_named(table.name, index), **_status(insights, now)})
        for table in tables
        for index in sorted(table.insights)
        if (table.name, index) > (after, after_index)
        if (insights := insights_of(table, index)) and insights.status(now) != DISABLED
    ]
    answer: dict[str, Any] = {"ContributorInsightsSummaries": [each for _, each in found[:limit]]}
    if len(found) > limit:
        answer["NextToken"] = found[limit - 1][0]
    elif named is None and len(tables) > limit:
        answer["NextToken"] = tables[-1].name
    return answer


async def _listed(database: Database, name: str) -> Table:
    table = await database.catalog.current(name)
    if table is None or table.status(database.clock.now()) == CREATING:
        raise _not_found(name)
    return table
