"""Storage engines: ordered byte keys, snapshots and group commit, and nothing of DynamoDB.

A server opens its engine by `open`, which takes a data `directory` and puts an engine on it:
`lmdb`, the default, or `memory`, the reference. All of them offer the interface of `engine` and
fail as `failures` says. A write goes through `groupcommit`, which gathers tasks, and in files of
this machine through the thread of `writer` (`embedded`). `page` is where a range ends,
`environment` is LMDB's map and files, `longkeys` how keys of any length live there. `contract` is
what every engine must do, in executable form, and `faults` makes any of them fail on demand.
"""
