"""DynamoDB: tables, items, indexes, streams, and all that is said about them.

In the order in which a request passes:

api           targets, permissions, audit; steps the operation by hand
inputs        the checkers of all operations' input, from `shapes` and `amendments`
operations    one file for each operation
partiql       statements from text to plans
expressions   conditions, filters, projections, updates: from text to closures
tables        which tables there are, and what is known of each
items         what reads and writes of items are made of
streams       shards, records, and how they are read
encryption    tables under keys of their own
background    expiry, backfill, purge and the like, under leases
verifying     whether a store is as it should be
"""
