"""The contents of records, and the effect of a full disk on requests."""

from __future__ import annotations

import errno
import logging
from pathlib import Path
from typing import Any

import orjson
import pytest

from jedlik.auth.identity import Identity
from jedlik.base.ids import RandomIds
from jedlik.gateway.audit.files import AuditFile
from jedlik.gateway.audit.trail import Event, Recorder, Resource, Trail
from jedlik.gateway.audit.unknown_senders import MAX_RECORDS_A_MINUTE
from jedlik.gateway.exchange import Answer, Request
from jedlik.kernel.arns import Arns
from tests.simulated_clock import SimulatedClock

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/music"
REFUSED = Answer(
    400, b'{"__type":"a#ValidationException","message":"Value \'planted\' at \'x\' is bad"}'
)


class Calls:
    """An API with a call of each category."""

    def is_data(self, request: Request) -> bool:
        return request.content == b"data"

    def describe(self, request: Request, _answer: Answer, _arns: Arns) -> Event | None:
        if request.content == b"none":
            return None
        return Event("dynamodb", "Call", True, {"TableName": "music"}, [Resource("T", ARN)])


def request(content: bytes, *, known: bool = True) -> Request:
    made = Request(b"POST", b"/", {}, b"", content, b"ID")
    if known:
        made.identity = Identity("AKID", "000000000000", "us-east-1", "dynamodb")
    return made


class Watched:
    """A trail over a file, and the records that it wrote."""

    def __init__(self, directory: Path, *, data_events: bool = False) -> None:
        self.directory = directory
        self.file = AuditFile(directory)
        self.clock = SimulatedClock()
        self.recorder = Recorder(
            self.file, Arns(), self.clock, RandomIds(), lambda _: {"type": "Root"}
        )
        self.trail = Trail(self.recorder, Calls(), data_events=data_events)

    def call(self, made: Request, answer: Answer) -> list[Answer]:
        """The answers that came back."""
        answers: list[Answer] = []
        self.trail.watch(made, answers.append)(answer)
        return answers

    def records(self) -> list[dict[str, Any]]:
        (file,) = self.directory.iterdir()
        return [orjson.loads(line) for line in file.read_bytes().splitlines()]


def test_a_record_says_what_was_done_and_how_it_ended(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    assert watched.call(request(b"management"), REFUSED) == [REFUSED]
    (record,) = watched.records()
    assert record["userIdentity"] == {"type": "Root"}
    assert record["requestParameters"] == {"tableName": "music"}
    assert record["resources"] == [{"accountId": "000000000000", "type": "T", "ARN": ARN}]
    assert record["errorCode"] == "ValidationException"
    assert "planted" not in orjson.dumps(record).decode()


@pytest.mark.parametrize("given", ['{"A":"planted"}', '{"Value \'":"planted\' at \'"}'])
def test_an_environment_that_an_error_repeats_is_cut_out(tmp_path: Path, given: str) -> None:
    watched = Watched(tmp_path)
    text = f"exceeded the 4KB limit. String measured: {given}"
    body = {"Type": "User", "__type": "InvalidParameterValueException", "message": text}
    watched.call(request(b"management"), Answer(400, orjson.dumps(body)))
    (record,) = watched.records()
    assert record["errorMessage"] == "exceeded the 4KB limit. "


def test_data_events_are_asked_for_and_calls_of_none_are_not_there(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    watched.call(request(b"data"), Answer(200, b"{}"))
    watched.call(request(b"none"), Answer(200, b"{}"))
    assert list(tmp_path.iterdir()) == []
    watched = Watched(tmp_path, data_events=True)
    watched.call(request(b"data"), Answer(200, b"{}"))
    assert [each["eventCategory"] for each in watched.records()] == ["Data"]


def test_a_record_is_one_line_that_no_terminal_obeys(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    made = request(b"management")
    made.headers[b"user-agent"] = b"a\x85b\x9b2Jc\x7f"
    text = "caf\u00e9 \u2028 \u202e \u2066 \u9b85"
    watched.call(made, Answer(400, orjson.dumps({"__type": "a#X", "message": text})))
    (file,) = tmp_path.iterdir()
    (line,) = file.read_text(encoding="utf-8").splitlines()
    assert "\\u0085b\\u009b2Jc\\u007f" in line
    assert "caf\u00e9 \\u2028 \\u202e \\u2066 \u9b85" in line
    (record,) = watched.records()
    assert record["userAgent"] == "a\x85b\x9b2Jc\x7f"
    assert record["errorMessage"] == text


@pytest.mark.parametrize(
    ("parameters", "arn"), [({"X": ["x"] * 100_000}, ARN), ({}, ARN + "x" * 300_000)]
)
def test_a_record_is_bounded(tmp_path: Path, parameters: dict[str, Any], arn: str) -> None:
    watched = Watched(tmp_path)
    event = Event("dynamodb", "Call", True, parameters, [Resource("T", arn)])
    watched.recorder.write(request(b""), REFUSED, event, is_data=False)
    (record,) = watched.records()
    assert len(orjson.dumps(record)) < 2000
    assert record["requestParameters"]["omitted"]
    assert record["errorCode"] == "ValidationException"


def test_of_a_stranger_there_is_no_name_no_text_and_no_claim(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    watched.call(request(b"management", known=False), REFUSED)
    (record,) = watched.records()
    assert record["userIdentity"] == {"type": "Unknown"}
    assert "errorMessage" not in record
    assert record["requestParameters"] == {}
    assert "resources" not in record


def test_strangers_do_not_fill_the_disk(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    for _ in range(MAX_RECORDS_A_MINUTE + 7):
        assert watched.call(request(b"management", known=False), REFUSED) == [REFUSED]
    assert len(watched.records()) == MAX_RECORDS_A_MINUTE
    watched.call(request(b"management"), REFUSED)
    assert watched.records()[-1]["userIdentity"] == {"type": "Root"}, "who is known always has room"
    watched.clock.advance(60.0)
    watched.call(request(b"management", known=False), REFUSED)
    watched.call(request(b"management", known=False), REFUSED)
    *_, first, second = watched.records()
    assert first["additionalEventData"] == {"recordsLeftOut": 7}
    assert "additionalEventData" not in second


def test_a_full_disk_is_logged_and_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    watched = Watched(tmp_path)
    monkeypatch.setattr(watched.file, "append", full)
    answer = Answer(200, b"{}")
    with caplog.at_level(logging.ERROR):
        assert watched.call(request(b"management"), answer) == [answer]
    assert "the audit log cannot be written: [Errno 28] No space left on device" in caplog.text
