"""Storage engines: ordered byte keys, snapshots and group commit, and nothing of DynamoDB.

`engine` is the interface, `memory` the reference implementation, `lmdb` the default.
"""
