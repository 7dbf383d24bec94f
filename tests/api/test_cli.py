"""The AWS CLI, with commands as users type them.

Starting it takes a second, so only the first commands run in processes of their own; the others
call its code in the test's process.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.servers import environment

AWS = Path(sys.executable).with_name("aws")
VARIABLES = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_MAX_ATTEMPTS": "1",
    "AWS_EC2_METADATA_DISABLED": "true",
}

pytestmark = pytest.mark.one_engine  # the CLI sees no difference


def process(server: str, *words: str) -> Any:
    """The JSON that a command prints, run in its own process."""
    done = subprocess.run(
        [str(AWS), *arguments(server, words)],
        capture_output=True, text=True, timeout=60, check=False, env=environment(**VARIABLES),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if done.stdout else None


def arguments(server: str, words: Sequence[str]) -> list[str]:
    return ["dynamodb", *words, "--endpoint-url", server]


def aws(server: str, *words: str) -> tuple[int, str, str]:
    """The exit code of a command, and its standard output and error."""
    driver = importlib.import_module("awscli.clidriver")  # when it is needed: it is large
    own = {"AWS_DATA_PATH": os.environ["AWS_DATA_PATH"]}
    output, errors = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in "oe")
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ.keys() - environment(**own).keys():
            patch.delenv(name)
        for name, value in VARIABLES.items():
            patch.setenv(name, value)
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
            code = driver.create_clidriver().main(arguments(server, words))
    printed, said = (each.buffer.getvalue().decode() for each in (output, errors))
    return code, printed, said


def answer(server: str, *words: str) -> Any:
    """The JSON that a command prints."""
    code, printed, said = aws(server, *words)
    assert code == 0, said
    return json.loads(printed) if printed else None


@pytest.fixture(scope="module")
def users(server: str) -> str:
    created = process(
        server, "create-table", "--table-name", "Users", "--billing-mode", "PAY_PER_REQUEST",
        "--attribute-definitions", "AttributeName=UserId,AttributeType=S",
        "--key-schema", "AttributeName=UserId,KeyType=HASH",
    )  # fmt: skip
    assert created["TableDescription"]["KeySchema"] == [
        {"AttributeName": "UserId", "KeyType": "HASH"}
    ]
    assert process(server, "wait", "table-exists", "--table-name", "Users") is None
    return "Users"


def test_put_get_and_query(server: str, users: str) -> None:
    item = {"UserId": {"S": "user-123"}, "Name": {"S": "Ányos"}}
    answer(server, "put-item", "--table-name", users, "--item", json.dumps(item))
    got = answer(
        server, "get-item", "--table-name", users,
        "--key", '{"UserId": {"S": "user-123"}}', "--consistent-read",
    )  # fmt: skip
    assert got["Item"] == item
    found = answer(
        server, "query", "--table-name", users,
        "--key-condition-expression", "UserId = :uid",
        "--expression-attribute-values", '{":uid":{"S":"user-123"}}',
    )  # fmt: skip
    assert found["Items"] == [item]
    assert found["Count"] == found["ScannedCount"] == 1


def test_the_clis_own_pages(server: str, users: str, dynamodb: Any) -> None:
    for number in range(7):
        dynamodb.put_item(TableName=users, Item={"UserId": {"S": f"page-{number}"}})
    scan = ("scan", "--table-name", users, "--page-size", "2",
            "--filter-expression", "begins_with(UserId, :p)",
            "--expression-attribute-values", '{":p": {"S": "page-"}}')  # fmt: skip
    assert len(answer(server, *scan)["Items"]) == 7
    first = answer(server, *scan, "--max-items", "3")
    assert len(first["Items"]) == 3
    rest = answer(server, *scan, "--starting-token", first["NextToken"])
    keys = {item["UserId"]["S"] for item in first["Items"] + rest["Items"]}
    assert keys == {f"page-{number}" for number in range(7)}


def test_errors_are_the_services(server: str, users: str) -> None:
    code, _, said = aws(
        server, "delete-item", "--table-name", users, "--key", '{"UserId": {"S": "no"}}',
        "--condition-expression", "attribute_exists(UserId)",
    )  # fmt: skip
    assert code not in (0, 252)
    assert "(ConditionalCheckFailedException)" in said
    assert "The conditional request failed" in said
    _, _, said = aws(server, "describe-table", "--table-name", "absent")
    assert "(ResourceNotFoundException)" in said
