"""Items: what their reads and writes are made of.

open_table      a table's keys and indexes, compiled
key_ranges      which part of a table or index a Query or Scan reads
pages           the pages it reads them in
actions         put, update, delete and check of one item
write           one item's write as a task of the engine; `batches` and `transactions` of many
index_entries   what follows for indexes, `expiry` for the time to live, `statistics` for counters
idempotency     tokens of transactions
eventual        reads that may be older
"""
