"""Vector indexes and the search in them.

`definitions` brings an index from the wire to the model, `changes` is VectorIndexUpdates. `entries`
makes the entry of an index from an item, in the commit of every write (see `items.index_entries`).
`conditions` is the SearchConditionExpression, `scoring` the three distance functions, and `search`
scores the entries of a partition and keeps the best.

Developer guide, "Vector search".
"""
