"""A DAX cache in front of a server that answers with any error, requested by its name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.api.dax_alone import Alone
from tests.servers import RunningServer

Failing = tuple[RunningServer, Alone]

ERRORS: Final = (
    "AccessDeniedException", "ConditionalCheckFailedException",
    "IdempotentParameterMismatchException", "InternalServerError",
    "ItemCollectionSizeLimitExceededException", "LimitExceededException",
    "ProvisionedThroughputExceededException", "RequestLimitExceeded", "ResourceInUseException",
    "ResourceNotFoundException", "ThrottlingException", "TransactionConflictException",
    "TransactionInProgressException", "ValidationException",
)  # fmt: skip
"""Every kind that the protocol has a code for, but a cancelled transaction's, which has reasons and
is tested with transactions."""
TRIED_AGAIN: Final = (
    "InternalServerError", "ProvisionedThroughputExceededException", "ThrottlingException",
)  # fmt: skip
"""What passes by itself."""


@contextmanager
def failing_cache(scratch: Path) -> Iterator[Failing]:
    """A cache in front of a server that answers each PutItem, and the first GetItem of an item,
    with the error that the item's key `p` names."""
    rules: list[dict[str, Any]] = []
    for error in ERRORS:
        of = {"p": {"S": error}}
        rules.append({"operation": "PutItem", "key": of, "error": error})
        rules.append({"operation": "GetItem", "key": of, "error": error, "times": 1})
    (scratch / "rules.json").write_text(json.dumps({"rules": rules}))
    server = RunningServer(scratch, "--memory", "--faults", scratch / "rules.json")
    cache = Alone(scratch, server.url)
    yield server, cache
    assert cache.stop() == 0, cache.log.read_text()
    code = server.stop()
    server.kill()
    assert code == 0, server.log()
