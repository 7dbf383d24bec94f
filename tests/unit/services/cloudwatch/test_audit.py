"""Audit records of calls in forms, whose operation is in the body."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from jedlik.auth.identity import Identity
from jedlik.base.ids import RandomIds
from jedlik.gateway.audit.files import AuditFile
from jedlik.gateway.audit.trail import Recorder, Trail
from jedlik.gateway.exchange import Answer, Request
from jedlik.kernel.arns import Arns
from jedlik.services.cloudwatch.audit import EVENTS
from jedlik.services.cloudwatch.wire import cbor
from tests.simulated_clock import SimulatedClock

READING, DELETING = b"Action=GetMetricData", b"Action=DeleteAlarms"
DONE = Answer(200, b"")


class Watched:
    """A trail over a file, and the records that it wrote."""

    def __init__(self, directory: Path, *, data_events: bool = False) -> None:
        self._directory = directory
        file, clock = AuditFile(directory), SimulatedClock()
        recorder = Recorder(file, Arns(), clock, RandomIds(), lambda _: {"type": "Root"})
        self._trail = Trail(recorder, EVENTS, data_events=data_events)

    def call(
        self,
        sent: bytes,
        decoded: bytes,
        *,
        known: bool = True,
        target: bytes = b"/",
        media_type: bytes = b"application/x-www-form-urlencoded",
    ) -> None:
        request = Request(b"POST", target, {b"content-type": media_type}, sent, sent, b"ID")
        answer = self._trail.watch(request, lambda _answer: None)
        request.content = decoded
        if known:
            request.identity = Identity("AKID", "000000000000", "us-east-1", "monitoring")
        answer(DONE)

    def records(self) -> list[dict[str, Any]]:
        lines = [file.read_bytes().splitlines() for file in self._directory.iterdir()]
        return [orjson.loads(line) for each in lines for line in each]


def test_no_coding_hides_an_operation(tmp_path: Path) -> None:
    """The bytes of a coding can look like another form than the one that is decoded."""
    watched = Watched(tmp_path)
    watched.call(READING, DELETING)
    watched.call(DELETING, READING)
    (record,) = watched.records()
    assert (record["eventName"], record["eventCategory"]) == ("DeleteAlarms", "Management")


def test_data_events_are_asked_for(tmp_path: Path) -> None:
    watched = Watched(tmp_path, data_events=True)
    watched.call(READING, READING)
    (record,) = watched.records()
    assert (record["eventName"], record["eventCategory"]) == ("GetMetricData", "Data")


@pytest.mark.parametrize(
    ("form", "name"), [(DELETING, "DeleteAlarms"), (b"A=" + bytes(2000) + b"&" + DELETING, "")]
)
def test_of_a_stranger_only_the_beginning_is_read(tmp_path: Path, form: bytes, name: str) -> None:
    watched = Watched(tmp_path)
    watched.call(form, form, known=False)
    (record,) = watched.records()
    assert (record["eventName"], record["userIdentity"]) == (name, {"type": "Unknown"})


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        (DELETING + b"&AlarmNames.member.1=a&AlarmNames.member.2=b", {"alarmNames": ["a", "b"]}),
        (b"Action=SetAlarmState&AlarmName=a&StateValue=OK&StateReason=because",
         {"alarmName": "a", "stateValue": "OK"}),
        (DELETING + b"&AlarmNames.x=a", {}),
        (b"Action=NoSuch&AlarmName=a", {}),
    ],
)  # fmt: skip
def test_what_a_call_is_about(tmp_path: Path, form: bytes, shown: dict[str, Any]) -> None:
    watched = Watched(tmp_path)
    watched.call(form, form)
    (record,) = watched.records()
    assert record["requestParameters"] == shown
    arns = [each["ARN"].rpartition(":")[2] for each in record.get("resources", ())]
    assert arns == [each for name in shown.values() for each in name if each in "ab"]


def test_no_input_keeps_a_call_out_of_the_log(tmp_path: Path) -> None:
    """CBOR may have bytes, and anything in a list of names."""
    watched = Watched(tmp_path)
    target = b"/service/GraniteServiceVersion20100801/operation/DeleteAlarms"
    for value in (b"x", [b"x"], [None], {"a": b"x"}, 5):
        body = cbor.encode({"AlarmNames": value, "AlarmName": value})
        watched.call(body, body, target=target, media_type=b"application/cbor")
    assert [each["requestParameters"] for each in watched.records()] == [{}] * 5
