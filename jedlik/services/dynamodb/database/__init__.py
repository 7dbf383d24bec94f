"""The database: its tables, found and opened, and everything else that operations work with.

database      everything that operations are given; `settings`: as its server was started
catalog       finds tables and notices when they change
open_table    a table as operations use it, with its keys and indexes compiled
eventual      reads that may be old
resources     tables and streams as what tags and policies are attached to
auto_scaling  what operations need of that service, which is above this one
"""
