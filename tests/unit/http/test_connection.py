"""Order, back-pressure, ends and time-outs of one connection."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable
from typing import Any
from zlib import crc32

import orjson
import pytest

from jedlik.gateway.exchange import Answer
from jedlik.http.connection import HttpConnection
from jedlik.http.reader import RequestReader
from tests.unit.http.calls import call

Front = Any
Opener = Callable[..., Front]

CORAL = "com.amazon.coral.service#"


def error_type(answer: Any) -> str:
    kind: str = orjson.loads(answer.body)["__type"]
    return kind.removeprefix(CORAL)


def bodies(front: Front) -> list[bytes]:
    return [answer.body for answer in front.answers()]


# --- Answers --------------------------------------------------------------------------------------


def test_an_answer_follows_its_request(front: Front) -> None:
    front.send(call(b'{"a":1}'))
    (answer,) = front.answers()
    assert answer.status == 200
    assert answer.body == b'{"a":1}'
    assert answer.headers == {
        "server": "Server",
        "date": "Tue, 14 Nov 2023 22:13:20 GMT",
        "connection": "keep-alive",
        "content-type": "application/x-amz-json-1.0",
        "x-amzn-requestid": "1",
        "x-amz-crc32": str(crc32(b'{"a":1}')),
        "content-length": "7",
    }
    assert front.service.requests[0].client == "192.0.2.7"
    assert front.service.requests[0].secure is False
    assert not front.transport.closed


def test_answers_of_one_read_are_written_at_once(front: Front) -> None:
    front.send(call(b"one") + call(b"two") + call(b"three"))
    assert bodies(front) == [b"one", b"two", b"three"]
    assert len(front.transport.writes) == 1


def test_many_or_large_answers_are_not_hoarded(front: Front) -> None:
    front.send(call(b"x") * 40)
    assert len(front.transport.writes) == 3
    front.transport.writes.clear()
    front.send(call(b"x" * 70_000) + call(b"y"))
    assert len(front.transport.writes) == 3  # the long body by itself, without a copy of it
    assert front.transport.writes[1] == b"x" * 70_000


def test_a_late_answer_is_written_when_it_comes(front: Front) -> None:
    front.service.holding = True
    front.send(call(b"late"))
    assert front.transport.writes == []
    front.service.release()
    assert bodies(front) == [b"late"]


def test_pipelined_requests_are_handed_over_one_after_the_other(front: Front) -> None:
    front.service.holding = True
    front.send(call(b"put") + call(b"get"))
    assert [request.content for request in front.service.requests] == [b"put"]
    front.service.release()
    assert [request.content for request in front.service.requests] == [b"put", b"get"]
    assert bodies(front) == [b"put"]
    front.service.release()
    assert bodies(front) == [b"put", b"get"]


def test_what_waits_is_answered_with_one_write_and_without_recursion(
    open_connection: Opener,
) -> None:
    front = open_connection(max_pipelined=5000)
    front.service.holding = True
    for _ in range(100):
        front.send(call(b"x") * 30)
    front.service.holding = False
    front.service.release()
    assert len(bodies(front)) == 3000
    assert len(front.transport.writes) < 300


def test_reading_stops_while_too_many_wait(open_connection: Opener) -> None:
    front = open_connection(max_pipelined=2)
    front.service.holding = True
    front.send(call(b"1") + call(b"2"))
    assert front.transport.reading
    front.send(call(b"3"))
    assert not front.transport.reading
    front.service.release()
    assert front.transport.reading
    front.service.release()
    front.service.release()
    assert bodies(front) == [b"1", b"2", b"3"]


def test_nothing_is_begun_while_the_client_does_not_read(front: Front) -> None:
    front.connection.pause_writing()
    assert not front.transport.reading
    front.send(call(b"1") + call(b"2"))  # was in the kernel already
    assert front.service.requests == []
    front.connection.resume_writing()
    assert front.transport.reading
    assert bodies(front) == [b"1", b"2"]


def test_an_answer_is_taken_once(front: Front) -> None:
    front.service.holding = True
    front.send(call(b"1") + call(b"2"))
    _, reply = front.service.held[0]
    front.service.release()
    reply(Answer(200, b"again"))
    front.service.release()
    assert bodies(front) == [b"1", b"2"]


def test_a_failing_service_is_an_internal_error(
    front: Front, caplog: pytest.LogCaptureFixture
) -> None:
    front.service.fails = RuntimeError("boom")
    with caplog.at_level(logging.CRITICAL):
        front.send(call(b"1"))
    (answer,) = front.answers()
    assert answer.status == 500
    assert orjson.loads(answer.body)["__type"].endswith("#InternalServerError")
    assert b"boom" not in answer.body
    front.service.fails = None
    front.send(call(b"2"))
    assert bodies(front)[1] == b"2"


def test_leave_to_send_a_body(front: Front) -> None:
    request = call(b"hello", b"Expect: 100-continue")
    front.send(request[:-5])
    assert [answer.status for answer in front.answers()] == [100]
    front.send(request[-5:])
    assert [answer.status for answer in front.answers()] == [100, 200]


def test_no_leave_in_front_of_earlier_answers(front: Front) -> None:
    front.service.holding = True
    request = call(b"hello", b"Expect: 100-continue")
    front.send(call(b"1") + request[:-5])
    assert front.answers() == []
    front.send(request[-5:])
    front.service.release()
    front.service.release()
    assert [answer.status for answer in front.answers()] == [200, 200]


# --- Ends -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_bytes", "closes"),
    [
        (call(b"x"), False),
        (call(b"x", b"Connection: close"), True),
        (call(b"x", version=b"1.0"), True),
        (call(b"x", b"Connection: keep-alive", version=b"1.0"), False),
    ],
)
def test_who_closes(front: Front, request_bytes: bytes, closes: bool) -> None:
    front.send(request_bytes)
    (answer,) = front.answers()
    assert answer.headers["connection"] == ("close" if closes else "keep-alive")
    assert front.transport.closed is closes


def test_connect_ends_the_connection(front: Front) -> None:
    front.send(b"CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n\x16\x03\x01")
    (answer,) = front.answers()
    assert answer.headers["connection"] == "close"
    assert front.transport.closed


def test_only_the_last_answer_says_close(front: Front) -> None:
    front.service.holding = True
    front.send(call(b"1") + call(b"2", b"Connection: close"))
    front.send(call(b"3"))
    front.service.release()
    front.service.release()
    assert [answer.headers["connection"] for answer in front.answers()] == ["keep-alive", "close"]
    assert front.transport.closed
    assert len(front.service.requests) == 2


def test_what_is_not_http_is_told_so_and_closed(front: Front) -> None:
    front.send(b"\x16\x03\x01\x02\x00")
    (answer,) = front.answers()
    assert answer.status == 400
    assert error_type(answer) == "MalformedHttpRequestException"
    assert answer.headers["connection"] == "close"
    assert answer.headers["content-type"] == "application/x-amz-json-1.0"
    assert front.transport.eof


def test_a_refusal_comes_after_earlier_answers(front: Front) -> None:
    front.service.holding = True
    front.send(call(b"1") + b"garbage\r\n\r\n")
    front.send(call(b"never"))
    assert front.answers() == []
    front.service.release()
    assert [answer.status for answer in front.answers()] == [200, 400]
    assert len(front.service.requests) == 1
    assert front.transport.eof


def test_a_refusal_waits_for_a_slow_answer_in_front_of_it(front: Front) -> None:
    front.service.holding = True
    front.send(call(b"1") + b"garbage\r\n\r\n")
    front.wait(100)
    front.connection.drain()
    assert not front.transport.closed
    front.service.release()
    assert [answer.status for answer in front.answers()] == [200, 400]
    front.connection.drain()
    assert front.transport.closed


def test_an_answer_that_cannot_be_written_is_an_internal_error(
    front: Front, caplog: pytest.LogCaptureFixture
) -> None:
    front.service.answer = Answer(200, None)  # type: ignore[arg-type]
    with caplog.at_level(logging.CRITICAL):
        front.send(call(b"1"))
    assert [answer.status for answer in front.answers()] == [500]


def test_too_large_is_413(open_connection: Opener) -> None:
    front = open_connection(max_body_size=10)
    front.send(call(b"x" * 10))
    front.send(call(b"x" * 11))
    first, second = front.answers()
    assert first.status == 200
    assert second.status == 413
    assert error_type(second) == "RequestEntityTooLargeException"


def test_what_a_refused_client_still_sends_is_dropped_for_a_while(front: Front) -> None:
    front.send(b"garbage\r\n\r\n")
    front.send(call(b"x") * 5)
    assert len(front.answers()) == 1
    assert not front.transport.closed
    front.wait(front.settings.linger_timeout)
    assert not front.transport.closed
    front.wait(2)
    assert front.transport.closed


def test_reading_goes_on_to_drop_what_comes_after_a_refusal(open_connection: Opener) -> None:
    front = open_connection(max_pipelined=1)
    front.service.holding = True
    front.send(call(b"1") + call(b"2"))
    assert not front.transport.reading
    front.send(b"garbage\r\n\r\n")
    front.service.release()
    front.service.release()
    assert [answer.status for answer in front.answers()] == [200, 200, 400]
    assert front.transport.reading


def test_a_half_closed_client_gets_its_answers(front: Front) -> None:
    front.service.holding = True
    front.send(call(b"1") + call(b"2"))
    assert front.connection.eof_received() is True
    front.service.release()
    front.service.release()
    assert bodies(front) == [b"1", b"2"]
    assert front.answers()[1].headers["connection"] == "close"
    assert front.transport.closed


@pytest.mark.parametrize("sent", [b"", call(b"hello")[:-1], b"POST /", call(b"done")])
def test_the_end_of_an_idle_or_unfinished_connection_closes_it(front: Front, sent: bytes) -> None:
    front.send(sent)
    assert front.connection.eof_received() is False


def test_answers_to_a_client_that_has_gone_are_dropped(front: Front) -> None:
    front.service.holding = True
    front.send(call(b"1") + call(b"2"))
    front.connection.connection_lost(ConnectionResetError())
    front.service.release()
    assert front.transport.writes == []
    assert len(front.service.requests) == 1
    assert front.server.connections == 0


def test_a_connection_lost_in_the_middle_of_a_request_is_forgotten(front: Front) -> None:
    front.send(call(b"hello")[:-2])
    front.connection.connection_lost(None)
    assert front.server.connections == 0
    front.wait(1000)
    assert front.transport.writes == []


def test_a_lost_connection_leaves_nothing_behind(open_connection: Opener) -> None:
    front = open_connection()
    front.service.holding = True
    front.send(call(b"1") + call(b"2") + call(b"3")[:-1])
    front.service.held.clear()
    front.service.requests.clear()
    front.connection.connection_lost(None)

    def living() -> list[object]:
        return [one for one in gc.get_objects() if isinstance(one, HttpConnection | RequestReader)]

    before = len(living())
    gc.disable()
    try:
        front.connection = None
        assert len(living()) == before - 2, "only the cycle collector could free them"
    finally:
        gc.enable()


def test_more_connections_than_there_is_room_for(open_connection: Opener) -> None:
    front = open_connection(max_connections=1)
    second = front.server.connection()
    transport = type(front.transport)()
    second.connection_made(transport)
    assert b"HTTP/1.1 503 " in transport.writes[0]
    assert b"#ServiceUnavailableException" in transport.writes[0]
    assert transport.eof
    second.connection_lost(None)
    front.send(call(b"still here"))
    assert bodies(front) == [b"still here"]


# --- Time-outs ------------------------------------------------------------------------------------


def test_an_idle_connection_is_closed(front: Front) -> None:
    front.send(call(b"x"))
    front.wait(front.settings.idle_timeout)
    assert not front.transport.closed
    front.wait(2)
    assert front.transport.closed
    assert len(front.answers()) == 1


def test_a_connection_in_use_is_not_idle(front: Front) -> None:
    for _ in range(10):
        front.send(call(b"x"))
        front.wait(front.settings.idle_timeout - 5)
    assert not front.transport.closed


def test_headers_that_drip(front: Front) -> None:
    head = call(b"hello")[:-5]
    for at in range(len(head)):
        if front.transport.eof:
            break
        front.send(head[at : at + 1])
        front.wait(1)
    (answer,) = front.answers()
    assert answer.status == 408
    assert error_type(answer) == "RequestTimeoutException"
    assert at == pytest.approx(front.settings.header_timeout, abs=2)


def test_headers_in_time(front: Front) -> None:
    request = call(b"hello")
    front.send(request[:20])
    front.wait(front.settings.header_timeout - 2)
    front.send(request[20:])
    assert bodies(front) == [b"hello"]


def test_a_body_that_drips(open_connection: Opener) -> None:
    front = open_connection(body_timeout=10.0, minimum_body_rate=100)
    request = call(b"x" * 1000)
    front.send(request[:-1000])
    seconds = 0
    while not front.transport.eof:
        front.send(b"x")
        front.wait(1)
        seconds += 1
        assert seconds < 20
    assert front.answers()[0].status == 408


def test_a_body_that_comes_slowly_but_steadily(open_connection: Opener) -> None:
    front = open_connection(body_timeout=10.0, minimum_body_rate=100)
    front.send(call(b"x" * 10_000)[:-10_000])
    for _ in range(100):
        front.wait(1)
        front.send(b"x" * 100)
    assert bodies(front) == [b"x" * 10_000]


def test_a_request_at_work_has_no_time_out(front: Front) -> None:
    front.service.holding = True
    front.send(call(b"1") + call(b"2")[:10])
    front.wait(10_000)
    front.service.release()
    assert bodies(front) == [b"1"]


def test_an_answer_that_is_not_read(front: Front) -> None:
    front.send(call(b"x"))
    front.transport.unsent = 100
    front.connection.pause_writing()
    front.wait(front.settings.write_timeout)
    assert not front.transport.aborted
    front.wait(2)
    assert front.transport.aborted


def test_an_answer_that_is_read_slowly(front: Front) -> None:
    front.send(call(b"x"))
    front.connection.pause_writing()
    for unsent in range(1000, 0, -100):
        front.transport.unsent = unsent
        front.wait(front.settings.write_timeout - 5)
    assert not front.transport.aborted


def test_a_closed_connection_whose_last_answer_is_not_read(front: Front) -> None:
    front.send(call(b"x", b"Connection: close"))
    front.transport.unsent = 100
    front.wait(front.settings.write_timeout + 2)
    assert front.transport.aborted


# --- Shutdown -------------------------------------------------------------------------------------


def test_draining_closes_what_is_idle(front: Front) -> None:
    front.send(call(b"x"))
    front.connection.drain()
    assert front.transport.closed


def test_draining_answers_what_was_accepted(front: Front) -> None:
    front.service.holding = True
    front.send(call(b"1") + call(b"2"))
    front.connection.drain()
    front.send(call(b"3"))
    assert not front.transport.closed
    front.service.release()
    front.service.release()
    assert [answer.headers["connection"] for answer in front.answers()] == ["keep-alive", "close"]
    assert bodies(front) == [b"1", b"2"]
    assert front.transport.closed


def test_draining_lets_a_request_come_to_its_end(front: Front) -> None:
    request = call(b"hello")
    front.send(request[:-2])
    front.connection.drain()
    front.send(request[-2:] + call(b"next"))
    (answer,) = front.answers()
    assert answer.body == b"hello"
    assert answer.headers["connection"] == "close"
    assert front.transport.closed
