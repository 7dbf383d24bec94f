"""The basis of all services: one store of ordered keys, and how it is shared.

store            the engine with its clock, ids and ARNs, and the catalog's version
catalog_version  how every process notices that what it caches has changed; `key_ring_changes`:
                 which key rings have
keyspaces        the layout of all keys; `backup_keys`: those of backups, exports, imports, logs
rows             reads many rows; `findings`: how `verify` reports problems
leases           which of many processes does a piece of work; `processes`: which have ended
rounds           loops that run as long as the server
due_work         work that is due at a time
page_steps       work over many rows, page by page
metrics          recorded by services
realms           regions and accounts on one engine
delayed_reads    deliberately stale reads
rollback         to a snapshot, for test suites
copying          copies of whole stores
arns             Amazon Resource Names
buckets          directories and S3, for exports and imports
remote           calls to other services
"""
