"""What clients may hold before they are known, and what becomes of it."""

from __future__ import annotations

import logging

import pytest

from jedlik.gateway.exchange import Answer
from jedlik.http.allowances import Allowances
from jedlik.http.settings import HttpSettings
from tests.simulated_clock import SimulatedClock
from tests.unit.http.conftest import Front, Opener

SETTINGS = HttpSettings(
    max_connections=4, max_client_connections=2, max_pending=100, max_client_pending=60
)


@pytest.fixture
def allowances() -> Allowances:
    return Allowances(SETTINGS, SimulatedClock())


def test_connections_are_limited_by_client_and_in_all(allowances: Allowances) -> None:
    assert allowances.connect("a")
    assert allowances.connect("a")
    assert not allowances.connect("a")
    allowances.disconnect("a", 0)
    assert allowances.connect("b")
    assert allowances.connect("c")
    assert not allowances.connect("d"), "five of four"
    allowances.disconnect("d", 0)
    allowances.disconnect("a", 0)
    assert allowances.connect("a")


def test_connections_that_are_not_made_yet() -> None:
    settings = HttpSettings(max_connections=4, max_client_connections=2, max_turned_away=1)
    allowances = Allowances(settings, SimulatedClock())
    assert allowances.connect("a")
    assert allowances.begin_handshake("a")
    assert allowances.begin_handshake("a")
    assert not allowances.begin_handshake("a"), "two, and one that is told so"
    assert allowances.begin_handshake("b")
    assert allowances.begin_handshake("c")
    assert not allowances.begin_handshake("d"), "four of all, and one that is told so"
    allowances.end_handshake("a")
    assert allowances.begin_handshake("d")


def test_bytes_are_limited_by_client_and_in_all(allowances: Allowances) -> None:
    assert allowances.hold("a", 60)
    assert not allowances.hold("a", 1)
    assert allowances.hold("b", 40)
    assert not allowances.hold("c", 1), "the whole is taken"
    allowances.release("a", 1)
    assert allowances.hold("c", 1)


def test_answers_left_unread() -> None:
    allowances = Allowances(HttpSettings(max_unread=120), SimulatedClock())
    assert not allowances.leave_unread("a", 61), "half of all"
    assert allowances.leave_unread("a", 60)
    assert not allowances.leave_unread("b", 31), "half of what is left"
    assert allowances.leave_unread("b", 30)
    assert not allowances.leave_unread("a", 1)
    allowances.read("b", 30)
    allowances.read("a", 60)
    assert allowances.leave_unread("b", 60)


def test_requests_that_are_carried_out() -> None:
    allowances = Allowances(HttpSettings(max_carried_out=120), SimulatedClock())
    assert not allowances.begin("a", 61), "half of all"
    assert allowances.begin("a", 60)
    assert not allowances.begin("b", 31), "half of what is left"
    assert allowances.begin("b", 30)
    allowances.end("a", 60)
    allowances.end("b", 30)
    assert allowances.begin("b", 60)


def long_call(size: int = 20_000, *lines: bytes) -> bytes:
    head = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n%b\r\n"
    return head % (size, b"".join(lines)) + b"x" * size


def test_long_requests_count_until_they_are_answered(open_connection: Opener) -> None:
    front = open_connection(max_carried_out=2 * 50_000)
    front.service.holding = True
    others = [front.server.connection() for _ in range(2)]
    front.send(long_call())
    for each, taken in zip(others, (True, False), strict=True):
        transport = type(front.transport)()
        each.connection_made(transport)
        each.data_received(long_call())
        assert bool(transport.writes) is not taken
    assert transport.writes[0].startswith(b"HTTP/1.1 503 ")
    assert not transport.closed, "it may ask again"
    assert len(front.service.held) == 2
    front.service.release()
    others[1].data_received(long_call())
    assert len(front.service.held) == 2


def test_long_requests_count_even_if_their_client_has_gone(open_connection: Opener) -> None:
    front = open_connection(max_carried_out=2 * 20_000)
    allowances = front.server.connection()._allowances
    front.service.holding = True
    front.send(long_call())
    front.connection.connection_lost(None)
    assert not allowances.begin("192.0.2.7", 1)
    front.service.release()
    assert allowances.begin("192.0.2.7", 20_000)


def test_a_compressed_request_counts_as_what_it_may_become(open_connection: Opener) -> None:
    front = open_connection(max_carried_out=2_000_000)
    front.service.holding = True
    front.send(long_call(1_000, b"Content-Encoding: gzip\r\n"))
    assert statuses(front) == [503]
    front.send(long_call(900, b"Content-Encoding: gzip\r\n"))
    assert len(front.service.held) == 1


