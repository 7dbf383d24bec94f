"""What reads and writes of items are made of.

Reads:
key_ranges      which part of a table or index a Query or Scan reads
pages           the pages in which it is read
joint_reads     many items, by their keys, from one snapshot

Writes:
actions         put, update, delete and check of one item; `item_write` is one with its key
single_write    the write of one item: most writes
write           any number of items as one task of the engine; `batches` and `transactions` use it
prefetching     what has to be read before a task can declare its keys; `vector_reads` for vectors
long_decisions  decisions that take too long to be made under the engine's lock
index_entries   what follows for indexes (what else follows from a write: `recording`)
idempotency     tokens of transactions
bills           what a write pays if capacity is enforced
"""
