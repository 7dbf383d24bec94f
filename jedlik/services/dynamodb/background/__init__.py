"""Background work, run under a lease so that one of many processes does it.

`maintenance` is the loop: it surveys what is due (`survey`), then lets `transitions` remove what
has finished deleting, `purge` clear what deleted tables and indexes left, and `backfill` fill new
indexes. Each of them works in short steps, each step one commit that checks the lease.
"""
