"""Storage engines: ordered byte keys, snapshots and group commit, and nothing of DynamoDB.

engine        the interface, and what only some engines offer; `page` is where a range ends,
              `failures` is how engines fail, `blind_write` the simplest write task
open          opens the engine of a data directory or URL
directory     what is in a data directory; `completeness`: whether all of it is there
groupcommit   gathers tasks for one commit; for engines in files (`embedded`) those that make it
              are `writer`, a thread, and `logged_writer`, which has a log (`flushes` has it
              reach the disk, by `flush_process`)
memory        the reference
lmdb          the default
sqlite        the engine for encrypted data: `sealed_file`; `sealing` makes it from plain data,
              `key_file` holds its key
postgres      the shared engine
prefixed      a part of an engine that looks like a whole one
hot_copy      copies a data directory in use; `disk`: how full it is
below         folders that no link leads out of, for files that are not the engines'
contract      what every engine must do, in executable form; `trial` runs it on a shared engine
"""