def test_a_request_that_could_not_be_begun_counts_no_more(open_connection: Opener) -> None:
    front = open_connection(max_carried_out=2 * 20_000)
    front.service.fails = ValueError()
    front.send(long_call() + long_call())
    assert statuses(front) == [500, 500]
    assert front.server.connection()._allowances.begin("192.0.2.7", 20_000)


def test_a_client_that_holds_nothing_any_more_is_forgotten(allowances: Allowances) -> None:
    for client in ("a", "b"):
        assert allowances.connect(client)
        assert allowances.hold(client, 1)
        allowances.release(client, 0)
        allowances.disconnect(client, 1)
        assert allowances.leave_unread(client, 1)
        allowances.read(client, 0)
        allowances.read(client, 1)
    assert not allowances._connections
    assert not allowances._bytes
    assert not allowances._unread._own


def test_a_connection_takes_with_it_what_it_held(allowances: Allowances) -> None:
    allowances.connect("a")
    allowances.hold("a", 60)
    allowances.disconnect("a", 60)
    assert allowances.hold("a", 60)


def test_turning_away_is_logged_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    clock = SimulatedClock()
    allowances = Allowances(SETTINGS, clock)
    with caplog.at_level(logging.WARNING):
        for _ in range(10):
            allowances.hold("192.0.2.7", 61)
        clock.advance(60)
        allowances.hold("192.0.2.7", 61)
    why = "192.0.2.7 holds 60 bytes of unfinished requests"
    assert [record.getMessage() for record in caplog.records] == [
        f"turned away 1 times since the last such line; {why}",
        f"turned away 10 times since the last such line; {why}",
    ]


# --- Through connections --------------------------------------------------------------------------

HEAD = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5000\r\n\r\n"


def statuses(front: Front) -> list[int]:
    return [answer.status for answer in front.answers()]


def test_a_body_beyond_the_allowance_is_refused_and_let_go(open_connection: Opener) -> None:
    front = open_connection(max_client_pending=1000)
    front.send(HEAD)
    front.send(b"x" * 900)
    assert not front.transport.eof
    front.send(b"x" * 200)
    assert statuses(front) == [503]
    assert front.transport.eof
    assert front.server.connection()._allowances.hold("192.0.2.7", 1000), "all is given back"


def test_finished_requests_hold_nothing(open_connection: Opener) -> None:
    front = open_connection(max_client_pending=6000)
    for _ in range(5):
        front.send(HEAD)
        front.send(b"x" * 2500)
        front.send(b"x" * 2500)
    assert statuses(front) == [200] * 5
    assert front.server.connection()._allowances.hold("192.0.2.7", 6000)


def test_requests_that_wait_count(open_connection: Opener) -> None:
    front = open_connection(max_client_pending=6000)
    front.service.holding = True
    front.send(HEAD + b"x" * 5000)
    front.send(HEAD + b"x" * 5000)
    front.send(HEAD + b"x" * 5000)
    front.service.holding = False
    front.service.release()
    assert statuses(front)[:2] == [200, 200]
    assert 503 in statuses(front)


def test_one_client_leaves_room_for_others(open_connection: Opener) -> None:
    front = open_connection(max_client_connections=1)
    second = front.server.connection()
    transport = type(front.transport)()
    second.connection_made(transport)
    assert b"HTTP/1.1 503 " in transport.writes[0]
    second.connection_lost(None)


def test_who_leaves_too_much_unread_is_cut_off(open_connection: Opener) -> None:
    front = open_connection(max_unread=2000)
    allowances = front.server.connection()._allowances
    front.transport.unsent = 1000
    front.connection.pause_writing()
    assert not front.transport.closed
    assert not allowances.leave_unread("192.0.2.7", 1)
    front.transport.unsent = 0
    front.connection.resume_writing()
    assert allowances.leave_unread("192.0.2.7", 1000)
    front.transport.unsent = 1
    front.connection.pause_writing()
    assert front.transport.aborted


def test_a_connection_that_is_lost_leaves_nothing_unread(open_connection: Opener) -> None:
    front = open_connection(max_unread=2000)
    allowances = front.server.connection()._allowances
    front.transport.unsent = 1000
    front.connection.pause_writing()
    front.connection.connection_lost(None)
    assert allowances.leave_unread("192.0.2.7", 1000)


def test_a_long_answer_counts_whole_until_it_is_sent(open_connection: Opener) -> None:
    """The transport holds all of its bytes until the last is sent."""
    size = 100_000
    front = open_connection(max_unread=4 * size)
    allowances = front.server.connection()._allowances
    front.service.answer = Answer(200, bytes(size))
    front.send(long_call(2))
    front.transport.unsent = 70_000
    front.connection.pause_writing()
    assert not allowances.leave_unread("192.0.2.7", size + 1)
    front.transport.unsent = 0
    front.connection.resume_writing()
    assert allowances.leave_unread("192.0.2.7", 2 * size)
