"""Whether a region that is being removed has sent all of its writes.

An acknowledged write exists only in its region until it is sent, and would be lost with the
region's table. So a table with replicas is first closed to clients, and deleted once all replicas
have its changes. Both are decided in a commit that reads how far changes have come. No write can
come in between, since every write checks that the catalog has not changed.
"""

from __future__ import annotations

from collections.abc import Mapping

from jedlik.services.dynamodb.recording.replication_log import OpenReplication, last_position
from jedlik.services.dynamodb.replication.progress import decode_sent, sent_key
from jedlik.services.dynamodb.tables.model import Table
from jedlik.services.dynamodb.tables.replicas import STRONG, Replication
from jedlik.storage.engine import Value


def drain_keys(table: Table) -> tuple[bytes, ...]:
    """The keys that `is_drained` needs."""
    replication = table.replication
    if replication is None or not _sends(replication):
        return ()
    numbers = OpenReplication(table.id, replication.log).number_keys
    return (*numbers, *_sent_keys(table, replication))


def is_drained(table: Table, read: Mapping[bytes, Value]) -> bool:
    """Whether every other region has everything written here; `read` has the values of
    `drain_keys`."""
    replication = table.replication
    if replication is None or not _sends(replication):
        return True
    numbers = OpenReplication(table.id, replication.log).number_keys
    last = last_position([read[key] for key in numbers])
    for key in _sent_keys(table, replication):
        sent = decode_sent(read[key])
        if sent is None or sent.fill is not None or sent.position != last:
            return False
    return True


def _sends(replication: Replication) -> bool:
    """Whether there can be anything to send: strongly consistent tables are written in all regions
    together, and a replica that is being created has no writes of its own."""
    return replication.consistency != STRONG and not replication.joining


def _sent_keys(table: Table, replication: Replication) -> list[bytes]:
    return [
        sent_key(table.id, replication.log, each.region)
        for each in replication.replicas
        if each.takes_changes
    ]
