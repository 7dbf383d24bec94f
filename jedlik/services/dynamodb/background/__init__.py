"""Background work, each kind done by one of many processes (see package `loops`).

background    all of it, in one process, with the jobs of other packages; kinds of jobs here:
              `expiry_backfill`, `expiry_sweep`, `stream_upkeep`
maintenance   the loop for tables: finds what is due (`survey`); `transitions` removes what is
              deleted, `purge` clears what that leaves, `backfill` fills new indexes
backup_work   the loop for backups, restores and their logs; `copying`: the steps of a copy, which
              exports and imports need too
re_encryption tables whose key was changed
token_sweep   forgets old transaction tokens
upgrade       brings stores of older formats up to date
"""
