"""What a read-only console lets pages do."""

from __future__ import annotations

import pytest

from jedlik.console.read_only import ReadOnlyPages
from jedlik.gateway.exchange import Answer, Reply, Request
from jedlik.services.dynamodb.operations.registry import OPERATIONS

PAGE = {b"origin": b"http://127.0.0.1:8000"}
TARGET = b"DynamoDB_20120810."


class Everything:
    def submit(self, _request: Request, reply: Reply) -> None:
        reply(Answer(200, b"{}"))


def status(
    headers: dict[bytes, bytes], body: bytes = b"{}", method: bytes = b"POST", target: bytes = b"/"
) -> int:
    answers: list[Answer] = []
    ReadOnlyPages(Everything()).submit(
        Request(method, target, headers, body, body, b"ID"), answers.append
    )
    (answer,) = answers
    return answer.status


def of_page(operation: str, body: bytes = b"{}") -> int:
    return status({**PAGE, b"x-amz-target": TARGET + operation.encode()}, body)


READS = ("Get", "List", "Describe", "Query", "Scan", "BatchGetItem", "TransactGetItems", "Search")


@pytest.mark.parametrize("operation", OPERATIONS)
def test_of_dynamodbs_operations_a_page_has_those_that_read(operation: str) -> None:
    if operation == "ExecuteStatement":
        assert of_page(operation) == 403
    else:
        assert of_page(operation) == (200 if operation.startswith(READS) else 403)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"Statement": "SELECT * FROM T"}', 200),
        (b'{"Statement": "  select 1"}', 200),
        (b'{"Statement": "DELETE FROM T"}', 403),
        (b'{"Statement": "SELECTED"}', 403),
        (b'{"Statement": "SELECT 1", "Statement": "DELETE FROM T"}', 403),
        (b'{"Statement": ["SELECT 1"]}', 403),
        (b'["SELECT"]', 403),
        (b"{", 403),
        (b'{"Statement": "SELECT * FROM T"}' + b" " * 70_000, 403),
    ],
)
def test_of_statements_it_has_select(body: bytes, expected: int) -> None:
    assert of_page("ExecuteStatement", body) == expected


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (b"Action=ListUsers&Version=2010-05-08", 200),
        (b"Version=1&Action=SimulatePrincipalPolicy", 200),
        (b"Action=CreateUser", 403),
        (b"Action=ListUsers&Action=CreateUser", 403),
        (b"Action=ListUsers&%41ction=CreateUser", 403),
        (b"Action=List%55sers", 403),
        (b"Action=GetSessionToken", 403),
        (b"Action=", 403),
        (b"", 403),
    ],
)
def test_of_forms_it_has_those_that_read(form: bytes, expected: int) -> None:
    assert status(PAGE, form) == expected


def test_paths_are_only_read() -> None:
    path = b"/2015-03-31/functions/f/invocations"
    assert status(PAGE, target=path) == 403
    assert status(PAGE, method=b"DELETE", target=path) == 403
    assert status(PAGE, method=b"GET", target=path) == 200
    assert status(PAGE, method=b"OPTIONS") == 200


@pytest.mark.parametrize(("method", "target"), [(b"POST", b"/elsewhere"), (b"PUT", b"/")])
def test_a_target_that_reads_excuses_no_other_address(method: bytes, target: bytes) -> None:
    listing = {**PAGE, b"x-amz-target": TARGET + b"ListTables"}
    assert status(listing) == 200
    assert status(listing, method=method, target=target) == 403


def test_a_model_of_the_pages_own_may_be_checked() -> None:
    assert status(PAGE, target=b"/console/models/check") == 200
    assert status(PAGE, target=b"/console/models/check?x") == 403
    assert status(PAGE, method=b"PUT", target=b"/console/models/check") == 403


def test_a_body_that_is_not_plain_is_no_read() -> None:
    headers = {**PAGE, b"x-amz-target": TARGET + b"Query", b"content-encoding": b"gzip"}
    assert status(headers) == 403


def test_a_target_names_one_operation() -> None:
    headers = {**PAGE, b"x-amz-target": TARGET + b"PutItem," + TARGET + b"Query"}
    assert status(headers) == 403


def test_a_page_is_known_by_either_mark() -> None:
    write = {b"x-amz-target": TARGET + b"PutItem"}
    assert status({**write, b"sec-fetch-site": b"same-origin"}) == 403
    assert status({**write, b"origin": b"null"}) == 403


def test_other_programs_are_not_restricted() -> None:
    assert status({b"x-amz-target": TARGET + b"PutItem"}) == 200
