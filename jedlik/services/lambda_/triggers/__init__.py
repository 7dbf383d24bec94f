"""Delivery of stream records to functions, by event source mappings.

triggers     acquires the leases of mappings, starts and ends their deliveries
delivery     one mapping: its stream's shards, parents before children
context      what the deliveries of one mapping share
shard        one shard: gathers records, distributes them, moves the checkpoint
gathering    which records go together: filters, batch size, batching window
batch        one batch: invoked, retried, bisected, discarded
outcome      interprets a function's answer
failures     the record of a discarded batch; `reporting`: sends it to the mapping's destination
"""
