"""The scale-out engine: rows in a shared database that speaks the PostgreSQL protocol.

engine        the engine, made of the modules below
connections   connections that restore themselves, and the meaning of their errors
schema        the tables: made, migrated and checked
reads         the reads of many callers in one round trip
ranges        pages of rows
lanes         which waiting tasks make the next batch, while others are on their way
decisions     the decisions of a batch's tasks, and what its commit has to check
commits       a batch from its first read to its last answer
longkeys      keys that are too long for the database's index
statements    the SQL
scratch       a schema for tests of a database in use

Imported only if such an engine is used, since asyncpg takes time to load.
"""
