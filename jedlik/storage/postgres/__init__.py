"""The scale-out engine: rows in a shared database that speaks the PostgreSQL protocol.

engine        the engine interface, made of what follows
connections   connections that are restored by themselves, and what their errors mean
schema        the tables, made and migrated once
reads         the reads of many callers in one round trip
ranges        pages of rows
lanes         which waiting tasks make the next batch, while others are on their way
decisions     what the tasks of a batch decide, and what a commit has to check for that
commits       a batch from its first read to its last answer
longkeys      keys that are too long for the database's index
statements    the SQL
scratch       a schema for tests of a database in use

Nothing here is imported unless such an engine is used: asyncpg takes time to load.
"""
