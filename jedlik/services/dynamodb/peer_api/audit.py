"""Audit records of calls by other servers: set-up as management events, changes as data events. No
record contains an item."""

from __future__ import annotations

from typing import Final

from jedlik.gateway.audit.trail import Event, given_members
from jedlik.gateway.exchange import Answer, Request
from jedlik.kernel.arns import Arns
from jedlik.services.dynamodb.replication.peers.protocol import SIGNED_AS

_SHOWN: Final = ("region", "table", "action")


def _operation(request: Request) -> str:
    return request.headers[b"x-amz-target"].decode("latin-1").rpartition(".")[2]


class ReplicationEvents:
    """The calls of other servers."""

    def is_data(self, request: Request) -> bool:
        """Whether the call sends changes of items, or prepares that."""
        return _operation(request) != "Control"

    def describe(self, request: Request, _answer: Answer, _arns: Arns) -> Event:
        """The event: the sender, and the table."""
        name = _operation(request)
        given = given_members(request)
        shown = {each: given[each] for each in _SHOWN if isinstance(given.get(each), str)}
        return Event(SIGNED_AS, name, name == "Introduce", shown)


EVENTS: Final = ReplicationEvents()
