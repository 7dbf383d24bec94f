"""The table whose items a backup, an export or a restore copies as of a moment.

It is read before the commit that begins the copy, since a new data key is made like its own. That
commit reads it again under the lock, fixes the moment, and has the log keep the changes since then
for the job that copies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from jedlik.kernel.backup_keys import backup_job_key
from jedlik.kernel.catalog_version import CatalogChanged
from jedlik.kernel.keyspaces import key_ring_key
from jedlik.services.dynamodb.backups.encryption import put_ring, ring_of
from jedlik.services.dynamodb.backups.holds import hold
from jedlik.services.dynamodb.backups.model import CopyJob
from jedlik.services.dynamodb.backups.moments import Moment, past_moment, this_moment
from jedlik.services.dynamodb.backups.recovery import last_changes_of
from jedlik.services.dynamodb.database.catalog import CatalogDraft
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.recording.change_records import last_change_keys
from jedlik.services.dynamodb.sealing import key_ring
from jedlik.services.dynamodb.sealing.key_ring import DataKey, KeyRing
from jedlik.services.dynamodb.tables.change_log import ChangeLog, LogUser
from jedlik.services.dynamodb.tables.model import DELETING, Table


@dataclass(frozen=True, slots=True)
class CopySource:
    """A table and its key ring, as they were read before the commit."""

    table: Table
    ring: KeyRing | None

    @classmethod
    async def read(cls, database: Database, table: Table) -> CopySource:
        """Of the present table. Raises AccessDeniedException if its keys may not be used."""
        return cls(table, await ring_of(database, table))

    @property
    def also_read(self) -> Sequence[bytes]:
        """The keys that the commit reads besides the tables."""
        return (key_ring_key(self.table.id), *last_changes_of(self.table))

    def locked(self, draft: CatalogDraft, now: float) -> Table:
        """The table as the commit sees it. Raises CatalogChanged if it is being deleted or is
        another one, and if it has another log or key ring."""
        table = draft.table(self.table.name)
        if table is None or table.id != self.table.id or table.status(now) == DELETING:
            raise CatalogChanged
        if last_changes_of(table) != last_changes_of(self.table):
            raise CatalogChanged
        if key_ring.decode(draft.also_read[0]) != self.ring:
            raise CatalogChanged
        return table


def fixed_moment(
    draft: CatalogDraft, table_id: int, log: ChangeLog, now: float, past: float | None = None
) -> Moment:
    """The moment `past` (seconds), or else that of this commit, in a log that is the table's or a
    new one."""
    keys = last_change_keys(table_id, log.id)
    last = draft.also_read[1:] or [None] * len(keys)
    return this_moment(keys, last, now) if past is None else past_moment(keys, last, past)


def new_data(draft: CatalogDraft, table_name: str, key: DataKey | None, holder: str) -> int:
    """A new id for items that are not a table's, with their data key and their holder."""
    data_id = draft.new_id()
    put_ring(draft, data_id, table_name, key)
    hold(draft, data_id, (holder,))
    return data_id


def begin_copy(
    draft: CatalogDraft, table: Table, log: ChangeLog, moment: Moment, job: CopyJob
) -> None:
    """Put the job, and the table with a log that keeps what the job undoes."""
    draft.put(replace(table, log=log.with_user(LogUser(job.id, job.since))))
    draft.values.update(moment.puts)
    draft.values[backup_job_key(job.id)] = job.encode()
