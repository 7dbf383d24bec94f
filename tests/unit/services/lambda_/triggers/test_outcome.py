"""The meaning of a function's answer."""

from __future__ import annotations

import json

import pytest

from jedlik.services.lambda_.runtime.invocation import UNHANDLED, Invocation
from jedlik.services.lambda_.triggers.outcome import outcome_of

NUMBERS = ["101", "102", "103"]


def answered(answer, reports=True):
    payload = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return outcome_of(Invocation("r", payload), NUMBERS, reports)


@pytest.mark.parametrize(
    "answer", [None, [], {}, {"batchItemFailures": []}, {"batchItemFailures": None}, {"other": 1}]
)
def test_answers_that_mean_success(answer):
    assert answered(answer)[:2] == (3, None)


@pytest.mark.parametrize(
    "answer",
    [
        {"batchItemFailures": [{"itemIdentifier": ""}]},
        {"batchItemFailures": [{"itemIdentifier": None}]},
        {"batchItemFailures": [{"identifier": "101"}]},
        {"batchItemFailures": ["101"]},
        {"batchItemFailures": "101"},
        {"batchItemFailures": 101},
        ["101"],
        "",
        7,
        b"no JSON",
    ],
)
def test_failure_of_the_whole_batch(answer):
    outcome = answered(answer)
    assert outcome[:3] == (0, "its answer has no usable batchItemFailures", True)


def test_failures_of_other_records_are_one_of_the_whole_batch():
    outcome = answered({"batchItemFailures": [{"itemIdentifier": "999"}]})
    said = "it reported failures of records that are not in the batch"
    assert outcome[:3] == (0, said, True)


def test_everything_from_the_first_failure_on_is_left():
    failures = [{"itemIdentifier": "103"}, {"itemIdentifier": "102"}]
    outcome = answered({"batchItemFailures": failures})
    assert outcome.done == 1
    assert "2 failed records" in outcome.problem
    assert outcome.reported


def test_a_mapping_that_does_not_ask_for_failures_does_not_see_any():
    answer = {"batchItemFailures": [{"itemIdentifier": "101"}]}
    assert answered(answer, reports=False)[:2] == (3, None)


def test_an_error_is_an_error_whatever_it_says():
    payload = b'{"errorType":"ValueError","errorMessage":"boom","batchItemFailures":[]}'
    outcome = outcome_of(Invocation("r", payload, UNHANDLED), NUMBERS, True)
    assert outcome[:3] == (0, "ValueError: boom", False)
