"""Table classes of tables with replicas: each region has its own, and reports it to the others.

All regions repeat a client's change of the class, but ReplicaUpdates change that of one replica,
and a class may be changed only so often. A replica is shown with its own class and with the time of
its last change, once a class was set explicitly (answers of the service).
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, Final

from jedlik.services.dynamodb.database.catalog import CatalogDraft
from jedlik.services.dynamodb.replication.membership import CLASS, OWN_CLASS, change_job
from jedlik.services.dynamodb.tables.model import Table
from jedlik.services.dynamodb.tables.replicas import Replica

Summary = dict[str, Any]
"""A TableClassSummary."""

_SUMMARY: Final = "TableClassSummary"
_SINCE: Final = "LastUpdateDateTime"
_CLASSES: Final = ("STANDARD", "STANDARD_INFREQUENT_ACCESS")


def class_of(table: Table) -> Summary | None:
    """The class of this region's own table; None if none was ever set."""
    return table.settings.get(_SUMMARY)


def with_class(replica: Replica, summary: Summary | None) -> Replica:
    """The replica with the class that its region reports."""
    settings = {name: value for name, value in replica.settings.items() if name != OWN_CLASS}
    if summary is None:
        return replace(replica, settings=settings, class_since=None)
    settings[OWN_CLASS] = summary["TableClass"]
    return replace(replica, settings=settings, class_since=summary.get(_SINCE))


def summary_in(given: Any) -> Summary | None:
    """The class in a message of another region, which may send anything. Raises ValueError."""
    if given is None:
        return None
    if type(given) is not dict or given.get("TableClass") not in _CLASSES:
        raise ValueError("a table has a class")
    found = {"TableClass": given["TableClass"]}
    since = given.get(_SINCE)
    if since is None:
        return found
    if type(since) not in (int, float) or not math.isfinite(since):
        raise ValueError("a table has a class since a time")
    return {**found, _SINCE: since}


def tell_class(draft: CatalogDraft, table: Table, now: float) -> None:
    """Note in the draft that the other regions are to be told the table's own class, if it has
    one."""
    if table.replication is not None and class_of(table) is not None:
        job = change_job(table.name, CLASS, "*", now, group=table.replication.group)
        draft.values |= job.puts()
