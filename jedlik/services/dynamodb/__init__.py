"""DynamoDB: tables, items, indexes, streams, and everything that belongs to them.

In the order in which a request meets them:

spec          DynamoDB and its streams as one of the server's APIs
api           targets, permissions, audit; steps the operation by hand
inputs        the checkers of all input, from `shapes` and `amendments`; `payloads` are its types
operations    one file for each operation
partiql       statements, from text to plans
expressions   conditions, filters, projections, updates: from text to closures
tables        what is known of a table; `table_name`: how requests name one
database      which tables there are, and what else operations work with
items         what reads and writes of items are made of; `recording`: what else a write leaves
capacity      units, and budgets where capacity is enforced; `metering` counts what is consumed
vectors       vector indexes and the search in them
streams       shards, records, and how they are read; `kinesis` sends them to Kinesis
encryption    tables under keys of their own; `sealing`: the engine that seals their values
attachments   tags and resource policies
background    expiry, backfill, purge and similar work; `loops`: how it is done under leases
backups       on demand, and point-in-time recovery
transfers     exports and imports; `bulk`: puts of whole files
replication   replicas in other regions
verifying     whether a store is as it should be
"""
