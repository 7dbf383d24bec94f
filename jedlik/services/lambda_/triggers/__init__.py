"""Delivery of stream records to functions, as event source mappings say.

triggers     takes the leases of mappings, starts and ends their deliveries
delivery     one mapping: its stream's shards, parents before children
shard        one shard: gathers records, hands them out, moves the checkpoint
gathering    which records go together: filters, batch size, batching window
batch        one batch: invoked, retried, bisected, discarded
outcome      what a function's answer means
failures     the record of a discarded batch, for its destination
"""
