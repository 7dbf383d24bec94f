"""The meaning of a function's answer for its batch.

With ReportBatchItemFailures a function names the records that it could not process, and everything
from the first of them on is delivered again. Developer guide, "Configuring partial batch response
with DynamoDB and Lambda": an answer that is empty, null or has no failures is a success; one that
names a record outside the batch, or lacks a record's name, is a failure of the whole batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from jedlik.services.lambda_.runtime.invocation import Invocation


class BatchOutcome(NamedTuple):
    """The number of records that are done, and the problem with the rest.

    `problem` is None if all are. `reported`: the function itself named the records that failed.
    `counts` False: the attempt does not count, as the function could not be called at all.
    """

    done: int
    problem: str | None = None
    reported: bool = False
    counts: bool = True
    invocation: Invocation | None = None


def outcome_of(
    invocation: Invocation, sequence_numbers: Sequence[str], reports_failures: bool
) -> BatchOutcome:
    """The outcome of an invocation with the records with these sequence numbers."""
    if invocation.error is not None:
        return BatchOutcome(0, invocation.problem, invocation=invocation)
    if not reports_failures:
        return BatchOutcome(len(sequence_numbers), invocation=invocation)
    failures = _failures(invocation.payload)
    if failures is None:
        return BatchOutcome(
            0, "its answer has no usable batchItemFailures", reported=True, invocation=invocation
        )
    if not failures:
        return BatchOutcome(len(sequence_numbers), invocation=invocation)
    places = {number: place for place, number in enumerate(sequence_numbers)}
    if any(failure not in places for failure in failures):
        text = "it reported failures of records that are not in the batch"
        return BatchOutcome(0, text, reported=True, invocation=invocation)
    first = min(places[failure] for failure in failures)
    text = (
        f"it reported {len(failures)} failed records, the first of them {sequence_numbers[first]}"
    )
    return BatchOutcome(first, text, reported=True, invocation=invocation)


def _failures(payload: bytes) -> list[str] | None:
    """The identifiers in an answer; None if it has another form."""
    try:
        answer: Any = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return None
    if not answer:
        return [] if answer is None or isinstance(answer, dict | list) else None
    if not isinstance(answer, dict):
        return None
    if "batchItemFailures" not in answer:
        return []
    listed = answer["batchItemFailures"]
    if listed is None:
        return []
    if not isinstance(listed, list):
        return None
    found = []
    for each in listed:
        identifier = each.get("itemIdentifier") if isinstance(each, dict) else None
        if not isinstance(identifier, str) or not identifier:
            return None
        found.append(identifier)
    return found
