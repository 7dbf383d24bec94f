"""Backups on demand, point-in-time recovery, and the restores of both.

The problem: a backup is the table as it was at one moment, but the table may hold millions of items
and be written to all the time. The idea is one log for everything: while a table needs it, each
write records in its own commit what the item was *before* (`recording.open_log`). The table at an
earlier moment is then its present contents, with every item that was changed since restored to its
image before the first change after that moment. So

    a backup    copies the items page by page, at any moments, and then undoes, from the log, the
                changes after the moment that CreateBackup's commit fixed;
    a restore   to a point in time does the same into a new table;
    recovery    of 35 days costs the log of 35 days, and no copies of the table;
    deletion    of a table with recovery makes its items the backup: none is copied.

The steps of a backup or restore are in `background.copying`.

Writers never wait. A moment is exact: the times in a shard of the log increase with every commit
(`recording.change_records`), so all commits before the moment have lower times, and all after it
higher ones.

moments     a moment in a log, fixed in a commit
recovery    whether a table can be recovered, and to which moments
copy_source the table that is copied as of a moment, and the commit that begins the copy
restoring   the beginning of a restore
targets     the table that a restore makes: what it inherits, and the overrides
encryption  the keys of backups and restored tables
deletion    what is kept of a deleted table
holds       data of deleted tables that backups or jobs still need
trimming    deletes records that no log needs any longer; `expiry`: expired backups
export_job  the job that follows the copying for an export
model       backups and jobs as they are stored; `store` finds and lists them
arns        names of backups
"""
