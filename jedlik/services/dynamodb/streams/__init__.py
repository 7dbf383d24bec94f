"""Streams: the changes of a table's items, in shards.

Writes add the records (see `recording.open_stream`). Here is what is done with them:

    streams          enabled, disabled, rotated and trimmed, as changes of the catalog (which
                     describes them: `tables.stream`)
    reading          pages of records, and positions
    shard_iterators  positions as clients hold them
    arrivals         waiting for records

Everything that follows a stream, inside the server or for a user, is made of

    followers        which process reads for whom, under leases
    stream_reader    one stream, its shards in order, parents first
    shard_reader     one shard, page by page
    checkpoints      how far a reader has come
"""
