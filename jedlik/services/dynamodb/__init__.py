"""DynamoDB: tables, items, indexes, streams, and everything that belongs to them.

Each package imports only those below it (import-linter holds the order; see pyproject.toml). From
the request down to plain data:

verifying     whether a store is as it should be
spec          DynamoDB and its streams as one of the server's APIs
api           targets, permissions, audit; steps the operation by hand
peer_api      the API that other servers call which have replicas of the same tables
background    expiry, backfill, purge and similar work, and all work of other packages
operations    one file for each operation

What is done, each kind for itself:

attachments   tags and resource policies
kinesis       changes sent to Kinesis streams
bulk          puts of whole files
transfers     exports and imports
streams       enabling, reading and following streams
backups       on demand, and point-in-time recovery
replication   replicas in other regions
vectors       vector indexes and the search in them
items         what reads and writes of items are made of
encryption    tables under keys of their own

What all of them work with:

loops         how background work is done under leases
database      the Database, and which tables there are
sealing       the engine that seals values
regions       links to other regions
metering      what is consumed, counted
capacity      units, and budgets where capacity is enforced
recording     what a write leaves besides its item
tables        what is known of a table, as plain data

What requests are made of:

inputs        the checkers of all input, from `shapes` and `amendments`; `payloads` are its types
partiql       statements, from text to plans
expressions   conditions, filters, projections, updates: from text to closures
table_name    how requests name a table
"""
