"""Background work, run under a lease so that one of many processes does it.

`due_jobs` is the loop for work that is due at a time, of whatever kind (see `kernel.due_work`): a
new kind of background work is a kind of job there. `maintenance` is that of tables: it surveys what
is due (`survey`), then lets `transitions` remove what has finished deleting, `purge` clear what
deleted tables and indexes left, and `backfill` fill new indexes. Each of them works in short steps,
each step one commit that checks the lease.
"""
