"""The command line of DynamoDB Local."""

from __future__ import annotations

import click
import pytest

from jedlik.cli.options.dynamodb_local import hint, translated


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("-port 9000 -inMemory -sharedDb", "serve --port 9000 --memory"),
        ("-Djava.library.path=./lib -jar DynamoDBLocal.jar -sharedDb -dbPath ./data",
         "serve --data ./data"),
        ("serve -inMemory -delayTransientStatuses", "serve --memory --transition-seconds 2"),
        ("-sharedDb --host 0.0.0.0 --insecure", "serve --host 0.0.0.0 --insecure"),
        ("-Djava.library.path=./lib -jar DynamoDBLocal.jar", "serve"),
        ("-port=9000 -inMemory", "serve --port 9000 --memory"),
        ("-help", "serve --help"),
        ("-version -inMemory", "version"),
    ],
)  # fmt: skip
def test_options_of_dynamodb_local_are_recognized(given: str, expected: str) -> None:
    found = translated(given.split())
    assert found == expected.split()
    assert hint(found) == f"these are DynamoDB Local's options; the same here: jedlik {expected}"


@pytest.mark.parametrize("given", ["serve --port 9000", "-h", "-V", "", "verify data", "version"])
def test_options_of_jedlik_are_left_alone(given: str) -> None:
    assert translated(given.split()) is None


@pytest.mark.parametrize(
    ("given", "text"), [("-port", "-port needs a value"), ("-cors *", "no counterpart")]
)
def test_what_has_no_counterpart(given: str, text: str) -> None:
    with pytest.raises(click.UsageError, match=text):
        translated(given.split())
