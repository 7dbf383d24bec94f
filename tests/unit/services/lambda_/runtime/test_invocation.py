"""Reports of functions that failed."""

from __future__ import annotations

import orjson
import pytest

from jedlik.services.lambda_.runtime.invocation import UNHANDLED, Invocation


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        ({"errorType": "Bad", "errorMessage": "x" * 100_000}, f"Bad: {'x' * 500}"),
        ({"errorType": "B" * 100_000, "errorMessage": "x"}, f"{'B' * 200}: x"),
        (["x" * 100_000], f'["{"x" * 198}'),
    ],
)
def test_of_a_long_error_the_log_has_the_beginning(payload: object, said: str) -> None:
    invocation = Invocation("id", orjson.dumps(payload), UNHANDLED, b"")
    assert invocation.logged == invocation.problem == said
