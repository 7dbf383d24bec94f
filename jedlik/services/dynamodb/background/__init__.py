"""Background work, run under a lease so that one of many processes does it.

background    all of it, in one process
loop          a loop under a lease
due_jobs      the loop for work that is due at a time (see `kernel.due_work`); new kinds of work are
              kinds of jobs here: `backup_work`, `expiry_backfill`, `expiry_sweep`, `stream_upkeep`;
              `lazy_job_kind` is one whose code is loaded with its first job
maintenance   the loop for tables: finds what is due (`survey`); `transitions` removes what is
              deleted, `purge` clears what that leaves, `backfill` fills new indexes
re_encryption tables whose key was changed
token_sweep   forgets old transaction tokens
upgrade       brings stores of older formats up to date

All of it works in short steps, each of which is one commit that checks the lease.
"""
