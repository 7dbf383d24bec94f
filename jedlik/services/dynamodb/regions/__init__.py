"""Other regions, as a database knows them: a `region_link` for each, and the `messages` on it.

What is sent over links is decided in package `replication`.
"""
