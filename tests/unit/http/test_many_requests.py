"""Which data has very many requests."""

from __future__ import annotations

from jedlik.http.many_requests import A_TURN, are_many

REQUEST = b"POST / HTTP/1.1\r\nHost: a\r\n\r\n"


def test_many_are_more_than_come_together_anyway() -> None:
    assert are_many(REQUEST * 100)
    assert not are_many(REQUEST * 20)
    assert not are_many(REQUEST + b"x" * 100 * A_TURN)


def test_a_turn_has_room_for_several() -> None:
    assert 100 * len(REQUEST) < A_TURN
