"""Backups on demand, point-in-time recovery, and the restores of both.

The problem: a backup is the table as it was at one moment, and the table may hold millions of items
and be written to all the while. The idea is one log for everything: while a table needs it, each
write notes in its own commit what the item was *before* (`recording`). A table as it was at a
moment is then what it holds now, with every item that was changed since put back to what the first
change after that moment found. So

    a backup    copies the items page by page, at whatever moments, and then takes back from the log
                what was written after the moment that CreateBackup's commit fixed;
    a restore   to a point in time does the same into a new table;
    recovery    of 35 days costs the log of 35 days, and no copies of the table;
    deletion    of a table with recovery makes its items the backup: none is copied.

Writers wait for no one. A moment is exact: the times in a shard of the log grow with every commit
(`change_log`), so all that was committed before it is below it and all that follows is above.

change_log  which log a table keeps, and the bytes of its records
recording   the log as writes use it
moments     a moment in a log, fixed in a commit
recovery    whether a table can be recovered, and to which moments
copying     the steps of a backup or restore
restore     what a table's description says of a restore under way; `restoring` begins one
targets     the table that a restore makes: what it inherits, and the overrides
encryption  the keys of backups and restored tables
deletion    what stays of a table that is deleted
holds       the data under the id of a table that is gone, and who still needs it
trimming    drops what no log needs any longer; `expiry`: backups whose time is over
export_job  the job that follows the copying for an export
model       backups and jobs as they are stored; `store` finds and lists them
arns        names of backups
"""
