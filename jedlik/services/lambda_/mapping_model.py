"""An event source mapping: which stream's records are delivered to which function, and how.

Names of members are the API's own (EventSourceMappingConfiguration).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

TRIM_HORIZON: Final = "TRIM_HORIZON"
LATEST: Final = "LATEST"
REPORT_BATCH_ITEM_FAILURES: Final = "ReportBatchItemFailures"
FOREVER: Final = -1


@dataclass(frozen=True, slots=True)
class EventSourceMapping:
    """A mapping.

    `function` is the function's name. `batching_window` and `maximum_record_age` are in seconds;
    `maximum_record_age` and `maximum_retry_attempts` may be FOREVER. `filters` are event patterns,
    as they were written. `revision` changes with every change. `last_modified` is in seconds since
    the epoch. `destination` is where discarded batches are reported, empty if nowhere.
    """

    uuid: str
    revision: str
    stream_arn: str
    function: str
    last_modified: float
    starting_position: str
    enabled: bool = True
    batch_size: int = 100
    batching_window: int = 0
    parallelization_factor: int = 1
    maximum_record_age: int = FOREVER
    maximum_retry_attempts: int = FOREVER
    bisect: bool = False
    reports_failures: bool = False
    destination: str = ""
    filters: tuple[str, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)


def mapping_from_json(data: dict[str, Any]) -> EventSourceMapping:
    """The mapping from its JSON."""
    return EventSourceMapping(**{**data, "filters": tuple(data["filters"])})
