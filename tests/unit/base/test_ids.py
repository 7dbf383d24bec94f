"""Identifiers: their forms, and that none is repeated."""

import re
import uuid

from jedlik.base.ids import RandomIds


def test_request_ids_look_like_the_service_s_and_never_repeat():
    ids = RandomIds()
    drawn = [ids.request_id() for _ in range(1000)]
    assert len(set(drawn)) == 1000
    assert all(re.fullmatch(rb"[0-9A-Z]{52}", one) for one in drawn)


def test_two_processes_draw_different_ones():
    assert RandomIds().request_id()[:39] != RandomIds().request_id()[:39]


def test_uuids_are_random_and_in_their_usual_spelling():
    ids = RandomIds()
    one, other = ids.uuid(), ids.uuid()
    assert one != other
    assert str(uuid.UUID(one)) == one
    assert uuid.UUID(one).version == 4
