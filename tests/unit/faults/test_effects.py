"""Effects of faults: the answers, and the requests that still reach the server."""

from __future__ import annotations

import random
from typing import Any

import orjson
import pytest

from jedlik.base.errors import ValidationException
from jedlik.faults.effects import Drop, StruckRequest, effect_of
from jedlik.gateway.exchange import Answer, Request, Withheld
from jedlik.request_log.facts import Facts, Part


def facts(operation: str, payload: dict[str, Any], **headers: str) -> Facts:
    body = orjson.dumps(payload)
    target = b"DynamoDB_20120810." + operation.encode()
    coded = {name.replace("_", "-").encode(): text.encode() for name, text in headers.items()}
    return Facts(Request(b"POST", b"/", {b"x-amz-target": target, **coded}, body, body, b"ID"))


class Server:
    """Answers with `body` what gets through to it."""

    def __init__(self, body: dict[str, Any] | None = None, status: int = 200) -> None:
        self.requests: list[Any] = []
        self._answer = Answer(status, orjson.dumps(body or {}))

    def submit(self, request: Request, reply: Any) -> None:
        self.requests.append(orjson.loads(request.content))
        reply(self._answer)

    def struck(self, rule: dict[str, Any], of: Facts, tables: str = "") -> Any:
        """What is answered where a rule strikes that is about items of these tables, or of all."""
        effect = effect_of(next(iter(rule)), rule)
        assert effect.applies(of)
        answers: list[Any] = []

        def concerns(part: Part) -> bool:
            return not tables or part.table in tables

        effect.run(StruckRequest(of, concerns, random.Random(1), self.submit, answers.append))
        (answer,) = answers
        return answer


def body(answer: Answer) -> Any:
    return orjson.loads(answer.body)


def keys(*names: str) -> list[dict[str, Any]]:
    return [{"pk": {"S": name}} for name in names]


def test_errors_have_the_services_type_and_text() -> None:
    server, get = Server(), facts("GetItem", {"TableName": "t", "Key": {}})
    throttled = server.struck({"throttle": True}, get)
    assert body(throttled)["__type"].endswith("#ProvisionedThroughputExceededException")
    failed = server.struck({"error": "InternalServerError", "message": "no"}, get)
    assert (failed.status, body(failed)["message"]) == (500, "no")
    assert server.requests == []


@pytest.mark.parametrize(
    ("moment", "reached", "withheld"),
    [("before", 0, False), ("after", 1, False), ("midway", 1, True)],
)
def test_cut_connections(moment: str, reached: int, withheld: bool) -> None:
    server = Server()
    answer = server.struck({"drop": moment}, facts("PutItem", {"TableName": "t"}))
    assert isinstance(answer, Withheld)
    assert len(server.requests) == reached
    assert (answer.answer is not None) is withheld


def test_a_share_of_a_batch_is_left_out_and_the_rest_is_served() -> None:
    server = Server({"Responses": {}, "UnprocessedKeys": {"a": {"Keys": keys("9")}}})
    payload = {
        "RequestItems": {
            "a": {"Keys": keys("1", "2", "3", "4"), "ConsistentRead": True},
            "b": {"Keys": keys("5")},
        }
    }
    answer = body(server.struck({"unprocessed": 0.5}, facts("BatchGetItem", payload), "a"))
    (served,) = server.requests
    left = answer["UnprocessedKeys"]["a"]["Keys"]
    assert len(served["RequestItems"]["a"]["Keys"]) == 2
    assert served["RequestItems"]["a"]["ConsistentRead"] is True
    assert served["RequestItems"]["b"] == {"Keys": keys("5")}
    assert left[:1] == keys("9"), "what the server itself left out stays"
    rest = [*served["RequestItems"]["a"]["Keys"], *left[1:]]
    assert sorted(map(str, rest)) == sorted(map(str, keys("1", "2", "3", "4")))


def test_writes_too_and_an_error_passes_as_it_is() -> None:
    puts = [{"PutRequest": {"Item": key}} for key in keys("1", "2")]
    batch = facts("BatchWriteItem", {"RequestItems": {"a": puts, "b": puts}})
    answer = body(Server().struck({"unprocessed": 1}, batch, "b"))
    assert answer["UnprocessedItems"] == {"b": puts}
    failed = Server({"message": "no"}, 400).struck({"unprocessed": 1}, batch, "b")
    assert (failed.status, body(failed)) == (400, {"message": "no"})


def test_a_batch_of_which_nothing_is_processed_fails() -> None:
    server = Server()
    answer = server.struck(
        {"unprocessed": 1}, facts("BatchGetItem", {"RequestItems": {"a": {"Keys": keys("1")}}})
    )
    assert (answer.status, server.requests) == (400, [])


def test_what_an_effect_applies_to() -> None:
    left = effect_of("unprocessed", {"unprocessed": 0.1})
    assert not left.applies(facts("GetItem", {}))
    assert not left.applies(facts("BatchGetItem", {}, content_encoding="gzip"))
    assert not effect_of("cancel", {"cancel": "ThrottlingError"}).applies(facts("PutItem", {}))


@pytest.mark.parametrize(
    ("codes", "tables", "reasons"),
    [
        ("TransactionConflict", "", ["TransactionConflict", "None"]),
        ("TransactionConflict", "b", ["None", "TransactionConflict"]),
        (["None", "ThrottlingError"], "", ["None", "ThrottlingError"]),
        (["ThrottlingError"], "", ["ThrottlingError", "None"]),
        (["None", "None", "ThrottlingError"], "", ["None", "None"]),
    ],
)
def test_transactions_are_cancelled(codes: Any, tables: str, reasons: list[str]) -> None:
    items = [{"Delete": {"TableName": table, "Key": {}}} for table in ("a", "b")]
    of = facts("TransactWriteItems", {"TransactItems": items})
    answer = body(Server().struck({"cancel": codes}, of, tables))
    assert [each["Code"] for each in answer["CancellationReasons"]] == reasons


@pytest.mark.parametrize(
    "rule",
    [
        {"throttle": False}, {"error": "NoSuchError"}, {"error": 1},
        {"error": "ThrottlingException", "message": 1}, {"drop": "never"}, {"unprocessed": 0},
        {"unprocessed": 1.1}, {"unprocessed": True}, {"cancel": []}, {"cancel": "None"},
        {"cancel": ["NoSuchCode"]}, {"cancel": [1]},
    ],
)  # fmt: skip
def test_rules_that_say_nothing(rule: dict[str, Any]) -> None:
    with pytest.raises(ValidationException):
        effect_of(next(iter(rule)), rule)


def test_every_moment_has_its_rule() -> None:
    assert all(effect_of("drop", {"drop": moment}) for moment in Drop.MOMENTS)
