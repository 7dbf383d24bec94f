"""What a write leaves in its own commit besides its item, for those who read it later.

So that writes need know nothing of streams, recovery, replicas or searches, what these find lies
below all of them: the bytes, and what is open of them in an open table.

stream_records     the bytes and the JSON of a stream's records, which `open_stream` adds
change_records     the log of the items before their changes, for recovery and backups, to which
                   `open_log` adds
replication_log    which items other regions do not have yet, and `versions`: who wrote an item
                   last; `version_recorder` adds both
vector_entries     the entries of vector indexes, and in `vector_log` which of them have changed
expiry             the items of a table by the time at which they expire
"""
