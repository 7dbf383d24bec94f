"""Reporting of discarded batches to a mapping's on-failure destination.

The records of a batch were already given up, so a destination that cannot be reached must not hold
up those after them: it is tried a few times, and what it did not receive is in the log.
"""

from __future__ import annotations

import http.client
import logging
from typing import Final

from jedlik.services.lambda_.errors import InvalidParameterValueException
from jedlik.services.lambda_.names import function_arn
from jedlik.services.lambda_.store import find_function
from jedlik.services.lambda_.triggers.context import MappingContext
from jedlik.services.lambda_.triggers.failures import Discarded, failure_record

_log = logging.getLogger(__name__)

ATTEMPTS: Final = 3
PAUSE_SECONDS: Final = 1.0


async def report_discarded(context: MappingContext, shard_id: str, discarded: Discarded) -> None:
    """Send the record of a discarded batch of a shard to the mapping's destination, if it has one.

    Raises StorageFailure.
    """
    mapping, database = context.mapping, context.database
    if not mapping.destination:
        return
    record = failure_record(
        discarded,
        function_arn=function_arn(database.arns, mapping.function),
        stream_arn=mapping.stream_arn,
        shard_id=shard_id,
        request_id=database.ids.uuid(),
        now=database.clock.now(),
    )
    for attempt in range(1, ATTEMPTS + 1):
        try:
            await _send(context, record)
            return
        except (
            OSError, http.client.HTTPException, TimeoutError, InvalidParameterValueException,
        ) as problem:  # fmt: skip
            _log.error(
                "function %s: its on-failure destination %s cannot be reached (%d of %d): %s",
                mapping.function, mapping.destination, attempt, ATTEMPTS, problem,
            )  # fmt: skip
        await context.pause(PAUSE_SECONDS)


async def _send(context: MappingContext, record: bytes) -> None:
    """Send a record, if the destination is allowed for the function and its role."""
    invoker, mapping = context.invoker, context.mapping
    function = await find_function(context.database.engine, mapping.function)
    if function is not None:
        await invoker.roles.check_destination(function.role, function.name, mapping.destination)
    await invoker.destinations.send(invoker.endpoints, mapping.destination, record)
